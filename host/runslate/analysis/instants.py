"""Arithmetic of instants: ascending whole numbers, microseconds or ticks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]


def nearest(of: I64, among: I64) -> I64:
    """Return for each instant (n,) the index of the nearest one among others (m,), m at least 1; of two the earlier."""
    right = np.clip(np.searchsorted(among, of), 0, among.size - 1)
    left = np.maximum(right - 1, 0)
    return np.where(np.abs(among[left] - of) <= np.abs(among[right] - of), left, right)
