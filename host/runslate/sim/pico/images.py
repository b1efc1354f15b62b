"""Where the image with the firmware in it is, and what a board's flash holds that was left on power once."""

from __future__ import annotations

import os
from pathlib import Path

from runslate_protocol.page import SECTOR_SIZE, build_mark

from runslate.errors import RunslateError
from runslate.firmware import firmware_path

VARIABLE = "RUNSLATE_PICO_IMAGE"
FS_SECTORS = 64
"""Of the file system, at the storage's beginning: `node.board.guard`'s number."""

RING_START = (2048 - 1408) * 1024 + FS_SECTORS * SECTOR_SIZE
"""Where the reels' part begins in a Pico's flash."""


def find_image() -> Path:
    """Return the image for the Pico: $RUNSLATE_PICO_IMAGE, or what `make image` has built beside the firmware.

    Raises:
        RunslateError: there is none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    built = sorted((firmware_path().parent / "build").glob("runslate-pico-*.uf2"))
    if not built:
        raise RunslateError(
            "There is no image of the firmware for the emulated Pico.",
            f"It is looked for at ${VARIABLE} and in the folder build/ of a checkout.",
            f"Build it with `make image`, or set {VARIABLE}=/path/to/runslate-pico-VERSION.uf2.",
        )
    return built[-1]


def with_marks(flash: bytes, ring_start: int = RING_START) -> bytes:
    """Give the contents of a flash whose reels' part has been erased and marked, as after a first boot.

    A new Pico needs 14 s of its time for that.
    """
    marked = bytearray(flash)
    for number, start in enumerate(range(ring_start, len(flash), SECTOR_SIZE)):
        mark = build_mark(number + 1)
        marked[start : start + SECTOR_SIZE] = mark + b"\xff" * (SECTOR_SIZE - len(mark))
    return bytes(marked)
