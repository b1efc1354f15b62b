"""One attempt: what a candidate ran, how sure that is, and whether it meets a profile. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.bouts import Bout
from runslate.analysis.intervals import Interval
from runslate.analysis.tables import StrideTable
from runslate.qualify.profile import Profile

FloatArray = NDArray[np.float64]

BELT_MARGIN = 0.005
"""Of a speed that a belt node counted: how well the length of belt per pulse is known."""

DISPLAY_MARGIN = 0.04
"""Of a speed that a treadmill's display said: displays are off by percents, and a belt slows under a runner."""

NOTICED = 0.01
"""A display that differs from the belt node by more than this, and by more than the margin of the belt, is off."""

CADENCE_MARGIN = 0.01
"""Of a cadence: stride times are known to a percent."""

DURATION_MARGIN_S = 0.7
"""The ends of a run are known to about one stride."""

Word = Literal["met", "not met", "too close to tell"]


@dataclass(frozen=True)
class Measured:
    """What was run, each with its margin (half-width)."""

    speed_mps: float
    speed_margin: float
    source: str
    """Where the speed comes from: "belt node" or "display"."""
    cadence_spm: float
    cadence_margin: float
    duration_s: float
    duration_margin: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Criterion:
    """One quantity of a profile against what was run."""

    name: str
    unit: str
    low: float
    high: float | None
    """None: more is welcome."""
    value: float
    margin: float
    word: Word
    short_by: float
    """How much is missing to the nearer limit; 0 inside."""


def best_window(bouts: Sequence[Bout], seconds: float | None) -> Interval | None:
    """Return the stretch to look at: the longest unbroken run, without its start, cut to the length asked for.

    A belt takes seconds to come up to speed; the end of the run is what the candidate held.
    """
    if not bouts:
        return None
    longest = max(bouts, key=lambda bout: bout.end_us - bout.start_us)
    if seconds is None:
        return longest.interval
    return max(longest.start_us, longest.end_us - round(seconds * 1e6)), longest.end_us


def belt_in(window: Interval, times_us: NDArray[np.int64], speed: FloatArray, error: FloatArray) -> tuple[float, float]:
    """Return the mean belt speed in a window and its margin; NaN where the belt's reel does not cover it.

    Args:
        window: on the common time line.
        times_us: of the belt's speeds on the same line, ascending.
        speed: m/s.
        error: half-widths of what the counting leaves open.
    """
    inside = (times_us >= window[0]) & (times_us < window[1])
    if inside.sum() < 2:
        return float("nan"), float("nan")
    span = times_us[inside][-1] - times_us[inside][0]
    if span < 0.8 * (window[1] - window[0]):
        return float("nan"), float("nan")
    mean = float(np.trapezoid(speed[inside], times_us[inside]) / span)
    return mean, BELT_MARGIN * mean + float(error[inside].mean())


def measure(
    strides: StrideTable,
    bouts: Sequence[Bout],
    seconds: float | None,
    belt: tuple[NDArray[np.int64], FloatArray, FloatArray] | None,
    display_mps: float | None,
) -> Measured | None:
    """Measure an attempt; None where the candidate did not run, or no speed is known.

    Args:
        strides: of the candidate.
        bouts: the candidate's unbroken runs.
        seconds: how long the profile asks for; the speed is told over the last so many seconds of the run.
        belt: times on the common line, speeds, errors of a belt node; None without one.
        display_mps: what the treadmill's display said; None where nobody noted it.
    """
    window = best_window(bouts, seconds)
    if window is None:
        return None
    counted = belt_in(window, *belt) if belt is not None else (float("nan"), float("nan"))
    speed, margin, source, notes = _speed(counted, display_mps)
    if speed is None:
        return None
    inside = strides.running & (strides.ic_us >= window[0]) & (strides.ic_us < window[1])
    stride_ms = strides.duration_ms[inside]
    cadence = 120_000 / float(np.median(stride_ms)) if stride_ms.size else float("nan")
    longest = max(bout.end_us - bout.start_us for bout in bouts) / 1e6
    return Measured(
        speed, margin, source, cadence, CADENCE_MARGIN * cadence, longest, DURATION_MARGIN_S, notes
    )  # fmt: skip


def _speed(counted: tuple[float, float], display: float | None) -> tuple[float | None, float, str, tuple[str, ...]]:
    speed, margin = counted
    if speed == speed:  # not NaN: the belt node saw it
        off = (display or speed) / speed - 1
        if abs(off) <= max(NOTICED, margin / speed):
            return speed, margin, "belt node", ()
        said = f"The display says {display:.2f} m/s, the belt ran {speed:.2f} ± {margin:.2f} m/s"
        word = "high" if off > 0 else "low"
        notes = f"{said}: the display is {abs(100 * off):.1f} % too {word}. The belt node counts."
        return speed, margin, "belt node", (notes,)
    if display is not None:
        words = "No belt node saw this run: the speed is the display's, so its margin is"
        return display, DISPLAY_MARGIN * display, "display", (f"{words} {100 * DISPLAY_MARGIN:.0f} %.",)
    return None, 0.0, "", ()


def judge(profile: Profile, measured: Measured) -> list[Criterion]:
    """Compare an attempt with a profile.

    Speed and duration have to reach the lead's mean less the lead's own spread; the cadence has to lie within
    twice the spread on either side, because it is seen. A value counts as met only with its margin.
    """
    values = {
        "speed": (measured.speed_mps, measured.speed_margin, "m/s"),
        "cadence": (measured.cadence_spm, measured.cadence_margin, "steps/min"),
        "duration": (measured.duration_s, measured.duration_margin, "s"),
    }
    found = []
    for name, aim in profile.targets().items():
        wide = 2 * aim.spread if name == "cadence" else aim.spread
        low, high = aim.mean - wide, aim.mean + wide if name == "cadence" else None
        value, margin, unit = values[name]
        short = max(0.0, low - value, value - high if high is not None else 0.0)
        found.append(Criterion(name, unit, low, high, value, margin, _word(low, high, value, margin), short))
    return found


def met(criteria: Sequence[Criterion]) -> bool:
    """Tell whether every criterion is met for certain."""
    return bool(criteria) and all(criterion.word == "met" for criterion in criteria)


def _word(low: float, high: float | None, value: float, margin: float) -> Word:
    if value != value:  # NaN: nothing was measured
        return "not met"
    inside = value - margin >= low and (high is None or value + margin <= high)
    outside = value + margin < low or (high is not None and value - margin > high)
    return "met" if inside else "not met" if outside else "too close to tell"


def sentence(criterion: Criterion) -> str:
    """Say one criterion: what was run, what was asked for, by how much."""
    digits = 2 if criterion.unit == "m/s" else 1
    asked = (
        f"{criterion.low:.{digits}f} to {criterion.high:.{digits}f}"
        if criterion.high is not None
        else f"at least {criterion.low:.{digits}f}"
    )
    gap = f", {criterion.short_by:.{digits}f} {criterion.unit} off" if criterion.short_by > 0 else ""
    return (
        f"{criterion.name}: {criterion.value:.{digits}f} ± {criterion.margin:.{digits}f} {criterion.unit}, "
        f"asked for {asked}: {criterion.word}{gap}."
    )
