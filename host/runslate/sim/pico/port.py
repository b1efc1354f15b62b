"""The emulated Pico as a port of the host: whoever reads from it lets emulated time pass."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from runslate.sim.pico.board import EmulatedPico

SLICE_S = 0.005
"""Emulated time per read: short enough that what another thread wrote goes out soon."""

LEAD_S = 0.01
"""An idle board runs many times faster than a real one; it may lead the wall clock by this much."""


class PicoPort:
    """A `Port` in this process; the link's reader thread is the one that runs the chip.

    Emulated time never runs ahead of the wall clock, so that a host's waits mean what they say,
    except during `wait`, which is there to let emulated time pass.
    """

    def __init__(self, pico: EmulatedPico, name: str = "emulated Pico") -> None:
        self.name = name
        self._pico = pico
        self._todo: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._waits_until_us = 0.0
        self._closed = False
        self._follow_wall()

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read without waiting."""
        return len(self._pico.received)

    def read(self, size: int) -> bytes:
        """Run the chip until it sent something, at most 5 ms; return at most `size` bytes."""
        if self._closed:
            return b""
        self._do_what_others_asked()
        received = self._pico.received
        if not received:
            self._pico.run_until(lambda: bool(received), SLICE_S)
            self._keep_pace()
        data = bytes(received[:size])
        del received[: len(data)]
        return data

    def write(self, data: bytes) -> None:
        """Hand bytes to the board; they go out with the next read."""
        self.post(lambda: self._pico.write(data))

    def close(self) -> None:
        """Stop running the chip; it keeps its state."""
        self._closed = True

    def post(self, action: Callable[[], None]) -> None:
        """Have the reading thread do something to the board between two slices of its time."""
        self._todo.put(action)

    def hold(self) -> None:
        """Stop taking what the board sends; its time goes on."""
        self.post(self._pico.usb.hold)

    def release(self) -> None:
        """Take again what the board sends."""
        self.post(self._pico.usb.release)

    def power_cycle(self) -> None:
        """Take the board's power away between two instructions, and return when it has it back."""
        done = threading.Event()
        self.post(self._pico.power_cycle)
        self.post(done.set)
        self._sleep_until(done.is_set)

    def wait(self, seconds: float) -> None:
        """Return when the board lived `seconds` longer; another thread must be reading."""
        until_us = self._pico.now_us() + seconds * 1e6
        self._waits_until_us = until_us
        self._sleep_until(lambda: self._pico.now_us() >= until_us)

    def _sleep_until(self, condition: Callable[[], bool]) -> None:
        while not condition() and not self._closed:
            time.sleep(SLICE_S)

    def _do_what_others_asked(self) -> None:
        while True:
            try:
                action = self._todo.get_nowait()
            except queue.Empty:
                return
            action()

    def _follow_wall(self) -> None:
        self._wall_s = time.monotonic()
        self._board_s = self._pico.now_us() / 1e6

    def _keep_pace(self) -> None:
        now_us = self._pico.now_us()
        if self._waits_until_us:
            if now_us >= self._waits_until_us:
                self._waits_until_us = 0.0
            self._follow_wall()
            return
        lead_s = (now_us / 1e6 - self._board_s) - (time.monotonic() - self._wall_s)
        if lead_s > LEAD_S:
            time.sleep(lead_s)
        elif lead_s < 0:
            self._follow_wall()  # a busy chip is slower than a real one: it need not catch up
