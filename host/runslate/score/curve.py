"""The curve of beats per minute of a run: as numbers and as a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runslate.report.standalone import standalone
from runslate.report.svg import Axis, Canvas

FloatArray = NDArray[np.float64]

MAX_STEP_S = 0.8
"""A longer pause between two steps is no step of running: the curve is interrupted there."""

SMOOTH = 5
"""Steps in the running median that the curve goes through: about two strides."""


def bpm_curve(steps_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (middle of each step in seconds, beats per minute), one beat per step; NaN at a pause."""
    length = np.diff(steps_s)
    bpm = np.where(length <= MAX_STEP_S, 60 / length, np.nan)
    return (steps_s[:-1] + steps_s[1:]) / 2, _median(bpm)


def bpm_picture(take: str, runner: str, steps_s: FloatArray, seconds: float) -> str:
    """Draw the curve as an SVG file of its own."""
    t_s, bpm = bpm_curve(steps_s)
    known = bpm[np.isfinite(bpm)]
    low, high = (float(known.min()), float(known.max())) if known.size else (150.0, 190.0)
    middle, half = (low + high) / 2, max(10.0, 0.6 * (high - low))
    canvas = Canvas(260, f"Beats per minute of {runner} in {take}", seconds)
    axis = Axis(middle - half, middle + half, 226, 40)
    canvas.time_axis(40, axis.first)
    canvas.value_axis(axis, f"{take}, {runner}: beats per minute, one beat per step", 6)
    canvas.curve(t_s.tolist(), [axis(value) for value in bpm], "c0")
    return standalone(canvas)


def _median(values: FloatArray) -> FloatArray:
    """A running median that a pause interrupts."""
    if values.size < SMOOTH:
        return values
    padded = np.pad(values, SMOOTH // 2, mode="edge")
    smooth = np.nanmedian(np.where(np.isfinite(padded), padded, np.nan)[_windows(values.size)], axis=1)
    return np.where(np.isfinite(values), smooth, np.nan)


def _windows(size: int) -> NDArray[np.intp]:
    return np.arange(size)[:, None] + np.arange(SMOOTH)
