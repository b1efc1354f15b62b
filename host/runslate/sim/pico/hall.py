"""A Hall sensor at a treadmill's belt, on a pin of the emulated Pico: low while a magnet passes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from runslate.sim.belt import BeltProfile

WIDTH_S = 0.002
"""A magnet of 10 mm at 5 m/s; of faster pulses at most a quarter of the time between two."""


class HallSensor:
    """Pulls its pin low for each pulse of a belt; its scene time is the board's emulated time.

    Args:
        belt: when pulses come.
        pin: GPIO that the sensor's open collector is wired to, pulled up.
    """

    def __init__(self, belt: BeltProfile, pin: int) -> None:
        self._belt = belt
        self._number = pin
        self._next = 1
        self.pulses = 0
        """Falling edges so far."""

    def attach(self, mcu: Any, now_us: Callable[[], float]) -> None:
        """Connect to a chip that was just powered on: the belt runs on whatever the board does."""
        self._now_us = now_us
        self._pin = mcu.gpio[self._number]
        self._pin.set_input_value(True)
        self._fall = mcu.clock.create_alarm(self._fell)
        self._rise = mcu.clock.create_alarm(lambda: self._pin.set_input_value(True))
        self._next = self._belt.pulses(self._now_s()) + 1
        self._wait()

    def board_reset(self) -> None:
        """A reset of the board leaves the belt as it is."""

    def power_lost(self) -> None:
        """So does a loss of its power."""

    def _now_s(self) -> float:
        return self._now_us() / 1e6

    def _wait(self) -> None:
        due_s = self._belt.pulse_s(self._next)
        if math.isfinite(due_s):
            self._fall.schedule(max(0.0, due_s - self._now_s()) * 1e9)

    def _fell(self) -> None:
        self._pin.set_input_value(False)
        self.pulses += 1
        due_s = self._belt.pulse_s(self._next)
        self._next += 1
        self._rise.schedule(min(WIDTH_S, (self._belt.pulse_s(self._next) - due_s) / 4) * 1e9)
        self._wait()
