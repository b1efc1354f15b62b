"""A runner's bests in one take: what the records are made of. Pure: tables in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.bouts import Bout
from runslate.analysis.pace import HELD_US, TOP_STRIDES, best_median
from runslate.analysis.tables import StrideTable

FloatArray = NDArray[np.float64]

EVEN_STRIDES = 20
"""A stretch this long, of one foot and one bout, is even or not; fewer strides are even by luck."""


@dataclass(frozen=True)
class Discipline:
    """One record: what is counted, and how small a difference is none."""

    name: str
    label: str
    unit: str
    digits: int
    larger: bool
    """A larger number is the better one."""
    resolution: float
    """A record is topped only by more than this."""
    definition: str


DISCIPLINES = (
    Discipline(
        "fastest_stride", "Fastest stride", "m/s", 2, True, 0.05,
        f"Stride length over stride time, the best median of {TOP_STRIDES} strides of one foot in a row.",
    ),
    Discipline(
        "longest_sprint", "Longest sprint", "s", 1, True, 0.7,
        "The longest unbroken run. Its ends are known to one stride.",
    ),
    Discipline(
        "highest_cadence", "Highest cadence", "steps/min", 1, True, 0.5,
        f"Steps per minute, the mean over the best {HELD_US / 1e6:g} s of an unbroken run. In a run hardly "
        "longer that is most of it, and the cadence of the take, which is its middle stride, may lie above.",
    ),
    Discipline(
        "most_even", "Most even", "% of stride time", 2, False, 0.05,
        f"Standard deviation over mean of stride time, over the best {EVEN_STRIDES} strides of one foot in a row.",
    ),
)  # fmt: skip
"""All records, in the order in which they are told."""


def bests(strides: StrideTable, bouts: Sequence[Bout], lengths_m: FloatArray | None = None) -> dict[str, float | None]:
    """Return a runner's bests by discipline; None where the take does not hold enough.

    Args:
        strides: all strides of the runner in the take.
        bouts: the runner's unbroken runs.
        lengths_m: per stride, NaN where unknown; without it there is no fastest stride.
    """
    found: dict[str, float | None] = dict.fromkeys((d.name for d in DISCIPLINES), None)
    if bouts:
        found["longest_sprint"] = max(bout.end_us - bout.start_us for bout in bouts) / 1e6
    for rows in _stretches(strides, bouts):
        seconds = strides.duration_ms[rows] / 1000
        if lengths_m is not None:
            _better(found, "fastest_stride", best_median(lengths_m[rows] / seconds))
        _better(found, "highest_cadence", _highest_cadence(strides.ic_us[rows], seconds))
        _better(found, "most_even", _most_even(seconds))
    return found


def better(discipline: Discipline, first: float, second: float) -> bool:
    """Tell whether the first result tops the second by more than can't be measured."""
    ahead = first - second if discipline.larger else second - first
    return ahead > discipline.resolution


def _stretches(strides: StrideTable, bouts: Sequence[Bout]) -> list[NDArray[np.intp]]:
    """Rows of each foot of each bout."""
    return [
        np.flatnonzero(
            strides.running & (strides.uid == uid) & (strides.ic_us >= bout.start_us) & (strides.ic_us < bout.end_us)
        )
        for bout in bouts
        for uid in np.unique(strides.uid)
    ]


def _better(found: dict[str, float | None], name: str, value: float | None) -> None:
    held = found[name]
    larger = next(d.larger for d in DISCIPLINES if d.name == name)
    if value is not None and (held is None or (value > held) == larger):
        found[name] = value


def _highest_cadence(ic_us: NDArray[np.int64], seconds: FloatArray) -> float | None:
    """Strides of whole windows over their time: a stride that was missed is not counted as a slow one."""
    if not ic_us.size:
        return None
    behind = np.searchsorted(ic_us, ic_us + HELD_US)
    whole = ic_us + HELD_US <= ic_us[-1] + round(seconds[-1] * 1e6)
    sums = np.concatenate([[0.0], np.cumsum(seconds)])
    first = np.flatnonzero(whole)
    if not first.size:
        return None
    told = sums[behind[first]] - sums[first]
    full = told >= 0.9 * HELD_US / 1e6
    cadence = 120 * (behind[first] - first) / told
    return float(cadence[full].max()) if full.any() else None


def _most_even(seconds: FloatArray) -> float | None:
    if seconds.size < EVEN_STRIDES:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(seconds, EVEN_STRIDES)
    return float((100 * windows.std(axis=1) / windows.mean(axis=1)).min())
