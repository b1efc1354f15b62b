"""Reads a UF2 image: where its blocks go and what lies in them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

FLASH = 0x10000000
BLOCK = 512
_HEAD = struct.Struct("<8I")
_MAGIC = (0x0A324655, 0x9E5D5157)
_END = 0x0AB16F30


@dataclass(frozen=True)
class Uf2:
    """An image as the boot loader sees it.

    Attributes:
        families: chip families named by the blocks.
        start: first flash byte, from the start of the flash.
        content: everything from there on, gaps filled with 0xFF.
    """

    families: frozenset[int]
    start: int
    content: bytes


def read_uf2(path: Path) -> Uf2:
    """Read a UF2 image; ValueError when a block is not one."""
    raw = path.read_bytes()
    blocks: dict[int, bytes] = {}
    families = set()
    for at in range(0, len(raw), BLOCK):
        first, second, _, address, size, number, total, family = _HEAD.unpack_from(raw, at)
        end = struct.unpack_from("<I", raw, at + BLOCK - 4)[0]
        if (first, second) != _MAGIC or end != _END or number != at // BLOCK or total != len(raw) // BLOCK:
            raise ValueError(f"block {at // BLOCK} of {path.name} is not a UF2 block")
        families.add(family)
        blocks[address - FLASH] = raw[at + _HEAD.size : at + _HEAD.size + size]
    start = min(blocks)
    content = bytearray(b"\xff" * (max(blocks) + 256 - start))
    for address, data in blocks.items():
        content[address - start : address - start + len(data)] = data
    return Uf2(frozenset(families), start, bytes(content))
