"""Stride length, speed and distance of a shoe by integration of its own samples.

Works between mid-stances, where the shoe is nearly at rest; see integrate.py for the method.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import uniform_filter1d

from runslate.errors import RunslateError
from runslate.gait.integrate import F64, I64, as_floats, integrate

TAG_HEIGHT_M = 0.10
"""Of the tag above the ground. The shoe is not quite at rest at mid-stance: it rolls, and the tag on it moves at
the rate of turning times this height (0.01 m/s walking, 0.05 jogging, 0.11 running), which integration takes for
zero. Measured against Vicon on two days of walking and of jogging: 0.10 and 0.08 m leave no bias."""

QUIET_S = 0.03
"""The rate is smoothed over this before its least value is looked for: one sample is noise."""

BEFORE, AFTER = 0.1, 0.4
"""Of the usual stride: where mid-stance is looked for around a stride's bound. A bound may be a contact (mid-stance
follows it by 0.15 to 0.3 strides) or mid-stance itself."""

MIN_FACTOR, MAX_FACTOR = 0.7, 1.4
"""A personal factor beyond these hides a fault: a wrong belt, a wrong course, or a sensor out of scale."""


@dataclass(frozen=True)
class Distance:
    """How far and how fast, over the strides that have a length."""

    distance_m: float
    """The sum over all strides; one without a length counts as the median of the others."""
    seconds: float
    strides: int
    known: int
    """Strides with a length of their own."""

    @property
    def speed_mps(self) -> float:
        """Mean speed over the strides, m/s."""
        return self.distance_m / self.seconds if self.seconds else float("nan")


def stride_lengths(
    t_s: ArrayLike,
    accel_g: ArrayLike,
    gyro_dps: ArrayLike,
    stride_bounds_s: ArrayLike,
    usual_s: float | None = None,
) -> F64:
    """Return the horizontal length of each stride.

    Args:
        t_s: times of the samples, ascending, seconds, (m,).
        accel_g: specific force, g, (m, 3), any mounting.
        gyro_dps: angular rate, degrees per second, (m, 3).
        stride_bounds_s: start and end of each stride, (n, 2): contacts or mid-stances of one foot.
        usual_s: a stride of this foot, seconds; None: the median of these.

    Returns:
        metres, (n,); NaN where samples are missing or the bounds hold no stride.
    """
    t, gyro = as_floats(t_s), as_floats(gyro_dps)
    bounds = as_floats(stride_bounds_s).reshape(-1, 2)
    if t.size < 2 or not len(bounds):
        return np.full(len(bounds), np.nan)
    first, last = mid_stances(t, gyro, bounds, usual_s)
    motion = integrate(t, as_floats(accel_g), gyro, first, last)
    turning = np.radians(_turning(t, gyro))
    rolling = TAG_HEIGHT_M * 0.5 * (turning[first] + turning[last])
    recorded = (bounds[:, 0] >= t[0]) & (bounds[:, 1] <= t[-1])
    return np.where(recorded, motion.length_m + rolling * (motion.end_s - motion.start_s), np.nan)


def mid_stances(t_s: F64, gyro_dps: F64, bounds_s: F64, usual_s: float | None = None) -> tuple[I64, I64]:
    """Find the sample of least rotation near each bound.

    Returns:
        sample numbers of the first and the last mid-stance of each stride, (n,) each.
    """
    if t_s.size < 2 or not len(bounds_s):
        none = np.zeros(len(bounds_s), np.int64)
        return none, none
    usual = usual_s or float(np.median(bounds_s[:, 1] - bounds_s[:, 0]))
    turning = _turning(t_s, gyro_dps)
    instants, which = np.unique(bounds_s, return_inverse=True)
    low = np.searchsorted(t_s, instants - BEFORE * usual)
    high = np.searchsorted(t_s, instants + AFTER * usual)
    low = np.minimum(low, t_s.size - 1)
    high = np.maximum(high, low + 1)
    quiet = np.array([a + int(np.argmin(turning[a:b])) for a, b in zip(low, high, strict=True)], dtype=np.int64)
    pairs = quiet[which.reshape(-1, 2)]
    return pairs[:, 0], pairs[:, 1]


def _turning(t_s: F64, gyro_dps: F64) -> F64:
    """Root mean square rate over QUIET_S around each sample, degrees per second."""
    if t_s.size < 2:
        return np.zeros(t_s.size)
    window = max(1, round(QUIET_S / float(np.median(np.diff(t_s)))))
    square = uniform_filter1d(np.square(gyro_dps).sum(axis=1), window)
    return np.sqrt(np.maximum(square, 0.0))  # the filter's running sum leaves a little less than nothing behind


def distance(lengths_m: ArrayLike, durations_s: ArrayLike, factor: float = 1.0) -> Distance:
    """Add strides up; one without a length counts as the median of the others.

    Args:
        lengths_m: of `stride_lengths`, NaN where unknown, (n,).
        durations_s: of the same strides, (n,).
        factor: the runner's own, of `distance_correction`.
    """
    lengths, durations = as_floats(lengths_m), as_floats(durations_s)
    known = np.isfinite(lengths)
    count = int(known.sum())
    usual = float(np.median(lengths[known])) if count else float("nan")
    total = float(np.where(known, lengths, usual).sum()) * factor if lengths.size else 0.0
    return Distance(total, float(durations.sum()), lengths.size, count)


def distance_correction(known_m: float, measured_m: float) -> float:
    """Return the factor that turns a runner's measured distances into true ones.

    Args:
        known_m: of a treadmill's belt or a measured course.
        measured_m: the sum of `stride_lengths` over the same way (`distance` with factor 1).

    Raises:
        RunslateError: the two cannot belong together.
    """
    factor = known_m / measured_m if measured_m > 0 else float("inf")
    if not MIN_FACTOR <= factor <= MAX_FACTOR:
        raise RunslateError(
            f"The shoe measured {measured_m:.1f} m for a known distance of {known_m:.1f} m.",
            f"They should agree within {MIN_FACTOR:g} to {MAX_FACTOR:g} times.",
            "Check the distance, and that the tag recorded all of it and nothing else.",
        )
    return factor
