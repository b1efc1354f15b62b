"""Emulated boards with the stock image, and images and drives made of thin air."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from runslate.firmware import firmware_path
from runslate.flash.uf2 import FLASH_START
from runslate.sim.imu import Imu
from runslate.sim.motion import Standing
from runslate.sim.pico.board import EmulatedPico
from runslate.sim.pico.bus import I2cImu
from runslate.sim.pico.images import RING_START
from runslate.sim.pico.loop import is_fast
from runslate.sim.pico.terminal import PicoTerminal

ROOT = Path(__file__).resolve().parents[3]
STOCK = ROOT / "build" / "micropython-pico.uf2"
UID = b"FLASHED0"
RP2040 = 0xE48BFF56
RP2350 = 0xE48BFF59

PATIENCE_S = 90.0
"""An emulated board lives several times slower than a real one."""

STORAGE_AT = 0xA0000
"""The stock image's file system begins here (RPI_PICO: the last 1408 KB of 2 MB)."""

REELS_AT = RING_START
"""The first sector behind the firmware's own file system."""


def need_board() -> None:
    """Skip where there is no emulated board, with the cure."""
    if not STOCK.exists():
        pytest.skip("there is no stock image: run `make image`")
    if not is_fast():
        pytest.skip("the emulator is too slow for this without its compiled loop: `make emulator`")


@contextmanager
def board(flash: bytes | None = None) -> Iterator[tuple[EmulatedPico, PicoTerminal]]:
    """An emulated Pico with a resting sensor and the stock image, on a terminal of its own."""
    sensor = I2cImu(Imu(Standing(600.0)), bus=0, int1_pin=6)
    pico = EmulatedPico(STOCK, flash, [sensor], UID)
    pico.boot(60)
    with PicoTerminal(pico) as terminal:
        yield pico, terminal


def changed_firmware(folder: Path) -> Path:
    """A copy of the firmware of a later version."""
    shutil.copytree(firmware_path(), folder)
    (folder / "node" / "version.py").write_text('# Later.\nFIRMWARE = "9.9.9"\n')
    with (folder / "node" / "lamp.py").open("a") as file:
        file.write("\nLATER = True\n")
    return folder


def uf2(blocks: int = 4, family: int = RP2040, start: int = FLASH_START, total: int | None = None) -> bytes:
    """An image of so many blocks of 256 bytes."""
    made = []
    for number in range(blocks):
        address = start + 256 * number
        head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, address, 256, number, total or blocks, family)
        made.append(head + bytes(476) + struct.pack("<I", 0x0AB16F30))
    return b"".join(made)


def boot_drive(folder: Path, name: str = "RPI-RP2") -> Path:
    """A folder that looks like a board in boot mode."""
    folder.mkdir()
    text = f"UF2 Bootloader v3.0\r\nModel: Raspberry Pi {name[4:]}\r\nBoard-ID: {name}\r\n"
    (folder / "INFO_UF2.TXT").write_text(text)
    return folder
