"""Landings of a foot: sharp changes of acceleration that end a movement, chosen as one chain in rhythm.

Every sharp change is a candidate. It scores by its size and by how much calmer the shoe is after it than
before; of all chains of candidates the best one is found by dynamic programming, where a link costs more
the further it lies from the stride's period. Nothing here is causal, and no axis has to be known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import find_peaks

from runslate.gait.integrate import F64, I64
from runslate.gait.rhythm import Rhythm
from runslate.gait.signals import RATE_HZ, Piece, lengths, low_passed

JERK_HZ = 30.0
"""Impacts of shoes lie below."""

LEAST_JERK = 8.0
"""g/s; slow walking lands with 20 and more, running with 200 to 1200."""

USUAL_JERK = 20.0
"""g/s: where the size of a change speaks neither for nor against a landing."""

JERK_WEIGHT = 0.7
"""A landing three times as sharp is worth as much as a foot twice as calm after it."""

DOUBT = 0.8
"""What a candidate has to score before it is worth taking: twice as calm after it as before."""

APART_S = 0.04
"""Between candidates: an impact rings at 30 Hz and more."""

NEAR_S, FAR_S = 0.03, 0.25
"""Before and after a landing: where the movement and the calm are looked for."""

FLOOR_DPS, FLOOR_G = 40.0, 0.15
"""Added to movement and calm, so that the ratio of two small numbers says nothing."""

SHORTEST_S, LONGEST_S = 0.4, 2.2
"""Between two landings of one foot in a chain."""

SLACK = 0.15
"""Of the period: a link this far off costs LINK_COST times the strength of the rhythm."""

LINK_COST = 1.5
MOST_OFF = 4.0
"""In squared slacks: a link never costs more. Starts, stops and turns are out of rhythm."""


@dataclass(frozen=True)
class Landings:
    """Landings of one piece, as points of its grid."""

    at: I64
    jerk: F64
    """Size of the change of acceleration, g/s, at every point of the grid."""

    def where(self, mask: NDArray[np.bool_]) -> Landings:
        """Return the landings where `mask` (one bool each) is true."""
        return Landings(self.at[mask], self.jerk)


def find_landings(piece: Piece, rhythm: Rhythm) -> Landings:
    """Choose the landings of a piece."""
    jerk = lengths(np.gradient(low_passed(piece.accel_g, JERK_HZ), 1 / RATE_HZ, axis=0))
    candidates = find_peaks(jerk, height=LEAST_JERK, distance=round(APART_S * RATE_HZ))[0].astype(np.int64)
    if not candidates.size:
        return Landings(candidates, jerk)
    score = JERK_WEIGHT * np.log(jerk[candidates] / USUAL_JERK) + _calming(piece, candidates) - DOUBT
    return Landings(candidates[best_chain(candidates, score, rhythm)], jerk)


def movement(piece: Piece, cut_hz: float) -> F64:
    """Return how much the shoe moves: rotation in deg/s, or | |a| - 1 g | where no gyroscope is, (n,)."""
    size = lengths(low_passed(piece.motion, cut_hz))
    return size if piece.gyro_dps is not None else np.abs(size - 1.0)


def _calming(piece: Piece, at: I64) -> F64:
    """Logarithm of movement before over the calmest moment after each candidate."""
    moving = movement(piece, 10.0)
    floor = FLOOR_G if piece.gyro_dps is None else FLOOR_DPS
    near, far = round(NEAR_S * RATE_HZ), round(FAR_S * RATE_HZ)
    total = np.concatenate([[0.0], np.cumsum(moving)])
    first, last = np.maximum(at - far, 0), np.maximum(at - near, 0)
    before = (total[last] - total[first]) / np.maximum(1, last - first)
    calmest = minimum_filter1d(uniform_filter1d(moving, 2 * near), far)
    after = calmest[np.minimum(at + near + far // 2, moving.size - 1)]
    return np.asarray(np.log((before + floor) / (after + floor)), dtype=np.float64)


def best_chain(at: I64, score: F64, rhythm: Rhythm) -> NDArray[np.intp]:
    """Choose candidates so that the sum of scores less the cost of their links is largest.

    Args:
        at: candidates, ascending points of the grid, (n,).
        score: what each is worth by itself, (n,).
        rhythm: period and strength at every point of the grid.

    Returns:
        the chosen candidates, ascending indices into `at`.
    """
    worth = np.empty(at.size)  # of the best choice that ends with this candidate
    before = np.full(at.size, -1)
    best, best_at = np.zeros(at.size), np.full(at.size, -1)  # of the best choice up to here
    shortest, longest = round(SHORTEST_S * RATE_HZ), round(LONGEST_S * RATE_HZ)
    lows = np.searchsorted(at, at - longest)
    highs = np.searchsorted(at, at - shortest, side="right")
    periods = rhythm.period_s[at] * RATE_HZ
    costs = LINK_COST * np.clip(rhythm.strength[at], 0.1, 1.0)
    for i, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
        value, link = (best[low - 1], best_at[low - 1]) if low else (0.0, -1)
        if high > low:
            off = (at[i] - at[low:high] - periods[i]) / (SLACK * periods[i])
            linked = worth[low:high] - costs[i] * np.minimum(np.square(off), MOST_OFF)
            k = int(np.argmax(linked))
            if linked[k] > value:
                value, link = linked[k], low + k
        worth[i], before[i] = score[i] + value, link
        older = best[i - 1] if i else 0.0
        best[i], best_at[i] = (worth[i], i) if worth[i] > older else (older, best_at[i - 1] if i else -1)
    return _traced(before, int(best_at[-1]))


def _traced(before: NDArray[np.intp], last: int) -> NDArray[np.intp]:
    chain = []
    while last >= 0:
        chain.append(last)
        last = int(before[last])
    return np.array(chain[::-1], dtype=np.intp)
