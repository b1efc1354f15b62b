"""The stride's period over time, by autocorrelation: no axis, no sign, no threshold.

The autocorrelation of a vector signal (the sum over its axes) does not change when the tag is turned on
the shoe. The left and the right step of a shoe differ, so its first high peak is the stride, not the step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks

from runslate.gait.integrate import F64
from runslate.gait.signals import RATE_HZ, band_passed

WINDOW_S, HOP_S = 5.0, 0.5
"""Five or more strides, or three of slow walking."""

SHORTEST_S, LONGEST_S = 0.43, 1.9
"""Strides of 280 steps per minute, and of slow walking."""

FASTEST_S = 0.08
"""A movement that repeats faster than a stride (a tag shaken by hand) has its first high peak below SHORTEST_S."""

NEAR_BEST = 0.85
"""The first peak at least this close to the highest one: its multiples are as high."""

BAND_HZ = (0.4, 8.0)
"""Strides and their first harmonics, without gravity and without impacts."""


@dataclass(frozen=True)
class Rhythm:
    """Period and regularity at every point of the grid."""

    period_s: F64
    strength: F64
    """Of the autocorrelation at the period: 0 none, 1 every stride like the last."""


def find_rhythm(motion: F64) -> Rhythm | None:
    """Follow the period through a piece.

    Args:
        motion: rotation or acceleration on the grid, (n, 3).

    Returns:
        period and strength at each of the n points; None where nothing repeats.
    """
    signal = band_passed(motion, *BAND_HZ)
    window = min(len(signal), round(WINDOW_S * RATE_HZ))
    starts = np.arange(0, len(signal) - window + 1, round(HOP_S * RATE_HZ))
    found = [_period(signal[start : start + window]) for start in starts]
    centres = starts + window / 2
    known = np.array([period > 0 for period, _ in found])
    if not known.any():
        return None
    periods, strengths = (np.array(column) for column in zip(*found, strict=True))
    points = np.arange(len(signal))
    return Rhythm(
        np.interp(points, centres[known], periods[known]),
        np.interp(points, centres, strengths),
    )


def _period(signal: F64) -> tuple[float, float]:
    """Period in seconds and strength of one window; (0, 0) where nothing repeats."""
    size = len(signal)
    spectrum = np.fft.rfft(signal - signal.mean(axis=0), 2 * size, axis=0)
    power = np.square(np.abs(spectrum)).sum(axis=1)
    likeness = np.fft.irfft(power)[:size]
    likeness = likeness / (likeness[0] or 1.0) * size / (size - np.arange(size))  # later lags have fewer pairs
    first, last = round(FASTEST_S * RATE_HZ), round(min(LONGEST_S * RATE_HZ, 0.6 * size))
    peaks = find_peaks(likeness[first:last])[0] + first
    heights = likeness[peaks]
    if not peaks.size or heights.max() <= 0:
        return 0.0, 0.0
    best = int(peaks[np.argmax(heights >= NEAR_BEST * heights.max())])
    return (best / RATE_HZ, float(likeness[best])) if best >= SHORTEST_S * RATE_HZ else (0.0, 0.0)
