"""A board in boot mode: it shows as a small drive, and an image copied there is flashed."""

from __future__ import annotations

import contextlib
import os
import string
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from runslate.errors import RunslateError
from runslate.flash.uf2 import FAMILIES, Uf2

INFO = "INFO_UF2.TXT"
"""The boot ROM's own file; no other drive has it."""

BOARDS = {"RPI-RP2": "RP2040", "RP2350": "RP2350"}
"""Board-ID of the boot ROMs -> chip."""

CHUNK = 64 * 1024
TAKEN_S = 20.0
"""The ROM restarts the board within a second of the last block; hosts notice a little later."""

_LABELS = Path("/dev/disk/by-label")
_ENTER = "Hold the board's BOOTSEL button while you plug it in."

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


@dataclass(frozen=True)
class Drive:
    """A mounted boot drive.

    Attributes:
        path: where it is mounted.
        chip: "RP2040" or "RP2350", or the unknown Board-ID.
        model: the ROM's name for the board.
    """

    path: Path
    chip: str
    model: str


def read_drive(path: Path) -> Drive | None:
    """Say which board's boot drive is mounted at a folder; None if it is none."""
    try:
        text = (path / INFO).read_text(errors="replace")
    except OSError:
        return None
    facts = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    name = facts.get("Board-ID", "").strip()
    return Drive(path, BOARDS.get(name, name), facts.get("Model", name).strip())


def find_drives() -> list[Drive]:
    """Find boot drives in the usual places of Linux, macOS and Windows."""
    drives = [read_drive(path) for path in dict.fromkeys(_places())]
    return [drive for drive in drives if drive is not None]


def _places() -> Iterator[Path]:
    if sys.platform == "win32":
        yield from (Path(f"{letter}:\\") for letter in string.ascii_uppercase[2:])
        return
    for pattern in ("Volumes/*", "media/*", "media/*/*", "run/media/*/*", "mnt", "mnt/*"):
        with contextlib.suppress(OSError):
            yield from sorted(Path("/").glob(pattern))


def choose_drive(named: Path | None) -> Drive:
    """Give the named drive, or the only one that is found.

    Raises:
        RunslateError: it is none, there is none, or there are several.
    """
    if named is not None:
        drive = read_drive(named)
        if drive is None:
            raise RunslateError(
                f"{named} is not the drive of a board in boot mode.",
                f"Such a drive holds the file {INFO}.",
                _ENTER,
            )
        return drive
    drives = find_drives()
    if len(drives) == 1:
        return drives[0]
    if drives:
        raise RunslateError(
            f"{len(drives)} boards are in boot mode.",
            "One was expected: " + ", ".join(str(drive.path) for drive in drives) + ".",
            "Name one with --drive.",
        )
    raise _none_found()


def _none_found() -> RunslateError:
    unmounted = [_LABELS / label for label in BOARDS if (_LABELS / label).exists()]
    if unmounted:
        return RunslateError(
            "A board is in boot mode, but its drive is not mounted.",
            "",
            f"Mount it with `udisksctl mount -b {unmounted[0]}`, then repeat the command.",
        )
    return RunslateError(
        "No board in boot mode was found.",
        "It shows as a drive called RPI-RP2 or RP2350.",
        _ENTER + " If it is mounted in an unusual place, name that with --drive.",
    )


def check_image(image: Uf2, drive: Drive) -> None:
    """Refuse an image that is for another chip: the ROM would ignore it without a word.

    Raises:
        RunslateError: it is for another one.
    """
    if not FAMILIES.get(image.family, "").startswith(drive.chip):
        raise RunslateError(
            f"{image.path.name} is for {image.chip}.",
            f"The board at {drive.path} is {drive.model} ({drive.chip}).",
            "Choose the image for this board.",
        )


def copy_image(image: Uf2, drive: Drive, progress: Progress, patience_s: float = TAKEN_S) -> None:
    """Copy an image onto a board and wait until it has taken it and restarted.

    Raises:
        RunslateError: the copy broke off, or the board stays in boot mode.
    """
    check_image(image, drive)
    _copy(image.path.read_bytes(), drive, progress)
    deadline = time.monotonic() + patience_s
    while read_drive(drive.path) is not None:
        if time.monotonic() > deadline:
            raise RunslateError(
                f"The board at {drive.path} is still in boot mode.",
                f"It restarts by itself when it has the {image.blocks} blocks of an image for it.",
                "Repeat the command; if that does not help, plug the board in again.",
            )
        time.sleep(0.1)


def _copy(data: bytes, drive: Drive, progress: Progress) -> None:
    done = 0
    try:
        with open(drive.path / "RUNSLATE.UF2", "wb", buffering=0) as file:
            while done < len(data):
                done += file.write(data[done : done + CHUNK])
                progress(done, len(data))
            os.fsync(file.fileno())
    except OSError as error:
        # The drive goes as soon as the ROM has the last block: what comes after is not missing.
        if done < len(data):
            raise RunslateError(
                f"Copying to {drive.path} broke off after {done} of {len(data)} bytes ({error.strerror}).",
                "The board is still in boot mode; its reels and settings are untouched.",
                "Plug it in again with BOOTSEL held, then repeat the command.",
            ) from error
