"""A picture of one recording: what the sensor felt, the true strides and the found ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runslate.evaluate.found import Bools, Floats, Found
from runslate.evaluate.strides import Matched, match_strides
from runslate.evaluate.tap import Samples
from runslate.evaluate.truth import Known
from runslate.report.standalone import standalone
from runslate.report.svg import LEFT, WIDTH, Axis, Canvas

_SHOWN_S = 14.0
_POINTS = 1800  # of a curve: two for every pixel
_KEY = "red: missed or invented; dark: running; light: not running; grey: where nothing is known"
_CSS = (
    "text{font:12px system-ui,sans-serif;fill:#1c2430}.tick{fill:#5a6675}.grid{stroke:#dfe4ea}"
    ".curve{fill:none;stroke:#0072b2;stroke-width:1}.size{stroke:#d55e00}.ok{fill:#8fb8de}.run{fill:#2c5f8a}"
    ".bad{fill:#b3261e}.out{fill:#dfe4ea}.true{fill:#5a6675}.title{font-weight:600}"
)


@dataclass(frozen=True)
class Scene:
    """What a picture shows of one recording."""

    title: str
    found: Found
    known: Known
    samples: Samples


def picture(scene: Scene) -> str:
    """Return the picture as an SVG document; it shows the stretch with the most mistakes."""
    matched = match_strides(scene.found, scene.known)
    start, end = _stretch(scene, matched)
    canvas = Canvas(404.0, scene.title, end - start)
    canvas.x = Axis(start, end, LEFT, WIDTH - 18.0)
    canvas.text(LEFT, 16, scene.title, "title")
    canvas.text(WIDTH - 18.0, 394, _KEY, "tick", "end")
    _signals(canvas, scene.samples, start, end)
    _true(canvas, matched, start, end)
    _found(canvas, scene.found, matched, start, end)
    canvas.time_axis(36, 362)
    return standalone(canvas, _CSS)


def _stretch(scene: Scene, matched: Matched) -> tuple[float, float]:
    """Return the part of the recording where most is wrong; its beginning if nothing is."""
    end_s = float(scene.samples.t_s[-1])
    wrong = np.concatenate((matched.end_s[~matched.hit], scene.found.end_s[_extra(scene.found, matched)]))
    if end_s <= _SHOWN_S:
        return 0.0, end_s
    if not wrong.size:
        return 0.0, _SHOWN_S
    starts = np.clip(wrong - _SHOWN_S / 2, 0.0, end_s - _SHOWN_S)
    inside = [int(np.sum((wrong >= s) & (wrong < s + _SHOWN_S))) for s in starts]
    start = float(starts[int(np.argmax(inside))])
    return start, start + _SHOWN_S


def _extra(found: Found, matched: Matched) -> Bools:
    right = matched.found_where(np.ones(matched.hit.size, dtype=np.bool_))
    return np.asarray(matched.inside & ~right)


def _signals(canvas: Canvas, samples: Samples, start: float, end: float) -> None:
    inside = np.flatnonzero((samples.t_s >= start) & (samples.t_s <= end))
    inside = inside[:: max(1, inside.size // _POINTS)]
    t = samples.t_s[inside]
    size = np.linalg.norm(samples.accel_g[inside], axis=1)
    _curve(canvas, t, size, (150.0, 52.0), "|a|, g", "size")
    if samples.gyro_dps is not None:
        axis = np.linalg.svd(samples.gyro_dps[:: max(1, samples.t_s.size // 5000)], full_matrices=False)[2][0]
        _curve(canvas, t, samples.gyro_dps[inside] @ axis, (290.0, 178.0), "rate about the main axis, deg/s", "rate")


def _curve(canvas: Canvas, t: Floats, values: Floats, pixels: tuple[float, float], label: str, css: str) -> None:
    if not values.size:
        return
    axis = Axis(float(values.min()), float(values.max()), *pixels)
    canvas.value_axis(axis, label, 4)
    canvas.curve(list(t), [axis(float(v)) for v in values], css)


def _true(canvas: Canvas, matched: Matched, start: float, end: float) -> None:
    canvas.text(LEFT - 8, 318, "true", "", "end")
    for at, hit in zip(matched.end_s, matched.hit, strict=True):
        if start <= at <= end:
            canvas.rect(at - 0.02, at + 0.02, 306, 16, "true" if hit else "bad", "found" if hit else "missed")


def _found(canvas: Canvas, found: Found, matched: Matched, start: float, end: float) -> None:
    canvas.text(LEFT - 8, 348, "found", "", "end")
    extra = _extra(found, matched)
    for k in range(found.begin_s.size):
        low, high = max(float(found.begin_s[k]), start), min(float(found.end_s[k]), end)
        if low < high:
            css = "bad" if extra[k] else "out" if not matched.inside[k] else "run" if found.running[k] else "ok"
            tip = f"contact {found.gct_s[k] * 1e3:.0f} ms, {'running' if found.running[k] else 'not running'}"
            canvas.rect(low + 0.01, high - 0.01, 334, 18, css, tip)
