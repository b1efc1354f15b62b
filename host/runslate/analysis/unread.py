"""Where a shoe moved as in running and no stride came of it: there nothing may be claimed.

A battery that dies before the tag has learned how it sits on the shoe, or a broken gyro, leaves
samples without strides. To read that as "did not run" would make somebody else run alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runslate.analysis import intervals
from runslate.analysis.intensity import dynamic_g
from runslate.analysis.tables import Interval, SampleTable, StrideTable

RUNNING_G = 0.8
"""Mean of | |a| - 1 g | over a bin. Open recordings at the shoe: running 0.8 to 3 g, walking at most
0.6 g."""

BIN_US = 500_000

BESIDE_US = 1_200_000
"""A stride that was told explains the movement this long before and after it: one stride."""

MIN_US = 2_000_000
"""Shorter movements are a jump, a stumble, or a tag being handled."""


def unread(
    tables: Sequence[SampleTable], strides: StrideTable, take: Interval, least_us: int = MIN_US
) -> list[Interval]:
    """Find the stretches of one runner with the movement of running and without any stride.

    Args:
        tables: samples of the runner's nodes.
        strides: all strides of the runner, running or walking.
        take: the stretch to look at.
        least_us: shorter movements are left out.
    """
    edges = np.arange(take[0], take[1] + BIN_US, BIN_US)
    moving: list[Interval] = []
    for table in tables:
        count, _ = np.histogram(table.t_us, edges)
        total, _ = np.histogram(table.t_us, edges, weights=dynamic_g(table.accel_g))
        hard = np.flatnonzero(total >= RUNNING_G * np.maximum(count, 1))
        moving += [(int(edges[i]), int(edges[i + 1])) for i in hard]
    told = [(int(a) - BESIDE_US, int(b) + BESIDE_US) for a, b in zip(strides.ic_us, strides.end_us, strict=True)]
    stretches = intervals.subtract(intervals.merge(moving, BIN_US), told)
    return [s for s in stretches if s[1] - s[0] >= least_us]
