"""Arithmetic of stretches: sorted, disjoint, half-open (start_us, end_us) pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Interval = tuple[int, int]
"""A half-open stretch (start_us, end_us) of the common time line."""


def merge(intervals: Iterable[Interval], max_gap_us: int = 0) -> list[Interval]:
    """Return the union, sorted, with holes of up to `max_gap_us` closed."""
    merged: list[Interval] = []
    for start, end in sorted(i for i in intervals if i[1] > i[0]):
        if merged and start - merged[-1][1] <= max_gap_us:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def intersect(first: Sequence[Interval], second: Sequence[Interval]) -> list[Interval]:
    """Return what both cover."""
    shared = [(max(a, c), min(b, d)) for a, b in first for c, d in second]
    return merge(shared)


def subtract(first: Sequence[Interval], second: Sequence[Interval]) -> list[Interval]:
    """Return what `first` covers and `second` does not."""
    left = merge(first)
    for hole_start, hole_end in merge(second):
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, hole_start)), (max(start, hole_end), end))
            if piece[1] > piece[0]
        ]
    return left


def total_us(intervals: Iterable[Interval]) -> int:
    """Return the summed length of disjoint stretches, microseconds."""
    return sum(end - start for start, end in intervals)


def holds(intervals: Iterable[Interval], instant_us: int) -> bool:
    """Tell whether one of the stretches contains the instant."""
    return any(start <= instant_us < end for start, end in intervals)
