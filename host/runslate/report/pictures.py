"""The report's pictures: who ran when, company, curves, contact times, relative phase."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runslate.analysis import intervals
from runslate.analysis.company import MAX_BLIND_US, Stretch
from runslate.analysis.metrics import cadence_curve
from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis
from runslate.analysis.verdict import company_phrase
from runslate.report.svg import LEFT, Axis, Canvas, fits, shorten

BAR = 22.0
ROW = 32.0
CURVE_HEIGHT = 150.0
COLOURS = 6
"""Runner colours of the style sheet; a larger cast begins again."""


def colour(data: TakeData, runner: str) -> str:
    """Return the style class of a runner's colour; the lead has the first."""
    order = [data.lead, *(name for name in data.cast if name != data.lead)]
    return f"c{order.index(runner) % COLOURS}"


def seconds(data: TakeData, time_us: NDArray[np.int64]) -> list[float]:
    """Turn instants into seconds of the take."""
    return [float(s) for s in (time_us - data.start_us) / 1e6]


def who_ran(data: TakeData, result: Analysis) -> str:
    """Draw the company of the lead and below it a row per runner, on one time axis."""
    rows = [data.lead, *(name for name in data.cast if name != data.lead)]
    bottom = 12 + 42 + ROW * len(rows)
    canvas = Canvas(bottom + 24, "Who ran when, and the lead's company", _length(data))
    canvas.time_axis(8, bottom)
    _company_bar(canvas, data, result.company, 12)
    for index, name in enumerate(rows):
        _runner_row(canvas, data, result, name, 12 + 42 + ROW * index)
    return canvas.svg()


def _company_bar(canvas: Canvas, data: TakeData, company: Sequence[Stretch], top: float) -> None:
    canvas.text(LEFT - 10, top + 18, "company", "name strong", "end")
    for stretch in company:
        start, end = _span(data, stretch.start_us, stretch.end_us)
        phrase = company_phrase(stretch)
        tip = f"{phrase}: {start:.1f} to {end:.1f} s"
        canvas.rect(start, end, top, 28, f"company {stretch.kind}", tip)
        middle = (canvas.x(start) + canvas.x(end)) / 2
        room = canvas.x(end) - canvas.x(start)
        for words in (phrase, stretch.kind):
            if fits(words, room):
                canvas.text(middle, top + 18, words, f"on {stretch.kind}", "middle")
                break


def _runner_row(canvas: Canvas, data: TakeData, result: Analysis, name: str, top: float) -> None:
    css = "name strong" if name == data.lead else "name"
    canvas.text(LEFT - 10, top + 16, shorten(name, LEFT - 10), css, "end")
    middle = top + BAR / 2
    canvas.line(canvas.x(0), middle, canvas.x(canvas.seconds), middle, "rest")
    for bout in result.bouts[name]:
        start, end = _span(data, bout.start_us, bout.end_us)
        tip = f"{name} ran from {start:.1f} to {end:.1f} s, {bout.strides} strides"
        canvas.rect(start, end, top, BAR, f"bout {colour(data, name)}", tip)
    take = (data.start_us, data.end_us)
    for hole in intervals.subtract([take], result.coverage[name]):
        if hole[1] - hole[0] > MAX_BLIND_US:
            start, end = _span(data, *hole)
            tip = f"nothing known of {name} from {start:.1f} to {end:.1f} s"
            canvas.rect(start, end, top, BAR, "unknown", tip)
            if fits("not known", canvas.x(end) - canvas.x(start)):
                canvas.text((canvas.x(start) + canvas.x(end)) / 2, top + 16, "not known", "on", "middle")


def cadence_picture(data: TakeData) -> str:
    """Draw cadence, one dot per stride."""
    curves = {name: cadence_curve(table) for name, table in data.strides.items()}
    span = _range([spm for _, spm in curves.values()], smallest=20.0)
    canvas, axis = _curve_canvas(data, "Cadence", span, "steps per minute")
    for name, (t_us, spm) in curves.items():
        canvas.dots(seconds(data, t_us), map(axis, _clipped(spm, axis)), colour(data, name))
    return canvas.svg()


def intensity_picture(data: TakeData, result: Analysis) -> str:
    """Draw intensity, one line per runner, from rest to the hardest second."""
    known = [curve.value_g[np.isfinite(curve.value_g)] for curve in result.intensity.values()]
    top = float(np.concatenate([*known, np.full(1, 0.5)]).max())
    canvas, axis = _curve_canvas(data, "Intensity", (0.0, 1.1 * top), "intensity, g")
    for name, curve in result.intensity.items():
        canvas.curve(seconds(data, curve.t_us), [axis(v) for v in curve.value_g], colour(data, name))
    return canvas.svg()


def contact_picture(data: TakeData, runner: str, low: float, high: float) -> str:
    """Draw one runner's ground contact times, one dot per stride, feet apart by shape."""
    canvas = Canvas(CURVE_HEIGHT - 10, f"Contact times of {runner}", _length(data))
    axis = Axis(low, high, CURVE_HEIGHT - 36, 24)
    canvas.time_axis(24, axis.first)
    canvas.value_axis(axis, f"{runner}: ground contact, ms", 5)
    strides = data.strides[runner]
    run = strides.where(strides.running).contacts()
    for foot in sorted({str(f) for f in run.foot}):
        mine = run.where(run.foot == foot)
        shape = "hollow" if foot == "left" else ""
        css = f"{colour(data, runner)} {shape}"
        pixels = [axis(v) for v in _clipped(mine.gct_ms, axis)]
        canvas.dots(seconds(data, mine.ic_us), pixels, css)
        if shape:
            canvas.dots(seconds(data, mine.ic_us), pixels, "hole")
    return canvas.svg()


def contact_range(data: TakeData) -> tuple[float, float]:
    """Return one range of contact times in ms for all runners, so that pictures compare."""
    times = [t.contacts().gct_ms[t.contacts().running] for t in data.strides.values()]
    return _range(times, smallest=60.0)


def _curve_canvas(data: TakeData, title: str, span: tuple[float, float], unit: str) -> tuple[Canvas, Axis]:
    canvas = Canvas(CURVE_HEIGHT, title, _length(data))
    axis = Axis(*span, CURVE_HEIGHT - 26, 26)
    canvas.time_axis(26, axis.first)
    canvas.value_axis(axis, unit, 5)
    return canvas, axis


def _range(values: Sequence[NDArray[np.float64]], smallest: float) -> tuple[float, float]:
    """A range for all but the wildest values, at least `smallest` wide, with some air."""
    pool = np.concatenate([*values, np.empty(0)])
    if not pool.size:
        return 0.0, smallest
    low, high = (float(v) for v in np.percentile(pool, [1, 99]))
    air = max(0.12 * (high - low), (smallest - (high - low)) / 2)
    return max(0.0, low - air), high + air


def _clipped(values: NDArray[np.float64], axis: Axis) -> list[float]:
    """Put values beyond the axis onto its edge: seen, but not to scale."""
    return [float(v) for v in np.clip(values, axis.low, axis.high)]


def _length(data: TakeData) -> float:
    return (data.end_us - data.start_us) / 1e6


def _span(data: TakeData, start_us: int, end_us: int) -> tuple[float, float]:
    return (start_us - data.start_us) / 1e6, (end_us - data.start_us) / 1e6
