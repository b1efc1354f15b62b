"""Where a shoe moved as in running and no stride came of it: there nothing may be claimed.

A battery that dies before the tag has learned how it sits on the shoe, or a broken gyro, leaves
samples without strides. To read that as "did not run" would make somebody else run alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runslate.analysis import intervals
from runslate.analysis.intensity import dynamic_g
from runslate.analysis.intervals import Interval
from runslate.analysis.samples import Recording, windows
from runslate.analysis.tables import StrideTable

RUNNING_G = 0.8
"""Mean of | |a| - 1 g | over a bin. Open recordings at the shoe: running 0.8 to 3 g, walking at most
0.6 g."""

BIN_US = 500_000

BESIDE_US = 1_200_000
"""A stride that was told explains the movement this long before and after it: one stride."""

MIN_US = 2_000_000
"""Shorter movements are a jump, a stumble, or a tag being handled."""


def unread(
    recordings: Sequence[Recording], strides: StrideTable, take: Interval, least_us: int = MIN_US
) -> list[Interval]:
    """Find the stretches of one runner with the movement of running and without any stride.

    Args:
        recordings: samples of the runner's nodes.
        strides: all strides of the runner, running or walking.
        take: the stretch to look at.
        least_us: shorter movements are left out.
    """
    moving = [bin_ for recording in recordings for bin_ in _hard_bins(recording, take)]
    told = [(int(a) - BESIDE_US, int(b) + BESIDE_US) for a, b in zip(strides.ic_us, strides.end_us, strict=True)]
    stretches = intervals.subtract(intervals.merge(moving, BIN_US), told)
    return [s for s in stretches if s[1] - s[0] >= least_us]


def _hard_bins(recording: Recording, take: Interval) -> list[Interval]:
    """Find the bins of a take in which the shoe moved as in running."""
    count, total = (np.zeros((take[1] - take[0]) // BIN_US + 1) for _ in range(2))
    for (start, end), part in windows(recording):
        inside = (part.t_us >= max(start, take[0])) & (part.t_us < min(end, take[1]))
        at = (part.t_us[inside] - take[0]) // BIN_US
        count += np.bincount(at, minlength=count.size)
        total += np.bincount(at, dynamic_g(part.accel_g[inside]), count.size)
    hard = np.flatnonzero(total >= RUNNING_G * np.maximum(count, 1))
    return [(take[0] + i * BIN_US, take[0] + (i + 1) * BIN_US) for i in hard.tolist()]
