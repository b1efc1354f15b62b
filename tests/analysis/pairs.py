"""Pairs and groups of runners with a known lag and a known coupling, made as steps."""

from __future__ import annotations

import numpy as np
from analysis.synthetic import join, strides
from numpy.typing import NDArray
from runslate.analysis.tables import StrideTable

Steps = NDArray[np.float64]

STEP_S = 0.35
UNEVEN = 0.012
"""Spread of a step, as a share of it: that of steady runners."""


def free(seed: int, seconds: float = 60.0, faster: float = 0.0, uneven: float = UNEVEN) -> Steps:
    """A runner who minds nobody."""
    random = np.random.default_rng(seed)
    count = int(seconds / STEP_S)
    steps = STEP_S * (1 - faster) * (1 + uneven * random.normal(size=count))
    return 5.0 + random.uniform(0, STEP_S) + np.cumsum(steps)


def coupled(
    seed: int, seconds: float = 60.0, lag_s: float = 0.08, lead: float = 0.0, other: float = 0.4
) -> tuple[Steps, Steps]:
    """Two runners; each takes back its share of the asynchrony within the next step, both with noise of their own.

    Args:
        lag_s: the asynchrony that they settle at.
        lead, other: the shares.
    """
    random = np.random.default_rng(seed)
    count = int(seconds / STEP_S)
    noise = STEP_S * UNEVEN * random.normal(size=(count, 2))
    first, second = [5.0], [5.0 + lag_s]
    for own, theirs in noise:
        away = second[-1] - first[-1] - lag_s
        first.append(first[-1] + STEP_S + lead * away + own)
        second.append(second[-1] + 1.003 * STEP_S - other * away + theirs)
    return np.array(first), np.array(second)


def worn(steps: Steps, feet: tuple[str, ...] = ("right", "left"), noise_s: float = 0.002, seed: int = 0) -> StrideTable:
    """What tags tell of steps: every other one per foot, with the noise of contact times."""
    random = np.random.default_rng(seed)
    tables = []
    for begin, foot in enumerate(("right", "left")):
        contacts = steps[begin::2]
        told = np.sort(contacts + random.normal(0, noise_s, contacts.size))
        if foot in feet:
            tables.append(strides(told, foot, uid=foot))
    return join(*tables)


def stretch(*runners: Steps) -> tuple[int, int]:
    """Where all of them run, microseconds."""
    return round(max(r[0] for r in runners) * 1e6), round(min(r[-1] for r in runners) * 1e6)
