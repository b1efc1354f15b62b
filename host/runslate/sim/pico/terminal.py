"""The emulated Pico on a pseudo terminal, for programs that open serial ports by their path."""

from __future__ import annotations

import os
import select
import threading
import tty
from collections.abc import Callable

from runslate.sim.pico.board import EmulatedPico
from runslate.sim.pico.port import PicoPort

READ_BYTES = 4096


class PicoTerminal:
    """Runs the chip in a thread of its own and joins its USB serial to a terminal.

    Use it as a context manager; `port` is the path to open.
    """

    def __init__(self, pico: EmulatedPico) -> None:
        self._ours, self._theirs = os.openpty()
        # Kept open by us as well: else our end reports an error while no program has it open.
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.port = os.ttyname(self._theirs)
        self._board = PicoPort(pico, self.port)
        self._unsent = b""
        self._held = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"emulated {self.port}")

    def __enter__(self) -> PicoTerminal:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop running the chip, which keeps its state, and take the terminal away."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
            self._board.close()
            os.close(self._ours)
            os.close(self._theirs)

    def post(self, action: Callable[[], None]) -> None:
        """Have something done to the board between two slices of its time."""
        self._board.post(action)

    def power_cycle(self) -> None:
        """Pull the plug and put it in again, between two instructions."""
        self._board.power_cycle()

    def _run(self) -> None:
        while not self._stop.is_set():
            if select.select([self._ours], [], [], 0)[0]:
                self._board.write(os.read(self._ours, READ_BYTES))
            self._unsent += self._board.read(READ_BYTES)
            if self._unsent:
                self._forward()

    def _forward(self) -> None:
        try:
            sent = os.write(self._ours, self._unsent)
        except BlockingIOError:
            sent = 0
        self._unsent = self._unsent[sent:]
        # Nobody may be reading: then the board keeps the rest, as it does on a real port.
        if bool(self._unsent) != self._held:
            self._held = bool(self._unsent)
            (self._board.hold if self._held else self._board.release)()
