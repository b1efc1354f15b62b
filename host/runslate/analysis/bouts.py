"""Bouts: the unbroken stretches of running of one runner, from the stride table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from runslate.analysis import intervals
from runslate.analysis.intervals import Interval
from runslate.analysis.tables import StrideTable

MAX_HOLE_US = 1_600_000
"""Running strides further apart than this are two bouts.

The tag's own rule for leaving the running state is a stride longer than 1.6 s; one missed stride
of a single tag leaves a hole of at most 1.1 s, the longest stride that still counts as running.
"""

MIN_STRIDES = 2
"""A bout holds at least two strides of one foot: the tag calls nothing running on less, and a
single hop or stumble is no running."""

EDGE_STRIDES = 1.0
"""A bout that begins or ends less than one of its own strides from the edge of the recording is
taken to last until that edge: the stride under way there can't be in the table."""


@dataclass(frozen=True)
class Bout:
    """One unbroken stretch of running."""

    start_us: int
    """The first running contact, or the edge of the recording."""
    end_us: int
    """The end of the last running contact, or the edge of the recording."""
    strides: int
    """Strides in it, both feet counted where both were worn."""

    @property
    def interval(self) -> Interval:
        """The bout as a plain stretch."""
        return (self.start_us, self.end_us)


def find_bouts(strides: StrideTable, coverage: Sequence[Interval]) -> list[Bout]:
    """Find the bouts of one runner.

    Args:
        strides: all strides of the runner, either foot or both.
        coverage: where the runner's reels recorded, cut to the take; bouts are cut to its ends.
    """
    run = strides.where(strides.running)
    if not coverage or not len(run):
        return []
    contact = round(float(np.median(run.gct_ms)) * 1000)  # the last one ends in no stride
    edge = EDGE_STRIDES * float(np.median(run.duration_ms)) * 1000
    pieces = [(int(a), int(b)) for a, b in zip(run.ic_us, run.end_us, strict=True)]
    found = []
    for start, end in intervals.merge(pieces, MAX_HOLE_US):
        mask = (run.ic_us >= start) & (run.ic_us < end)
        if _most_on_one_tag(run.where(mask)) < MIN_STRIDES:
            continue
        first, last = _to_edges((start, end + contact), coverage, edge)
        if last > first:
            found.append(Bout(first, last, int(mask.sum())))
    return found


def running_us(bouts: Sequence[Bout]) -> int:
    """Return the summed length of the bouts, microseconds."""
    return intervals.total_us(b.interval for b in bouts)


def _most_on_one_tag(strides: StrideTable) -> int:
    return int(np.unique(strides.uid, return_counts=True)[1].max(initial=0))


def _to_edges(bout: Interval, coverage: Sequence[Interval], edge_us: float) -> Interval:
    """Stretch a bout to an edge of the recording that it nearly reaches, and cut it there."""
    start, end = bout
    for opened, closed in coverage:
        if opened <= start <= opened + edge_us:
            start = opened
        if closed - edge_us <= end <= closed:
            end = closed
    return max(start, coverage[0][0]), min(end, coverage[-1][1])
