"""Every state that power loss can leave in a node's flash, made by replaying the operations of its life."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from runslate import pages
from runslate.sim.nor import interrupted_erase, interrupted_program
from runslate.sim.pico.images import FS_SECTORS

from host.powerloss.session import Life, Operation

SECTOR, PAGE, RING = 4096, 256, FS_SECTORS * 4096
FREED_AT = 128

TORN_AT = (0.1, 0.5, 0.9, 0.99)
"""Shares of a program pulse that had passed: bits cleared at random."""

ERASE_DRAWS = 8
"""Ways in which an interrupted erase may read, drawn anew."""

Pages = dict[tuple[int, int], bytes]
"""Whole pages by reel and index."""


@dataclass(frozen=True)
class State:
    """What one loss of power leaves.

    `changed`: where the flash differs from the state before the operation, (address, bytes); `tick`: the sensor's
    clock when the power went.
    """

    number: int
    form: str
    operation: Operation
    changed: tuple[int, bytes]


class Replay:
    """The flash as it was before an operation, moved on one operation at a time."""

    def __init__(self, life: Life, size: int) -> None:
        self.life = life
        self.image = bytearray(b"\xff" * size)
        self.begun: dict[int, int] = {}
        """The sensor's clock when a reel's first page was written."""
        self.promised: Pages = {}
        """Whole pages whose program operation is complete and that nobody has allowed to free."""

    def states(self, seed: int, every: int = 1) -> Iterator[State]:
        """Go through all states; the image is that before the interrupted operation."""
        for number, operation in enumerate(self.life.operations):
            if number % every == 0:
                self._release(operation)  # a begun stamp or erase may have done its work
                for form, changed in self._forms(operation, np.random.default_rng([seed, number])):
                    yield State(number, form, operation, changed)
            self._do(operation)

    def _forms(self, operation: Operation, rng: np.random.Generator) -> Iterator[tuple[str, tuple[int, bytes]]]:
        address = operation.address
        yield "before", (address, b"")
        if operation.kind == "erase":
            old = bytes(self.image[address : address + SECTOR])
            for draw in range(ERASE_DRAWS):
                yield f"erase {draw}", (address, interrupted_erase(old, rng))
            return
        old = bytes(self.image[address : address + len(operation.data)])
        for done in TORN_AT:
            yield f"torn {done}", (address, interrupted_program(old, operation.data, done, rng))
        # Some parts write a page byte by byte.
        half = len(old) // 2
        yield "half", (address, _and(old[:half], operation.data[:half]) + old[half:])

    def _release(self, operation: Operation) -> None:
        """Pages of a sector whose mark is stamped, overwritten or erased may vanish from now on."""
        if operation.address < RING:
            return
        whole = operation.address % SECTOR == 0
        stamped = operation.kind == "program" and operation.data[FREED_AT] != 0xFF
        if whole and (operation.kind == "erase" or stamped):
            for key in pages_in(self.image, operation.address):
                self.promised.pop(key, None)

    def _do(self, operation: Operation) -> None:
        self._release(operation)
        address, data = operation.address, operation.data
        if operation.kind == "erase":
            self.image[address : address + SECTOR] = b"\xff" * SECTOR
        else:
            end = address + len(data)
            self.image[address:end] = _and(bytes(self.image[address:end]), data)
            if address >= RING and address % SECTOR and pages.page_is_good(data):
                self.promised[pages.reel_of(data), pages.index_of(data)] = data
                self.begun.setdefault(pages.reel_of(data), operation.tick)


def _and(old: bytes, new: bytes) -> bytes:
    return (np.frombuffer(old, np.uint8) & np.frombuffer(new, np.uint8)).tobytes()


def pages_in(image: bytes | bytearray, sector: int) -> Pages:
    """Read whole pages of one sector by the format's description; none when its mark does not count."""
    mark = image[sector : sector + PAGE]
    if mark[:2] != b"\x5e\x01" or struct.unpack("<I", mark[6:10])[0] != binascii.crc32(mark[:6]):
        return {}
    if mark[FREED_AT] != 0xFF:
        return {}
    slots = (bytes(image[at : at + PAGE]) for at in range(sector + PAGE, sector + SECTOR, PAGE))
    return {(pages.reel_of(page), pages.index_of(page)): page for page in slots if pages.page_is_good(page)}
