"""UF2 images: what is in them, and whether a board may have them."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from runslate.errors import RunslateError

BLOCK = 512
"""Bytes of a block: 32 of header, 476 of room for data, 4 of closing magic (UF2 specification)."""

MAGIC = (0x0A324655, 0x9E5D5157, 0x0AB16F30)
"""First, second and last word of every block."""

HAS_FAMILY = 0x2000
"""Flag: the last word of the header names the chip's family."""

FLASH_START = 0x1000_0000
"""Where the RP2040 and the RP2350 see their flash."""

RP2040_LIMIT = FLASH_START + (640 << 10)
"""Images for the RP2040 end below this: a 2-MB Pico keeps files and reels above it."""

RP2350_LIMIT = FLASH_START + (1 << 20)
"""The same for the RP2350, whose smallest board has 4 MB."""

ABSOLUTE = 0xE48BFF57
"""Family of the one block that picotool puts in front for the RP2350's erratum E10."""

FAMILIES = {
    0xE48BFF56: "RP2040",
    0xE48BFF59: "RP2350",
    0xE48BFF5A: "RP2350 (RISC-V)",
    0xE48BFF5B: "RP2350 (non-secure)",
}

_HEADER = struct.Struct("<8I")
_CURE = "Get a whole image: `make image`, or download the board's UF2 from micropython.org again."


@dataclass(frozen=True)
class Uf2:
    """An image that was read whole.

    Attributes:
        path: its file.
        family: the chip's family id.
        blocks: blocks of that family.
        end: first address behind it.
    """

    path: Path
    family: int
    blocks: int
    end: int

    @property
    def chip(self) -> str:
        """The chip that it is for, in words."""
        return FAMILIES.get(self.family, f"family {self.family:#010x}")


def read_uf2(path: Path) -> Uf2:
    """Read an image and check every block of it.

    Raises:
        RunslateError: no such file, not a UF2, incomplete, or not an image for these boards.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RunslateError(
            f"The image {path} cannot be read ({error.strerror}).",
            "A UF2 file was expected.",
            "Check the name, or make one with `make image`.",
        ) from error
    if len(data) < BLOCK or _HEADER.unpack_from(data)[:2] != MAGIC[:2]:
        raise RunslateError(f"{path.name} is not a UF2 image.", "A UF2 begins with its magic word.", _CURE)
    if len(data) % BLOCK:
        raise RunslateError(
            f"{path.name} is cut short: {len(data)} bytes.",
            f"A UF2 consists of whole blocks of {BLOCK} bytes.",
            _CURE,
        )
    blocks = [_block(path, data, at) for at in range(0, len(data), BLOCK)]
    return _whole(path, [block for block in blocks if block.family != ABSOLUTE])


@dataclass(frozen=True)
class _Block:
    address: int
    size: int
    number: int
    total: int
    family: int


def _block(path: Path, data: bytes, at: int) -> _Block:
    first, second, flags, address, size, number, total, family = _HEADER.unpack_from(data, at)
    (last,) = struct.unpack_from("<I", data, at + BLOCK - 4)
    if (first, second, last) != MAGIC:
        raise RunslateError(
            f"Block {at // BLOCK} of {path.name} is damaged.",
            "Every block has its three magic words.",
            _CURE,
        )
    return _Block(address, size, number, total, family if flags & HAS_FAMILY else 0)


def _whole(path: Path, blocks: list[_Block]) -> Uf2:
    families = Counter(block.family for block in blocks)
    if len(families) != 1:
        raise RunslateError(f"{path.name} is for {len(families)} kinds of chip.", "One was expected.", _CURE)
    family, count = families.popitem()
    numbers = [block.number for block in blocks]
    if numbers != list(range(count)) or any(block.total != count for block in blocks):
        raise RunslateError(
            f"{path.name} is not complete: it has {count} blocks.",
            f"Its first block promises {blocks[0].total}, in order.",
            _CURE,
        )
    start = min(block.address for block in blocks)
    end = max(block.address + block.size for block in blocks)
    limit = RP2040_LIMIT if FAMILIES.get(family) == "RP2040" else RP2350_LIMIT
    if start != FLASH_START or end > limit:
        raise RunslateError(
            f"{path.name} would be written to {start:#x} up to {end:#x}.",
            f"An image begins at {FLASH_START:#x} and ends below {limit:#x}: reels and settings are behind it.",
            "Choose a MicroPython image for this board.",
        )
    return Uf2(path, family, count, end)
