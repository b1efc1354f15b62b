"""Small things that the benches are made with: a port that stops reading, patience, a rewritten flash."""

from __future__ import annotations

import time
from collections.abc import Callable

from runslate.port import Port
from runslate.sim.flash import SECTOR, Flash

BOOT_PATIENCE_S = 60.0
"""Wall time for a board to answer after a reset; an emulated one takes its time."""


class HeldPort:
    """A port whose reader can be told to stop, as a program does that hangs with the port open."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self.name = port.name
        self.held = False

    @property
    def in_waiting(self) -> int:
        return self._port.in_waiting

    def read(self, size: int) -> bytes:
        if self.held:
            time.sleep(0.02)
            return b""
        return self._port.read(size)

    def write(self, data: bytes) -> None:
        self._port.write(data)

    def close(self) -> None:
        self._port.close()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that the emulation does."""
    deadline = time.monotonic() + BOOT_PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def rewrite(flash: Flash, change: Callable[[bytes], bytes]) -> None:
    """Give a flash other contents, sector by sector where they differ."""
    before = flash.read(0, flash.size)
    after = change(before)
    for at in range(0, flash.size, SECTOR):
        if before[at : at + SECTOR] != after[at : at + SECTOR]:
            flash.erase(at)
            flash.program(at, after[at : at + SECTOR])
