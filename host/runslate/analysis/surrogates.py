"""Surrogates: the same runner, with the same cadence, drift and unevenness, but at other moments.

Coordination of two runners is what real contacts have and surrogates have not. Both kinds take a
series apart into waves and put it together with random phases (Theiler et al. 1992): each keeps the
power at every period, so a wandering runner stays wandering.

- of the intervals: right for a runner whose each stride starts from the last one (deviations add up);
- of the instants: right for a runner who keeps to a beat (deviations do not add up).

Nobody knows which of the two a runner is; a finding has to hold against both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def interval_surrogates(instants: FloatArray, count: int, random: np.random.Generator) -> FloatArray:
    """Return (count, n) instants from shuffled interval deviations; trend and first instant stay."""
    intervals = np.diff(instants)
    made = randomised(intervals, count, random)
    first = np.full((count, 1), instants[0])
    return np.concatenate([first, instants[0] + np.cumsum(made, axis=1)], axis=1)


def instant_surrogates(instants: FloatArray, count: int, random: np.random.Generator) -> FloatArray:
    """Return (count, n) instants from shuffled deviations from an even beat."""
    return randomised(instants, count, random)


def randomised(series: FloatArray, count: int, random: np.random.Generator) -> FloatArray:
    """Return `count` phase-randomised copies of a series around its straight trend, shape (count, n)."""
    at = np.arange(series.size)
    trend = np.polyval(np.polyfit(at, series, 1), at)
    wave = np.fft.rfft(series - trend)
    turn = random.uniform(0, 2 * np.pi, (count, wave.size))
    turned = np.abs(wave) * np.exp(1j * turn)
    turned[:, 0] = wave[0].real
    if series.size % 2 == 0:  # the highest wave of an even count has no phase, only a sign
        turned[:, -1] = np.abs(wave[-1]) * np.where(turn[:, -1] > np.pi, 1, -1)
    return np.asarray(trend + np.fft.irfft(turned, series.size, axis=1))
