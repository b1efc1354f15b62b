"""Just enough SVG for the report's pictures: one canvas with one time axis.

Written by hand instead of with matplotlib: the text stays text (it can be searched, copied and
read aloud), a page of pictures is some tens of kilobytes, and nothing has to be imported.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH = 960
LEFT = 118
"""Room for a runner's name or an axis title."""
RIGHT = 18
LONG_S = 200.0
"""From this length on a take is read in minutes ..."""
LONG_STEPS_S = (30, 60, 120, 300, 600, 900, 1800, 3600)
"""... with a time axis in these steps."""
CHARACTER = 6.6
"""Mean width of a character of 12 px text, for the decision whether a label fits."""


@dataclass
class Axis:
    """A linear axis from values to pixels."""

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        span = self.high - self.low
        return self.first + (value - self.low) / (span or 1.0) * (self.last - self.first)

    def ticks(self, count: int) -> list[float]:
        """Return about `count` round values inside the axis."""
        span = self.high - self.low
        if span <= 0:
            return [self.low]
        raw = span / max(1, count)
        power = 10 ** math.floor(math.log10(raw))
        step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [i * step for i in range(first, last + 1)]


@dataclass
class Canvas:
    """A picture that grows element by element."""

    height: float
    title: str
    """Read aloud by a screen reader."""
    seconds: float
    """Length of the take: the time axis goes from 0 to it."""
    parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.x = Axis(0.0, self.seconds, LEFT, WIDTH - RIGHT)

    def rect(self, start: float, end: float, y: float, height: float, css: str, tip: str) -> None:
        """Draw a bar from `start` to `end` seconds; `tip` shows on hover."""
        left, right = self.x(start), self.x(end)
        self.parts.append(
            f'<rect class="{css}" x="{left:.1f}" y="{y:.1f}" width="{max(right - left, 0.8):.1f}" '
            f'height="{height:.1f}"><title>{escape(tip)}</title></rect>'
        )

    def text(self, x: float, y: float, words: str, css: str = "", anchor: str = "start") -> None:
        """Write at pixels; `anchor` is start, middle or end."""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">{escape(words)}</text>')

    def line(self, x1: float, y1: float, x2: float, y2: float, css: str) -> None:
        """Draw a straight line between pixels."""
        self.parts.append(f'<line class="{css}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def dots(self, seconds: Iterable[float], pixels: Iterable[float], css: str) -> None:
        """Draw one dot per point, all in one path: some thousand points stay small."""
        path = "".join(f"M{self.x(s):.1f} {p:.1f}h0" for s, p in zip(seconds, pixels, strict=True))
        if path:
            self.parts.append(f'<path class="dots {css}" d="{path}"/>')

    def curve(self, seconds: Sequence[float], pixels: Sequence[float], css: str) -> None:
        """Draw a line through points; NaN interrupts it."""
        path, pen = [], "M"
        for second, pixel in zip(seconds, pixels, strict=True):
            if math.isnan(pixel):
                pen = "M"
                continue
            path.append(f"{pen}{self.x(second):.1f} {pixel:.1f}")
            pen = "L"
        if path:
            self.parts.append(f'<path class="curve {css}" d="{"".join(path)}"/>')

    def time_axis(self, top: float, bottom: float) -> None:
        """Draw the time grid between two heights, with its numbers below."""
        for tick in time_ticks(self.seconds):
            self.line(self.x(tick), top, self.x(tick), bottom, "grid")
            self.text(self.x(tick), bottom + 16, clock(tick), "tick", "middle")

    def value_axis(self, axis: Axis, label: str, count: int) -> None:
        """Draw a value grid with numbers on the left and the axis title above them."""
        for tick in axis.ticks(count):
            self.line(LEFT, axis(tick), WIDTH - RIGHT, axis(tick), "grid")
            self.text(LEFT - 8, axis(tick) + 4, f"{tick:g}", "tick", "end")
        self.text(LEFT, min(axis.first, axis.last) - 9, label, "axis")

    def svg(self) -> str:
        """Return the picture as an element of an HTML page."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {self.height:.0f}" role="img" '
            f'aria-label="{escape(self.title)}">{HATCH}{"".join(self.parts)}</svg>'
        )


HATCH = (
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="7" height="7" class="hatchback"/>'
    '<line x1="0" y1="0" x2="0" y2="7" class="hatchline"/></pattern></defs>'
)
"""What marks unknown: it stays apart from every colour, also in black and white print."""


def time_ticks(seconds: float, count: int = 10) -> list[float]:
    """Return about `count` round instants of a take."""
    if seconds < LONG_S:
        return Axis(0.0, seconds, 0.0, 1.0).ticks(count)
    step = next((step for step in LONG_STEPS_S if step >= seconds / count), LONG_STEPS_S[-1])
    return [float(at) for at in range(0, int(seconds) + 1, step)]


def clock(seconds: float) -> str:
    """Write a time of the take: `12 s`, `0.5 s`, from a minute on `1:05`."""
    if seconds < 60 and seconds != 0:
        return f"{seconds:g} s"
    whole, rest = divmod(seconds, 60)
    tail = f"{rest:04.1f}" if rest % 1 else f"{rest:02.0f}"
    return f"{whole:.0f}:{tail}" if seconds else "0"


def fits(words: str, width: float) -> bool:
    """Tell whether a label of 12 px text fits into `width` pixels."""
    return len(words) * CHARACTER + 8 <= width


def wrapped(words: str, width: float) -> list[str]:
    """Break a text into lines that fit into `width` pixels; at least one."""
    return textwrap.wrap(words, max(1, int((width - 8) / CHARACTER))) or [""]


def shorten(words: str, width: float) -> str:
    """Cut a name so that it fits into `width` pixels."""
    room = int((width - 8) / CHARACTER)
    return words if len(words) <= room else words[: max(1, room - 1)] + "…"
