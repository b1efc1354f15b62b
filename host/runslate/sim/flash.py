"""NOR flash in a file: programming only clears bits, erasing sets a whole sector to ones."""

from __future__ import annotations

import fcntl
import mmap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from runslate.errors import RunslateError
from runslate.sim.nor import Kind, PowerLoss, PowerLostError

SECTOR = 4096
# 352 sectors: what is left for storage on a 2-MB Pico beside MicroPython itself.
PICO_STORAGE_BYTES = 1408 * 1024


@dataclass
class FlashCounts:
    """How often each operation happened since the flash was opened."""

    reads: int = 0
    programs: int = 0
    erases: int = 0


class Flash:
    """A NOR flash kept in a file, so that it outlives the firmware and the emulation.

    Args:
        path: the file; made if absent, all ones like a new part.
        size: bytes, a multiple of 4096.

    Raises:
        RunslateError: the file there has another size.
    """

    def __init__(self, path: Path, size: int = PICO_STORAGE_BYTES) -> None:
        if size <= 0 or size % SECTOR:
            raise RunslateError(
                f"A flash of {size} bytes cannot be made.",
                f"Its size must be a positive multiple of {SECTOR} bytes.",
                "Give another flash size.",
            )
        if not path.exists():
            path.write_bytes(b"\xff" * size)
        elif path.stat().st_size != size:
            raise RunslateError(
                f"The flash file {path} holds {path.stat().st_size} bytes.",
                f"This node's flash has {size} bytes.",
                "Give the size that the file was made with, or another folder.",
            )
        self._file = _locked(path)
        self.size = size
        self.counts = FlashCounts()
        self.loss: PowerLoss | None = None
        self.on_change: Callable[[Kind, int, bytes], None] | None = None
        """Called before each operation with its kind, address and data (none for an erase)."""
        self._map = mmap.mmap(self._file.fileno(), size)

    def read(self, address: int, count: int) -> bytes:
        """Return `count` bytes from `address`."""
        self._check(address, count)
        self.counts.reads += 1
        return self._map[address : address + count]

    def program(self, address: int, data: bytes | memoryview) -> None:
        """Clear the bits that are 0 in `data`; no bit is ever set by programming."""
        self._check(address, len(data))
        self.counts.programs += 1
        if self.on_change is not None:
            self.on_change("program", address, bytes(data))
        end = address + len(data)
        if self.loss is not None and self.loss.strikes("program"):
            self._map[address:end] = self.loss.left_of_program(self._map[address:end], bytes(data))
            raise PowerLostError
        old = np.frombuffer(self._map[address:end], dtype=np.uint8)
        self._map[address:end] = (old & np.frombuffer(data, dtype=np.uint8)).tobytes()

    def erase(self, address: int) -> None:
        """Set the sector that holds `address` to ones."""
        self._check(address, 1)
        self.counts.erases += 1
        start = address - address % SECTOR
        if self.on_change is not None:
            self.on_change("erase", start, b"")
        if self.loss is not None and self.loss.strikes("erase"):
            self._map[start : start + SECTOR] = self.loss.left_of_erase(self._map[start : start + SECTOR])
            raise PowerLostError
        self._map[start : start + SECTOR] = b"\xff" * SECTOR

    def close(self) -> None:
        """Write everything to the file and let go of it."""
        self._map.flush()
        self._map.close()
        self._file.close()

    def _check(self, address: int, count: int) -> None:
        if address < 0 or address + count > self.size:
            raise RunslateError(
                f"The firmware reached for flash bytes {address} to {address + count}.",
                f"The flash ends at {self.size}.",
                "This is a fault in the firmware: please report it.",
            )


def _locked(path: Path) -> BinaryIO:
    """Open the file for one emulation alone: two would write over each other's reels."""
    file = path.open("r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise RunslateError(
            f"The flash file {path} is in use by another emulated node.",
            "One emulation at a time has it.",
            "Stop the other `runslate sim`, or name another --folder.",
        ) from error
    return file
