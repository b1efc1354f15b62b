"""Linear timecode on a pin of the emulated Pico, as an audio input squared to logic levels would show it.

SMPTE ST 12-1: 80 bits a frame, lowest first; each begins with a change of level, a 1 has another in its middle. All
instants are fractions of a second: an hour of 29.97 frames ends where it should.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

BITS = 80
SYNC = 0xBFFC
"""The last 16 bits, lowest first: 0011 1111 1111 1101."""

_DROP_BIT = 10
_PARITY_BIT = {25: 59}
"""Set so that a frame has an even number of zeros and begins with the same level as the one before; 27 otherwise."""

_UNITS_AND_TENS = ((0, 8), (16, 24), (32, 40), (48, 56))
"""First bits of frames, seconds, minutes and hours: four for the units, the rest for the tens."""


@dataclass(frozen=True)
class Timecode:
    """A frame's label.

    Attributes:
        number: frames counted since midnight, without gaps.
        fps: frames that a second's labels have: 24, 25 or 30.
        drop: labels 0 and 1 are left out each minute that is no tenth (29.97 and 59.94 only).
    """

    number: int
    fps: int
    drop: bool = False

    def fields(self) -> tuple[int, int, int, int]:
        """Give frames, seconds, minutes and hours of the label."""
        number = self.number
        if self.drop:
            per_minute, per_ten = self.fps * 60 - 2, self.fps * 600 - 18
            tens, rest = divmod(number, per_ten)
            number += 18 * tens + 2 * max(0, (rest - 2) // per_minute)
        seconds, frames = divmod(number, self.fps)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return frames, seconds, minutes, hours % 24

    def word(self) -> int:
        """Give the frame's 80 bits, user bits zero."""
        word = SYNC << 64 | self.drop << _DROP_BIT
        for value, (units, tens) in zip(self.fields(), _UNITS_AND_TENS, strict=True):
            word |= value % 10 << units | value // 10 << tens
        zeros = BITS - word.bit_count()
        return word | (zeros & 1) << _PARITY_BIT.get(self.fps, 27)


def edges(first: Timecode, rate: Fraction) -> Iterator[Fraction]:
    """Yield the instants of all changes of level, in seconds from the first frame's beginning.

    Args:
        first: label of the first frame.
        rate: frames per second, such as 25 or 30000/1001.
    """
    number, half = first.number, 0
    half_bit = 1 / (rate * 2 * BITS)
    while True:
        word = Timecode(number, first.fps, first.drop).word()
        for bit in range(BITS):
            yield half * half_bit
            if word >> bit & 1:
                yield (half + 1) * half_bit
            half += 2
        number += 1


class LtcLine:
    """Drives a pin with timecode from an instant of the board's emulated time on.

    Args:
        first: label of the first frame.
        rate: frames per second.
        pin: GPIO that it is wired to.
        start_s: when the first frame begins.
    """

    def __init__(self, first: Timecode, rate: Fraction, pin: int, start_s: Fraction = Fraction(0)) -> None:
        self._first, self._rate, self._number, self._start_s = first, rate, pin, start_s
        self.changes = 0
        """Changes of level so far."""

    def attach(self, mcu: Any, now_us: Callable[[], float]) -> None:
        """Connect to a chip that was just powered on: what has passed meanwhile is not heard."""
        self._now_us = now_us
        self._pin = mcu.gpio[self._number]
        self._alarm = mcu.clock.create_alarm(self._change)
        self._level = False
        self._edges = edges(self._first, self._rate)
        self._due_ns = self._next_ns()
        while self._due_ns < now_us() * 1000:
            self._level = not self._level
            self._due_ns = self._next_ns()
        self._pin.set_input_value(self._level)
        self._schedule()

    def board_reset(self) -> None:
        """A reset of the board leaves the line as it is."""

    def power_lost(self) -> None:
        """So does a loss of its power."""

    def _next_ns(self) -> int:
        return round((self._start_s + next(self._edges)) * 1_000_000_000)

    def _schedule(self) -> None:
        self._alarm.schedule(max(0.0, self._due_ns - self._now_us() * 1000))

    def _change(self) -> None:
        self._level = not self._level
        self._pin.set_input_value(self._level)
        self.changes += 1
        self._due_ns = self._next_ns()
        self._schedule()
