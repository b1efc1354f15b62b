"""The firmware's files onto an emulated board: the steps that a real board gets, in its own time."""

from __future__ import annotations

from typing import Protocol

from runslate.firmware import firmware_path
from runslate.flash.install import install, prepare
from runslate.flash.repl import BoardError

ANSWER_S = 30.0
"""Emulated seconds in which a board hashes all its files several times over."""


class Console(Protocol):
    """A board's serial port whose time passes while one waits for it."""

    def write(self, data: bytes) -> None:
        """Send bytes to the board."""
        ...

    def read_until(self, ending: bytes, timeout_s: float) -> bytes:
        """All bytes up to and including `ending`; RunslateError when it does not come in time."""
        ...


class RawRepl:
    """MicroPython's raw prompt without a terminal between: a `flash.repl.Repl`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def enter(self, *, soft_reset: bool = False) -> None:
        """Stop what runs (Ctrl-C twice) and go to the raw prompt, after a soft reset if asked."""
        self._console.write(b"\r\x03\x03\r\x01")
        self._console.read_until(b"raw REPL; CTRL-B to exit\r\n>", ANSWER_S)
        if soft_reset:
            self._console.write(b"\x04")
            self._console.read_until(b"raw REPL; CTRL-B to exit\r\n>", ANSWER_S)

    def run(self, source: str) -> str:
        """Run source on the board and return what it printed.

        Raises:
            BoardError: with the board's trace-back when the source raised.
        """
        self.start(source)
        self._console.read_until(b"OK", ANSWER_S)
        output = self._console.read_until(b"\x04", ANSWER_S)[:-1]
        trace = self._console.read_until(b"\x04", ANSWER_S)[:-1]
        self._console.read_until(b">", ANSWER_S)
        if trace:
            raise BoardError(trace.decode(errors="replace"))
        return output.decode(errors="replace")

    def start(self, source: str) -> None:
        """Run source without waiting for its end."""
        self._console.write(source.encode() + b"\x04")


def copy_files(repl: RawRepl, files: dict[str, bytes]) -> None:
    """Write files onto a board at its raw prompt, verified.

    Raises:
        RunslateError: no room, or a file on the board is not what was sent.
    """
    prepare(repl, firmware_path())
    install(repl, files, lambda words, number, total: None)
