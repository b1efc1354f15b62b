"""Foot contacts from the vertical acceleration of a tag at the sacrum.

One bump of the smoothed vertical specific force is one contact of either foot. It begins and ends where the
force crosses fixed shares of the step's own mean level; what these lag behind the feet is a constant.
Levels and constants come from 16 trials of one runner on a force treadmill (2.5 to 4.2 m/s, slopes of 10
degrees up and down); leaving each trial out in turn, contact time is off by 11 ms in the mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.signal import find_peaks

from runslate.gait.integrate import F64, as_floats
from runslate.gait.signals import low_passed

SMOOTH_HZ = 12.0
"""Keeps the bump's flanks and takes away the trunk's ringing after impact."""

START_SHARE, END_SHARE = 0.5, 0.25
"""Of the mean level of the step."""

IC_LATE_S, TC_LATE_S = 0.001, 0.005
"""The crossings come this long after the treadmill's contact and toe-off (0.1 body weight)."""

SHORTEST_STEP_S, LONGEST_STEP_S = 0.2, 0.65
"""Steps of 300 and of 92 per minute."""

NEAR_BEST = 0.8
"""The first peak of the autocorrelation at least this close to the highest one is the step."""

APART = 0.6
"""Of a step: two contacts are at least this far apart."""

LEAST_BUMP_G = 0.3
"""Between flight and mid-stance; walking and standing stay below."""


def contacts(t_s: ArrayLike, vertical_g: ArrayLike) -> tuple[F64, F64]:
    """Find the contacts of both feet while running.

    Args:
        t_s: times, ascending and even, seconds, (m,).
        vertical_g: vertical specific force at the sacrum, g, (m,).

    Returns:
        initial and terminal contacts, seconds, (n,) each; contacts cut by the ends of the record are left out.
    """
    t, vertical = as_floats(t_s), as_floats(vertical_g)
    step_s = _step_s(t, vertical)
    if step_s is None:
        return np.empty(0), np.empty(0)
    rate = (t.size - 1) / (t[-1] - t[0])
    bumps = low_passed(vertical, SMOOTH_HZ, rate)
    slow = low_passed(vertical, 1.2 / step_s, rate)
    middles = find_peaks(slow, distance=max(1, round(APART * step_s * rate)), prominence=LEAST_BUMP_G)[0]
    found = [_edges(t, bumps, int(middle), round(step_s * rate / 2)) for middle in middles]
    edges = np.array([pair for pair in found if pair is not None]).reshape(-1, 2)
    return edges[:, 0] - IC_LATE_S, edges[:, 1] - TC_LATE_S


def _step_s(t: F64, vertical: F64) -> float | None:
    """The step's period by autocorrelation; None where nothing repeats."""
    if t.size < 2 or t[-1] - t[0] < 2 * LONGEST_STEP_S:
        return None
    rate = (t.size - 1) / (t[-1] - t[0])
    spectrum = np.fft.rfft(vertical - vertical.mean(), 2 * t.size)
    likeness = np.fft.irfft(np.square(np.abs(spectrum)))[: t.size]
    first, last = round(SHORTEST_STEP_S * rate), round(LONGEST_STEP_S * rate)
    peaks = find_peaks(likeness[first:last])[0] + first
    heights = likeness[peaks]
    if not peaks.size or heights.max() <= 0:
        return None
    return float(peaks[np.argmax(heights >= NEAR_BEST * heights.max())] / rate)


def _edges(t: F64, force: F64, middle: int, half_step: int) -> tuple[float, float] | None:
    """Start and end of the bump around a point; None where the record cuts it."""
    first, last = max(0, middle - half_step), min(force.size, middle + half_step + 1)
    level = float(force[first:last].mean())
    top = first + int(np.argmax(force[first:last]))
    before = np.flatnonzero(force[:top] < START_SHARE * level)
    after = np.flatnonzero(force[top:] < END_SHARE * level)
    if not before.size or not after.size:
        return None
    i, j = int(before[-1]), top + int(after[0])
    return _crossing(t, force, i, START_SHARE * level), _crossing(t, force, j - 1, END_SHARE * level)


def _crossing(t: F64, force: F64, i: int, level: float) -> float:
    """The instant between sample i and the next at which the force crosses a level."""
    return float(t[i] + (level - force[i]) / (force[i + 1] - force[i]) * (t[i + 1] - t[i]))
