"""The emulated Pico's serial port as a console: waiting lets emulated time pass."""

from __future__ import annotations

from runslate.errors import RunslateError
from runslate.sim.pico.board import EmulatedPico


class PicoConsole:
    """Reads and writes the board's serial port in the caller's own thread."""

    def __init__(self, pico: EmulatedPico) -> None:
        self._pico = pico

    def write(self, data: bytes) -> None:
        """Send bytes to the board."""
        self._pico.write(data)

    def read_until(self, ending: bytes, timeout_s: float) -> bytes:
        """All bytes up to and including `ending`.

        Raises:
            RunslateError: when it has not come within `timeout_s` emulated seconds.
        """
        received = self._pico.received
        if not self._pico.run_until(lambda: ending in received, timeout_s):
            raise RunslateError(
                f"The board did not send {ending!r} within {timeout_s:g} emulated seconds.",
                f"It sent {bytes(received[-200:])!r} last.",
            )
        end = received.index(ending) + len(ending)
        result = bytes(received[:end])
        del received[:end]
        return result
