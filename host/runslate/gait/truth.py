"""Is the sensor's scale right? Over a stride the mean specific force must be 1 g.

The foot is as fast at the end of a stride as at its beginning, so whatever the accelerometer shows beyond
gravity cancels, if the gyroscope turned it correctly. A gyroscope that reads too little leaves the pull of
the swing in the mean: one open recording shows 1.23 g, and 1.00 g once its gyroscope counts 1.16 times as much.
At rest the accelerometer is checked by itself; the force over strides is compared with what it shows at rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from runslate.gait.integrate import F64, I64, as_floats, integrate
from runslate.gait.length import mid_stances

TOLERANCE_G = 0.05
"""Medians of 78 recordings of feet lie within 0.025 g of what rest shows; the one with a wrong scale is off by 0.23."""

REST_TOLERANCE_G = 0.03
"""An accelerometer out of the box is off by at most 20 mg an axis (LSM6DSO32 data sheet, table 2)."""

MIN_STRIDES = 4
"""A median over fewer says nothing."""

MOST_STRIDES = 60
"""Enough for a median; spread over the whole recording."""

WEAK_SLOPE = 0.2
"""g per unit of scale. Below (slow walking) 1 % of force would stand for 5 % of scale: nothing is estimated."""

LOW_SCALE, HIGH_SCALE = 0.7, 1.4
"""Where the scale is looked for; a sensor set to another range is off by 2 and is not a matter of correction."""

STILL_G, STILL_DPS, STILL_S = 0.05, 6.0, 0.5
"""Rest: for this long |a| stays this close to its own median and the shoe turns no faster than this."""


@dataclass(frozen=True)
class SensorTruth:
    """What gravity says of one tag."""

    force_g: float
    """Median mean specific force over strides; NaN without enough strides."""
    strides: int
    """Strides that it is taken from."""
    rest_g: float
    """|a| at rest; NaN where the tag never rested."""
    gyro_scale: float
    """What the gyroscope has to be multiplied by to make it 1 g; 1 where nothing is off, NaN where strides cannot
    tell."""

    @property
    def accel_flagged(self) -> bool:
        """Whether the accelerometer is off by itself."""
        return abs(self.rest_g - 1) > REST_TOLERANCE_G

    @property
    def gyro_flagged(self) -> bool:
        """Whether strides show something else than rest does: the gyroscope's scale, or a loose tag."""
        return abs(self.force_g - _expected_g(self.rest_g)) > TOLERANCE_G

    @property
    def flagged(self) -> bool:
        """Whether anything is off."""
        return self.accel_flagged or self.gyro_flagged

    @property
    def sentence(self) -> str:
        """The finding in words, empty when all is well."""
        words = []
        if self.accel_flagged:
            words.append(f"At rest it shows {self.rest_g:.2f} g instead of 1 g: its accelerometer is off.")
        if self.gyro_flagged:
            cure = f"its gyroscope probably has to be multiplied by {self.gyro_scale:.2f}"
            if not np.isfinite(self.gyro_scale):
                cure = "the tag sat loose, or a scale is wrong"
            words.append(f"Over strides it shows {self.force_g:.2f} g in the mean instead of 1 g: {cure}.")
        return " ".join(words)


def sensor_truth(
    t_s: ArrayLike, accel_g: ArrayLike, gyro_dps: ArrayLike | None, stride_bounds_s: ArrayLike
) -> SensorTruth:
    """Check a tag's scales by gravity.

    Args:
        t_s: times of the samples, ascending, seconds, (m,).
        accel_g: specific force, g, (m, 3).
        gyro_dps: angular rate, degrees per second, (m, 3); None leaves only the check at rest.
        stride_bounds_s: start and end of each stride, (n, 2).
    """
    bounds = as_floats(stride_bounds_s).reshape(-1, 2)
    return truth_of(rests_g(t_s, accel_g, gyro_dps), t_s, accel_g, gyro_dps, bounds[spread(len(bounds))])


def spread(strides: int) -> I64:
    """Choose strides of a recording that tell enough of its sensor: ascending numbers, at most MOST_STRIDES."""
    return np.unique(np.linspace(0, max(0, strides - 1), min(strides, MOST_STRIDES)).astype(np.int64))


def truth_of(
    rests: F64, t_s: ArrayLike, accel_g: ArrayLike, gyro_dps: ArrayLike | None, stride_bounds_s: ArrayLike
) -> SensorTruth:
    """Check a tag's scales by its rests (`rests_g`) and by the strides of `spread`, with the samples around them."""
    resting = float(np.median(rests)) if rests.size else float("nan")
    if gyro_dps is None:
        return SensorTruth(np.nan, 0, resting, np.nan)
    t, accel, gyro = as_floats(t_s), as_floats(accel_g), as_floats(gyro_dps)
    first, last = mid_stances(t, gyro, as_floats(stride_bounds_s))
    force, strides = _force(t, accel, gyro, first, last)
    if strides < MIN_STRIDES:
        return SensorTruth(np.nan, strides, resting, np.nan)
    result = SensorTruth(force, strides, resting, 1.0)
    if not result.gyro_flagged:
        return result
    scale = _scale(t, accel / _expected_g(resting), gyro, first, last)
    return replace(result, gyro_scale=scale)


def _expected_g(resting: float) -> float:
    return resting if np.isfinite(resting) else 1.0


def rests_g(t_s: ArrayLike, accel_g: ArrayLike, gyro_dps: ArrayLike | None) -> F64:
    """Return the median |a| of each half second in which the tag rests, g, (n,).

    Half seconds count from 0 on, so that pieces of a recording give what the whole one gives.
    """
    t = as_floats(t_s)
    if t.size < 2:
        return np.empty(0)
    size = np.linalg.norm(as_floats(accel_g), axis=1)
    moving = np.zeros(t.size, np.bool_) if gyro_dps is None else np.linalg.norm(gyro_dps, axis=1) > STILL_DPS
    edges = np.flatnonzero(np.diff(np.floor(t / STILL_S))) + 1
    blocks = list(zip(np.split(size, edges), np.split(moving, edges), strict=True))
    whole = max(part.size for part, _ in blocks) / 2  # a few samples at an end are calm by chance
    return np.array(
        [np.median(part) for part, moved in blocks if part.size > whole and not moved.any() and np.ptp(part) < STILL_G]
    )


def _force(t: F64, accel: F64, gyro: F64, first: I64, last: I64) -> tuple[float, int]:
    force = integrate(t, accel, gyro, first, last).force_g
    known = force[np.isfinite(force)]
    return (float(np.median(known)) if known.size else float("nan")), known.size


def _scale(t: F64, accel: F64, gyro: F64, first: I64, last: I64) -> float:
    """Find the factor that makes the median force 1 g, by bisection: the force falls as the scale rises."""
    low, high = LOW_SCALE, HIGH_SCALE
    at_low, at_high = (_force(t, accel, gyro * scale, first, last)[0] for scale in (low, high))
    if at_low - at_high < WEAK_SLOPE * (high - low) or not at_high < 1 < at_low:
        return float("nan")
    for _ in range(8):
        middle = low + (high - low) * (at_low - 1) / (at_low - at_high)
        at = _force(t, accel, gyro * middle, first, last)[0]
        if abs(at - 1) < 0.001:
            break
        if at > 1:
            low, at_low = middle, at
        else:
            high, at_high = middle, at
    return float(middle)
