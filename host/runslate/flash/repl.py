"""MicroPython's raw prompt: run source on a board, get what it printed."""

from __future__ import annotations

import contextlib
import io
import secrets
from typing import Any, Protocol

from runslate.errors import RunslateError

PATIENCE_S = 20.0
"""A board hashes its files and erases flash within a few seconds."""

PROMPT_S = 15.0
"""A board comes to its prompt at once; after a soft reset it runs its boot.py first."""


class BoardError(RunslateError):
    """What ran on the board raised; `trace` is its trace-back."""

    def __init__(self, trace: str) -> None:
        self.trace = trace
        last = (trace.strip().splitlines() or ["nothing"])[-1]
        super().__init__(f"The board raised an error: {last}.", "", "Repeat the command.")


class NoPromptError(RunslateError):
    """The board does not come to its prompt, or left it."""


class Repl(Protocol):
    """A board at its raw prompt."""

    def enter(self, *, soft_reset: bool = False) -> None:
        """Stop what runs and come to the raw prompt, after a soft reset if asked for."""
        ...

    def run(self, source: str) -> str:
        """Run source and return what it printed; BoardError when it raised."""
        ...

    def start(self, source: str) -> None:
        """Run source without waiting for its end."""
        ...


class SerialRepl:
    """The raw prompt of a board on a serial port, by mpremote's library."""

    def __init__(self, port: str, patience_s: float = PATIENCE_S) -> None:
        """Open the port.

        Args:
            port: a device such as /dev/ttyACM0.
            patience_s: how long to wait for each answer.

        Raises:
            RunslateError: it cannot be opened.
        """
        from mpremote.transport import TransportError
        from mpremote.transport_serial import SerialTransport

        self._port = port
        self._patience_s = patience_s
        try:
            self._transport: Any = SerialTransport(port, timeout=patience_s)
        except TransportError as error:
            raise RunslateError(
                f"The port {port} could not be opened ({error}).",
                "It was there a moment ago.",
                "Check the cable and whether another program has the port, then repeat.",
            ) from error
        self._transport.serial.write_timeout = patience_s

    def close(self) -> None:
        """Close the port."""
        with contextlib.suppress(OSError):
            self._transport.serial.close()

    def enter(self, *, soft_reset: bool = False) -> None:
        """Stop what runs (Ctrl-C) and come to the raw prompt, after a soft reset if asked for.

        Raises:
            NoPromptError: the board does not react.
        """
        limit_s = min(self._patience_s, PROMPT_S)
        self._guarded(lambda: self._transport.enter_raw_repl(soft_reset=soft_reset, timeout_overall=limit_s))
        self._guarded(self._get_in_step)

    def _get_in_step(self) -> None:
        """Read past answers to what was sent before the board came to its prompt."""
        from mpremote.transport import TransportError

        token = secrets.token_hex(8)
        ending = f"{token}\r\n\x04\x04".encode()
        # Ctrl-C empties the line: a HELLO may stand there.
        self._transport.serial.write(b"\x03" + f"print('{token}')".encode() + b"\x04")
        said = self._transport.read_until(1, ending, timeout=self._patience_s)
        if not said.endswith(ending):
            raise TransportError("it does not run what it is sent")

    def run(self, source: str) -> str:
        """Run source on the board and return what it printed.

        Raises:
            BoardError: with the board's trace-back when the source raised.
            NoPromptError: the board did not answer in time.
        """
        output, trace = self._guarded(lambda: self._transport.exec_raw(source, timeout=self._patience_s))
        if trace:
            raise BoardError(trace.decode(errors="replace"))
        return str(output.decode(errors="replace"))

    def start(self, source: str) -> None:
        """Run source without waiting for its end."""
        self._guarded(lambda: self._transport.exec_raw_no_follow(source))

    def leave(self) -> None:
        """Give the board its friendly prompt back."""
        self._guarded(self._transport.exit_raw_repl)

    def _guarded(self, talk: Any) -> Any:
        from mpremote.transport import TransportError

        try:
            # mpremote prints what it could not understand, and standard output is the answer's.
            with contextlib.redirect_stdout(io.StringIO()):
                return talk()
        except (TransportError, OSError, ValueError) as error:
            raise NoPromptError(
                f"The board at {self._port} does not answer at MicroPython's prompt ({error}).",
                f"It answers within {self._patience_s:.0f} s.",
                "Unplug it, plug it in again and repeat the command.",
            ) from error
        except ImportError as error:
            raise RunslateError(f"mpremote is not complete ({error}).") from error
