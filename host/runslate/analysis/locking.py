"""Relative phase of two runners' contacts, how firmly it is locked, and where.

Circular statistics: Mardia & Jupp, Directional Statistics (2000), section 2.3.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

NEAR_DEG = 30.0
"""A contact is near when its phase lies within this of the pair's mean phase."""

MAX_STRIDE_US = 1_600_000
"""Contacts further apart are no stride of running: the phase between them is not defined."""


@dataclass(frozen=True)
class Locking:
    """How firmly a series of relative phases is locked."""

    circular_r: float
    """Length of the mean phase vector: 0 no lock, 1 perfect."""
    share_near: float
    """Share of contacts within 30 degrees of the mean phase."""
    longest_run: int
    """Longest unbroken run of such contacts, in strides."""


NO_LOCKING = Locking(float("nan"), float("nan"), 0)
"""Stands where there was too little to tell."""


def relative_phase(lead_us: NDArray[np.int64], other_us: NDArray[np.int64]) -> FloatArray:
    """Place each contact of the other in the lead's stride.

    Args:
        lead_us: contacts of one foot of the lead, ascending.
        other_us: contacts of one foot of the other, any shape.

    Returns:
        Phases of the same shape in degrees 0..360; NaN outside every stride of the lead.
    """
    if lead_us.size < 2:
        return np.full(other_us.shape, np.nan)
    length = np.diff(lead_us)
    stride = np.searchsorted(lead_us, other_us, side="right") - 1
    inside = (stride >= 0) & (stride < length.size)
    stride = np.clip(stride, 0, length.size - 1)
    inside &= length[stride] <= MAX_STRIDE_US
    return np.where(inside, 360.0 * (other_us - lead_us[stride]) / length[stride], np.nan)


def locking(phase_deg: FloatArray, feet: int = 1) -> Locking:
    """Measure how firmly phases (degrees, in order of time, shape (n,)) are locked.

    Args:
        phase_deg: one per contact.
        feet: contacts per stride, 1 or 2: the longest run is told in strides.
    """
    circular_r, share, longest = locking_rows(phase_deg[np.newaxis])
    return Locking(float(circular_r[0]), float(share[0]), int(longest[0]) // feet)


def locking_rows(phase_deg: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lock of each row of phases (rows, n): R, share near, longest run of contacts; NaN is left out."""
    known = np.isfinite(phase_deg)
    count = np.maximum(known.sum(axis=1), 1)
    vectors = np.where(known, np.exp(1j * np.deg2rad(np.where(known, phase_deg, 0.0))), 0.0)
    mean = vectors.sum(axis=1) / count
    away = (phase_deg - np.rad2deg(np.angle(mean))[:, np.newaxis] + 180) % 360 - 180
    near = known & (np.abs(away) <= NEAR_DEG)
    longest = current = np.zeros(len(phase_deg))
    for column in near.T:
        current = (current + 1) * column
        longest = np.maximum(longest, current)
    return np.abs(mean), near.sum(axis=1) / count, longest


def mean_deg(phase_deg: FloatArray) -> float:
    """Return the circular mean of phases, -180..180 degrees."""
    return float(np.rad2deg(np.angle(np.exp(1j * np.deg2rad(phase_deg)).mean())))


def unwrapped(phase_deg: FloatArray) -> FloatArray:
    """Return phases without jumps at 360 degrees."""
    return np.asarray(np.rad2deg(np.unwrap(np.deg2rad(phase_deg))))


def steady_runs(phase_deg: FloatArray, shortest: int) -> list[tuple[int, int]]:
    """Find the stretches in which the phase stays within +-30 degrees, in order of time.

    Args:
        phase_deg: unwrapped, in order of time.
        shortest: contacts that a stretch must have.

    Returns:
        Disjoint (first, behind last) rows.
    """
    left: list[tuple[int, int]] = [(0, phase_deg.size)]
    found: list[tuple[int, int]] = []
    while left:
        first, behind = left.pop()
        start, end = longest_steady(phase_deg[first:behind])
        if end - start >= shortest:
            found.append((first + start, first + end))
            left += [(first, first + start), (first + end, behind)]
    return sorted(found)


def longest_steady(phase_deg: FloatArray) -> tuple[int, int]:
    """Find the longest stretch of unwrapped phases whose range is at most 60 degrees: (first, behind last)."""
    low: deque[int] = deque()
    high: deque[int] = deque()
    best, start = (0, 0), 0
    values = phase_deg.tolist()
    for index, value in enumerate(values):
        while low and values[low[-1]] >= value:
            low.pop()
        while high and values[high[-1]] <= value:
            high.pop()
        low.append(index)
        high.append(index)
        while values[high[0]] - values[low[0]] > 2 * NEAR_DEG:
            start += 1
            if low[0] < start:
                low.popleft()
            if high[0] < start:
                high.popleft()
        if index + 1 - start > best[1] - best[0]:
            best = (start, index + 1)
    return best
