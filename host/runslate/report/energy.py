"""The report's section on pace and energy, and the energy curve of a take or of a sequence of takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from runslate.analysis.intensity import DEFINITION, IntensityCurve
from runslate.analysis.pace import SURGE, SURGE_S, TOP_STRIDES, Pace
from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis
from runslate.report import pictures
from runslate.report.html import head, number, table, tag, wrap
from runslate.report.jsonable import number_or_null, seconds
from runslate.report.svg import LEFT, RIGHT, WIDTH, Axis, Canvas, clock, fits, shorten, time_ticks

DIGITS = {"speed": 2, "cadence": 1}

AIR_S = 4.0
"""Between two takes of a sequence, in seconds of the picture."""

TICK_PX = 40
"""Room for a time below the picture. Each take counts from its own start."""


def pace_section(data: TakeData, result: Analysis) -> str:
    """Top and held pace, splits and surges of everybody who ran."""
    ran = {name: pace for name, pace in result.pace.items() if pace.value.size}
    if not ran:
        return ""
    heads = ["runner", "by", head("top", "median of 3 strides"), head("held", "over 10 s")]
    heads += [head("longest run", "s"), *(head(f"part {n}", "pace, intensity") for n in range(1, 5)), "surges"]
    rows = [_row(data, name, pace) for name, pace in ran.items()]
    return tag("h2", "Pace and energy") + table(heads, rows, 2) + tag("p", WORDS, "note")


WORDS = (
    f"Top is the best median of {TOP_STRIDES} strides of one foot in a row; held is the best mean over 10 s of an "
    "unbroken run. Speed (m/s) is stride length over stride time; where no length could be measured the pace is the "
    "cadence (steps/min), which is not speed. Parts are quarters of the time from the first to the last running "
    f"contact. A surge is {SURGE_S} s and more of at least {100 * (SURGE - 1):.0f} % above the runner's own median "
    "intensity in this take."
)


def _row(data: TakeData, name: str, pace: Pace) -> list[str]:
    digits = DIGITS[pace.basis]
    parts = [
        f"{number(split.pace, digits)}<br>" + wrap("span", f"{number(split.intensity_g, 2)} g", "chance")
        for split in pace.splits
    ]
    surges = [
        f"{(s.start_us - data.start_us) / 1e6:.0f} to {(s.end_us - data.start_us) / 1e6:.0f} s" for s in pace.surges
    ]
    return [
        f"<b>{escape(name)}</b>",
        f"{pace.basis}, {pace.unit}",
        number(pace.top, digits),
        number(pace.held, digits),
        f"{pace.longest_run_us / 1e6:.1f}",
        *parts,
        "<br>".join(surges[:4]) + (f"<br>and {len(surges) - 4} more" if len(surges) > 4 else "") or "–",
    ]


def pace_entry(pace: Pace, start_us: int) -> dict[str, Any]:
    """Return one runner's pace, JSON-ready; times are seconds of the take."""
    digits = DIGITS[pace.basis]
    return {
        "basis": pace.basis,
        "unit": pace.unit,
        "top": number_or_null(pace.top, digits),
        "held_10_s": number_or_null(pace.held, digits),
        "held_at_s": seconds(pace.held_at_us - start_us) if pace.held_at_us >= 0 else None,
        "longest_run_s": seconds(pace.longest_run_us),
        "splits": [
            {
                "start_s": seconds(split.start_us - start_us),
                "end_s": seconds(split.end_us - start_us),
                "pace": number_or_null(split.pace, digits),
                "intensity_g": number_or_null(split.intensity_g, 3),
            }
            for split in pace.splits
        ],
        "surges": [
            {
                "start_s": seconds(surge.start_us - start_us),
                "end_s": seconds(surge.end_us - start_us),
                "peak_g": round(surge.peak_g, 3),
            }
            for surge in pace.surges
        ],
    }


@dataclass(frozen=True)
class Scored:
    """One take of a sequence: its name, its length, and everybody's intensity, the lead's first."""

    take: str
    start_us: int
    seconds: float
    curves: dict[str, IntensityCurve]


def energy_canvas(takes: Sequence[Scored]) -> Canvas:
    """Draw the energy curve: the takes one after another, a line per runner, a bar for each take's mean."""
    runners = list(dict.fromkeys(name for take in takes for name in take.curves))
    whole = sum(take.seconds for take in takes) + AIR_S * (len(takes) - 1)
    canvas = Canvas(348, "Energy curve of " + ", ".join(take.take for take in takes), whole)
    known = [c.value_g[np.isfinite(c.value_g)] for take in takes for c in take.curves.values()]
    top = max((float(values.max()) for values in known if values.size), default=1.0)
    axis = Axis(0.0, 1.1 * top, 274, 60)
    canvas.value_axis(axis, f"intensity, g: {DEFINITION}; shaded: the lead's mean over the take", 5)
    begin = 0.0
    for take in takes:
        _draw_take(canvas, axis, take, begin, runners)
        begin += take.seconds + AIR_S
    _key(canvas, runners)
    return canvas


def _draw_take(canvas: Canvas, axis: Axis, take: Scored, begin: float, runners: Sequence[str]) -> None:
    left, right = canvas.x(begin), canvas.x(begin + take.seconds)
    lead = next(iter(take.curves.values()), None)
    mean = float(np.nanmean(lead.value_g)) if lead is not None and np.isfinite(lead.value_g).any() else 0.0
    tip = f"{take.take}: {mean:.2f} g in the mean of the lead, {take.seconds:.0f} s"
    canvas.rect(begin, begin + take.seconds, axis(mean), axis.first - axis(mean), "band", tip)
    for name, curve in take.curves.items():
        at = [begin + float(t - take.start_us) / 1e6 for t in curve.t_us]
        canvas.curve(at, [axis(value) for value in curve.value_g], f"c{runners.index(name) % pictures.COLOURS}")
    canvas.line(left, axis.first, right, axis.first, "rest")
    for tick in time_ticks(take.seconds, max(1, int((right - left) / TICK_PX)))[1:]:
        x = canvas.x(begin + tick)
        canvas.line(x, axis.first, x, axis.first + 5, "rest")
        canvas.text(x, axis.first + 18, clock(tick), "tick", "middle")
    words = f"{take.take}, {clock(round(take.seconds))}"
    for label in (words, take.take):
        if fits(label, right - left):
            canvas.text((left + right) / 2, axis.first + 36, label, "tick strong", "middle")
            break


def _key(canvas: Canvas, runners: Sequence[str]) -> None:
    """Name the lines below the picture; what finds no room is told by number."""
    x = float(LEFT)
    for index, name in enumerate(runners):
        words = shorten(name, 150)
        if x + 30 + 7 * len(words) > WIDTH - RIGHT - 60:
            canvas.text(x, 336, f"and {len(runners) - index} more", "tick")
            break
        canvas.parts.append(f'<path class="curve c{index % pictures.COLOURS}" d="M{x:.0f} 332h18"/>')
        canvas.text(x + 24, 336, words, "tick")
        x += 44 + 7 * len(words)
