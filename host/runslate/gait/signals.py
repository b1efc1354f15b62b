"""Samples as recorded, on an even grid: pieces without holes, and filters without delay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfiltfilt

from runslate.gait.integrate import F64

RATE_HZ = 200.0
"""Of the grid. What shoes show of feet lies below 50 Hz; 100 Hz recordings lose nothing by it."""

HOLE_S = 0.1
"""A longer hole ends a piece: a contact could hide in it."""

SHORTEST_S = 1.5
"""A shorter piece holds no two strides."""


@dataclass(frozen=True)
class Piece:
    """A stretch of samples without holes, on the even grid."""

    t_s: F64
    accel_g: F64
    """(n, 3)."""
    gyro_dps: F64 | None
    """(n, 3), or None where there was no gyroscope."""

    @property
    def motion(self) -> F64:
        """What moves most with the foot and tells a stride's rhythm: rotation if known, (n, 3)."""
        return self.accel_g if self.gyro_dps is None else self.gyro_dps


def pieces(t_s: F64, accel_g: F64, gyro_dps: F64 | None) -> Iterator[Piece]:
    """Cut samples at their holes and lay each piece onto the grid.

    Args:
        t_s: times, ascending, seconds, (m,).
        accel_g: (m, 3).
        gyro_dps: (m, 3) or None.
    """
    if t_s.size < 2:
        return
    cuts = np.flatnonzero(np.diff(t_s) > HOLE_S) + 1
    for start, end in zip([0, *cuts], [*cuts, t_s.size], strict=True):
        if t_s[end - 1] - t_s[start] < SHORTEST_S:
            continue
        inside = slice(int(start), int(end))
        gyro = None if gyro_dps is None else gyro_dps[inside]
        yield _gridded(t_s[inside], accel_g[inside], gyro)


def _gridded(t_s: F64, accel_g: F64, gyro_dps: F64 | None) -> Piece:
    # Whole multiples of the grid: pieces that overlap share their points.
    grid = np.arange(round(t_s[0] * RATE_HZ), np.ceil(t_s[-1] * RATE_HZ)) / RATE_HZ
    width = max(1, round((t_s.size - 1) / (t_s[-1] - t_s[0]) / RATE_HZ))  # samples that share a grid point

    def laid(columns: F64) -> F64:
        smooth = uniform_filter1d(columns, width, axis=0)
        return np.stack([np.interp(grid, t_s, column) for column in smooth.T], axis=1)

    return Piece(grid, laid(accel_g), None if gyro_dps is None else laid(gyro_dps))


def low_passed(values: F64, cut_hz: float, rate_hz: float = RATE_HZ) -> F64:
    """Filter even samples without delay (Butterworth of order 2, there and back)."""
    return _both_ways(butter(2, cut_hz / (rate_hz / 2), output="sos"), values)


def band_passed(values: F64, low_hz: float, high_hz: float) -> F64:
    """Keep a band of frequencies, without delay."""
    return _both_ways(butter(2, [low_hz / (RATE_HZ / 2), high_hz / (RATE_HZ / 2)], "bandpass", output="sos"), values)


def _both_ways(sections: F64, values: F64) -> F64:
    return np.asarray(sosfiltfilt(sections, values, axis=0), dtype=np.float64)


def lengths(vectors: F64) -> F64:
    """Return the Euclidean length of each row of (n, 3)."""
    return np.asarray(np.sqrt(np.square(vectors).sum(axis=1)), dtype=np.float64)
