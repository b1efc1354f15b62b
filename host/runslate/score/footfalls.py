"""Footfalls: every initial contact of a take, on the take's own time, with runner, foot and force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.tables import UNKNOWN_US, StrideTable, TakeData

I64 = NDArray[np.int64]

HOLE_US = 50_000
"""A stride's end further than this from the next stride's contact is a contact of its own: the last of a bout."""


@dataclass(frozen=True)
class Footfalls:
    """Contacts of one runner in order of time."""

    runner: str
    t_us: I64
    """From the start of the take."""
    foot: NDArray[np.str_]
    gct_us: I64
    """How long the foot stays; 0 where unknown (the last contact of a bout)."""
    peak_g: NDArray[np.float64]
    running: NDArray[np.bool_]


def footfalls(data: TakeData, runner: str) -> Footfalls:
    """Collect the contacts of one runner: the physical instants (jerk) where they were measured."""
    table = data.strides[runner]
    parts = [_one_foot(table.where(table.uid == uid)) for uid in np.unique(table.uid)] or [_one_foot(table)]
    columns: list[NDArray[Any]] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    t_us, foot, gct_us, peak_g, running = (column[order] for column in columns)
    return Footfalls(runner, t_us - data.start_us, foot, gct_us, peak_g, running)


def step_times_s(fall: Footfalls) -> NDArray[np.float64]:
    """Return the running contacts of either foot in seconds of the take, the unseen foot's put between.

    With a tag on one foot only, the other foot's steps are taken to fall in the middle.
    """
    mine = fall.t_us[fall.running] / 1e6
    if len(set(fall.foot[fall.running].tolist())) > 1 or mine.size < 2:
        return mine
    stride = np.diff(mine)
    middle = (mine[:-1] + mine[1:])[stride <= 1.6] / 2
    return np.sort(np.concatenate([mine, middle]))


def _one_foot(table: StrideTable) -> tuple[NDArray[Any], ...]:
    """Columns of one tag's contacts; the last contact of a bout begins no stride and is added."""
    known = table.ic_contact_us != UNKNOWN_US
    late = int(np.median((table.ic_contact_us - table.ic_us)[known])) if known.any() else 0
    contact = np.where(known, table.ic_contact_us, table.ic_us + late)
    last = np.ones(len(table), dtype=np.bool_)
    last[:-1] = table.ic_us[1:] - table.end_us[:-1] > HOLE_US
    return (
        np.concatenate([contact, table.end_us[last] + late]),
        np.concatenate([table.foot, table.foot[last]]),
        np.concatenate([np.rint(table.gct_ms * 1000).astype(np.int64), np.zeros(int(last.sum()), np.int64)]),
        np.concatenate([table.peak_g, table.peak_g[last]]),
        np.concatenate([table.running, table.running[last]]),
    )
