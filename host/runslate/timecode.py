"""Timecode in whole frames and fractions, never in floating point. Pure.

Drop-frame timecode leaves out numbers, not frames: 00 and 01 (at 59.94: 00 to 03) of every minute but
each tenth, SMPTE ST 12-1. It is written with a `;` before the frames.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from runslate.errors import RunslateError

_FORM = re.compile(r"(\d{2}):(\d{2}):(\d{2})([:;])(\d{2,3})")

RATES: dict[str, Fraction] = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
    "47.95": Fraction(48000, 1001),
    "48": Fraction(48),
    "50": Fraction(50),
    "59.94": Fraction(60000, 1001),
    "60": Fraction(60),
}
"""Frames per second by what people write."""

DAY_H = 24


@dataclass(frozen=True)
class Rate:
    """A frame rate: exact frames per second, and the whole number that timecode counts to."""

    per_second: Fraction

    @property
    def nominal(self) -> int:
        """Frames that a second of timecode counts: 24 for 23.976."""
        return -(-self.per_second.numerator // self.per_second.denominator)

    @property
    def can_drop(self) -> bool:
        """Whether drop-frame timecode exists: at 29.97 and 59.94."""
        return self.per_second.denominator == 1001 and self.nominal % 30 == 0

    @property
    def dropped(self) -> int:
        """Numbers left out in a minute of drop-frame timecode."""
        return self.nominal // 15


def parse_rate(text: str) -> Rate:
    """Read a frame rate such as `25`, `23.976` or `24000/1001`.

    Raises:
        RunslateError: it is none of the rates in use.
    """
    words = text.strip()
    for name, rate in RATES.items():
        if words in (name, f"{rate.numerator}/{rate.denominator}"):
            return Rate(rate)
    raise RunslateError(f"`{text}` is no frame rate.", f"It can be {', '.join(RATES)}.", "Write one of them.")


def parse_timecode(text: str, rate: Rate) -> int:
    """Read `HH:MM:SS:FF` (drop-frame: `HH:MM:SS;FF`) as a number of frames since midnight.

    Raises:
        RunslateError: the form is another, or the timecode does not exist at this rate.
    """
    match = _FORM.fullmatch(text.strip())
    if not match:
        raise _wrong(text, rate, "is no timecode")
    hours, minutes, seconds, frames = (int(match[i]) for i in (1, 2, 3, 5))
    drop = match[4] == ";"
    if hours >= DAY_H or minutes > 59 or seconds > 59 or frames >= rate.nominal:
        raise _wrong(text, rate, "does not exist")
    if drop and not rate.can_drop:
        raise _wrong(text, rate, "is drop-frame, which there is only at 29.97 and 59.94, so it does not exist")
    if drop and minutes % 10 and seconds == 0 and frames < rate.dropped:
        raise _wrong(text, rate, "is one of the numbers that drop-frame leaves out, so it does not exist")
    whole_minutes = 60 * hours + minutes
    left_out = rate.dropped * (whole_minutes - whole_minutes // 10) if drop else 0
    return (60 * whole_minutes + seconds) * rate.nominal + frames - left_out


def day_frames(rate: Rate, drop: bool) -> int:
    """Return how many frames 24 hours of timecode count."""
    minutes = 60 * DAY_H
    left_out = rate.dropped * (minutes - minutes // 10) if drop else 0
    return 60 * minutes * rate.nominal - left_out


def since(timecode: str, start: str, rate: Rate) -> Fraction:
    """Return the exact seconds from one timecode to another, -12 to 12 hours: midnight may lie between."""
    frames = parse_timecode(timecode, rate) - parse_timecode(start, rate)
    day = day_frames(rate, drop=";" in timecode)
    return Fraction((frames + day // 2) % day - day // 2) / rate.per_second


def _wrong(text: str, rate: Rate, what: str) -> RunslateError:
    return RunslateError(
        f"`{text}` {what} at {float(rate.per_second):.6g} frames per second.",
        f"A timecode is HH:MM:SS:FF with frames from 00 to {rate.nominal - 1}; drop-frame has `;` before them.",
        "Correct it, or the rate.",
    )
