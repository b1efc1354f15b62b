"""A board that is not ours: a serial port behind which MicroPython waits at its prompt."""

from __future__ import annotations

import contextlib
import os
import select
import threading

from runslate.sim.vm import Terminal

_BANNER = (
    b"\r\nMicroPython v1.25.0 on 2025-04-15; Raspberry Pi Pico with RP2040\r\n"
    b'Type "help()" for more information.\r\n>>> '
)
_LOOK_S = 0.05


class ReplBoard:
    """A context manager: while it is entered, `port` greets and echoes like MicroPython's prompt."""

    def __init__(self) -> None:
        self._terminal = Terminal()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stranger", daemon=True)

    @property
    def port(self) -> str:
        """Path of its serial port."""
        return self._terminal.port

    def __enter__(self) -> ReplBoard:
        """Start answering."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering and give the port back."""
        self._stopping.set()
        self._thread.join()
        self._terminal.close()

    def _run(self) -> None:
        greeted = False
        while not self._stopping.is_set():
            if not select.select([self._terminal.master], [], [], _LOOK_S)[0]:
                continue
            with contextlib.suppress(OSError):
                typed = os.read(self._terminal.master, 256)
                self._terminal.say(typed if greeted else _BANNER + typed)
                greeted = True
