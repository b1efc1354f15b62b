"""The wiring that people read in docs/boards.md is the wiring that the firmware uses."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    micropython = ModuleType("micropython")
    micropython.const = lambda value: value  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "micropython", micropython)
    names: dict[str, Any] = {}
    exec((ROOT / "firmware/node/board/pins.py").read_text(), names)
    return names


def page_columns() -> dict[str, dict[str, list[int]]]:
    """Board -> row -> the GPIO numbers of its cell."""
    lines = [line for line in (ROOT / "docs/boards.md").read_text().splitlines() if line.startswith("| ")]
    table = lines[next(i for i, line in enumerate(lines) if line.startswith("| what | pico")) :]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[:13]]
    numbers = {row[0]: [[int(n) for n in re.findall(r"(?<![(D\d])\d+", cell)] for cell in row[1:]] for row in rows[1:]}
    return {board: {what: cells[i] for what, cells in numbers.items()} for i, board in enumerate(rows[0][1:])}


def wired(pins: dict[str, Any], row: tuple[Any, ...]) -> dict[str, list[int]]:
    _, sda, scl, hz = row[pins["I2C"]]
    spi = row[pins["SPI"]] or (None,) * 5
    battery = row[pins["BATTERY"]]
    cells = {
        "I2C SDA": [sda],
        "I2C SCL": [scl],
        "I2C clock": [hz // (1_000_000 if hz >= 1_000_000 else 1000)],
        "INT1": [row[pins["INT1"]]],
        "lamp": [row[pins["LAMP"]]],
        "battery": list(battery or ()),
        "loop-back": list(row[pins["LOOPBACK"]]),
        "belt": [row[pins["BELT"]]],
    }
    spi_cells = zip(("SPI SCK", "SPI MOSI", "SPI MISO", "SPI CS"), spi[1:5], strict=True)
    return cells | {what: [] if pin is None else [pin] for what, pin in spi_cells}


def test_page_and_firmware_agree(pins: dict[str, Any]) -> None:
    rows = {row[pins["NAME"]]: wired(pins, row) for row in pins["BOARDS"].values()}
    assert page_columns() == rows
