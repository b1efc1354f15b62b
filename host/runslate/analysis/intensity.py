"""Intensity: how hard a foot is thrown about, second by second, in g.

Definition: the mean of | |a| - 1 g | over a Hann window of 4 s, once per second, with a the
specific force at the shoe; the mean of both shoes where both are worn.

Why this and not something else:
- it is measured, not modelled: one sum over the samples, and zero for a shoe at rest;
- |a| does not depend on how the tag sits on the shoe, and no integration drifts;
- it uses every sample, while a peak of |a| depends on sole, ground and clipping, and "peak times
  cadence" inherits that;
- the smooth window of some five strides keeps the value from beating with the stride.
It is the ENMO / mean amplitude deviation family of activity research (van Hees et al. 2013,
Vaha-Ypya et al. 2015), unclipped at zero and taken at the shoe.

What it is not: not energy, oxygen, heart rate, speed or ground force; not comparable between two
runners with different shoes or tag positions without a calibration; best read as one runner's
curve over time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.intervals import Interval
from runslate.analysis.samples import Recording

DEFINITION = "mean of | |a| - 1 g | at the shoe (Hann window of 4 s), once per second"

STEP_US = 1_000_000
"""One value per second."""

WINDOW_US = 4_000_000
"""Five or six strides at a usual running pace; the Hann window weighs the middle 2 s most."""

AT_ONCE = 300
"""Values made at once: what is read for them stays some megabytes."""

MIN_FILL = 0.9
"""Of the window that must hold samples; less gives NaN, never a value from half a window."""


@dataclass(frozen=True)
class IntensityCurve:
    """Intensity of one runner, once per second of the take."""

    t_us: NDArray[np.int64]
    """The middle of each window."""
    value_g: NDArray[np.float64]
    """NaN where no tag of the runner recorded enough."""


def intensity(recordings: Sequence[Recording], take: Interval) -> IntensityCurve:
    """Compute the curve of one runner.

    Args:
        recordings: the samples of the runner's nodes.
        take: the stretch to cover; the first and last value lie 2 s inside it.
    """
    centres = np.arange(take[0] + WINDOW_US // 2, take[1] - WINDOW_US // 2 + 1, STEP_US)
    feet = sorted({recording.foot for recording in recordings})
    curves = [_one_foot([r for r in recordings if r.foot == foot], centres) for foot in feet]
    return IntensityCurve(centres, _mean_of_known(curves, centres.size))


def dynamic_g(accel_g: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return | |a| - 1 g | per sample of shape (n, 3)."""
    magnitude: NDArray[np.float64] = np.sqrt(np.square(accel_g, dtype=np.float64).sum(axis=1))
    return np.abs(magnitude - 1.0)


def _one_foot(recordings: Sequence[Recording], centres: NDArray[np.int64]) -> NDArray[np.float64]:
    parts = [_values_g(recordings, centres[at : at + AT_ONCE]) for at in range(0, centres.size, AT_ONCE)]
    return np.concatenate([np.empty(0), *parts])


def _values_g(recordings: Sequence[Recording], centres: NDArray[np.int64]) -> NDArray[np.float64]:
    edges = int(centres[0]) - WINDOW_US // 2, int(centres[-1]) + WINDOW_US // 2
    tables = [recording.between(*edges) for recording in recordings]
    t_us = np.concatenate([t.t_us for t in tables])
    order = np.argsort(t_us, kind="stable")
    t_us = t_us[order]
    value = dynamic_g(np.concatenate([t.accel_g for t in tables]))[order]
    usual = max((WINDOW_US / float(np.median(np.diff(t.t_us))) for t in tables if t.t_us.size > 1), default=np.inf)
    first = np.searchsorted(t_us, centres - WINDOW_US // 2)
    last = np.searchsorted(t_us, centres + WINDOW_US // 2)
    curve = np.full(centres.size, np.nan)
    for i in np.flatnonzero(last - first >= MIN_FILL * usual):
        inside = slice(first[i], last[i])
        weight = 1 + np.cos(2 * np.pi * (t_us[inside] - centres[i]) / WINDOW_US)
        curve[i] = np.average(value[inside], weights=weight)
    return curve


def _mean_of_known(curves: Sequence[NDArray[np.float64]], size: int) -> NDArray[np.float64]:
    if not curves:
        return np.full(size, np.nan)
    stacked = np.stack(curves)
    known = np.isfinite(stacked)
    sums = np.where(known, stacked, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), sums / np.maximum(known.sum(axis=0), 1), np.nan)
