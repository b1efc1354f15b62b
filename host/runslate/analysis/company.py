"""Company: what the take shows of the lead, stretch by stretch.

Together means that bouts overlap in time. It does not mean side by side: a shoe tag knows
neither where a runner is nor who is in the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from runslate.analysis import intervals
from runslate.analysis.intervals import Interval

Kind = Literal["alone", "with", "group", "unknown"]

MIN_TOGETHER_US = 1_000_000
"""A shorter overlap of two bouts is touching, not company.

The ends of a bout are known to about one stride (0.7 s); an overlap has two such ends.
"""

MIN_STRETCH_US = 1_000_000
"""A shorter stretch joins its longer neighbour, for the same reason; `unknown` never does."""

MAX_BLIND_US = 300_000
"""A shorter hole in a reel hides no running of its own: the shortest running stride is 0.4 s.

It is two lost pages at 417 Hz. Longer holes make the stretch unknown."""


@dataclass(frozen=True)
class Stretch:
    """A part of the lead's running time with the same company throughout."""

    kind: Kind
    runners: tuple[str, ...]
    """Who ran with the lead for certain; never the lead."""
    unseen: tuple[str, ...]
    """Whose reel does not cover the stretch."""
    start_us: int
    end_us: int
    share: float = 0.0
    """Of the lead's running time, what may have been running included; 0..1."""

    @property
    def interval(self) -> Interval:
        """Start and end as a plain stretch."""
        return (self.start_us, self.end_us)

    @property
    def length_us(self) -> int:
        """Length in microseconds."""
        return self.end_us - self.start_us


def find_company(
    lead: str,
    running: Mapping[str, Sequence[Interval]],
    coverage: Mapping[str, Sequence[Interval]],
    take: Interval,
) -> list[Stretch]:
    """Cut the lead's running time into stretches of company.

    Args:
        lead: whose company it is.
        running: the bouts of everybody in the cast as stretches; the keys are the cast.
        coverage: per runner, where the runner's reels recorded. Missing means nowhere.
        take: start and end of the take; nothing outside it is looked at.

    Returns:
        Stretches in order of time. Where the lead's own reel does not cover the take the lead may
        have run, so that stretch is listed as unknown too. Shares add up to 1.
    """
    blind = {name: _blind(coverage.get(name, ()), take) for name in running}
    own = intervals.subtract(intervals.intersect(running[lead], [take]), blind[lead])
    others = [name for name in running if name != lead]
    together = {name: _together(own, running[name], blind[name]) for name in others}
    stretches = [
        Stretch("unknown", (), (lead,), start, end) for start, end in blind[lead]
    ]  # the lead's reel is silent: nothing is known of the lead, so nothing of the company
    for bout in own:
        stretches += _join_short(_cut(bout, together, {name: blind[name] for name in others}))
    stretches.sort(key=lambda s: s.start_us)
    whole = sum(s.length_us for s in stretches)
    return [replace(s, share=s.length_us / whole) for s in stretches]


def in_frame(
    lead: str,
    company: Sequence[Stretch],
    pictured: Mapping[str, Sequence[Interval]],
    cast: Sequence[str],
) -> list[Stretch]:
    """Keep of the lead's company what is in the picture.

    Args:
        lead: whose company it is.
        company: among the cast, in order of time (see `find_company`).
        pictured: who is in the picture when.
        cast: who wore tags; anybody else in the picture may be running unseen.

    Returns:
        Stretches with the lead in the picture, cut wherever a shot begins or ends. Shares add up to 1.
    """
    edges = {edge for shots in pictured.values() for pair in shots for edge in pair}
    seen: list[Stretch] = []
    for stretch in company:
        inner = sorted(edge for edge in edges if stretch.start_us < edge < stretch.end_us)
        for start, end in pairwise([stretch.start_us, *inner, stretch.end_us]):
            there = {name for name, shots in pictured.items() if intervals.holds(shots, start)}
            if lead in there:
                seen.append(_pictured(stretch, (start, end), there, cast))
    joined = _join_same(seen)
    whole = sum(s.length_us for s in joined)
    return [replace(s, share=s.length_us / whole) for s in joined]


def _pictured(stretch: Stretch, piece: Interval, there: set[str], cast: Sequence[str]) -> Stretch:
    beside = tuple(name for name in stretch.runners if name in there)
    strangers = sorted(there.difference(cast))
    unseen = (*(name for name in stretch.unseen if name in there), *strangers)
    return Stretch(_kind(beside, unseen), beside, unseen, *piece)


def _blind(coverage: Sequence[Interval], take: Interval) -> list[Interval]:
    holes = intervals.subtract([take], coverage)
    return [hole for hole in holes if hole[1] - hole[0] > MAX_BLIND_US]


def _together(own: Sequence[Interval], other: Sequence[Interval], blind: Sequence[Interval]) -> list[Interval]:
    """Overlaps long enough to count; one that runs into a hole of the reel may be longer."""
    seen = intervals.subtract(intervals.intersect(own, other), blind)
    edges = {edge for hole in blind for edge in hole}
    return [s for s in seen if s[1] - s[0] >= MIN_TOGETHER_US or edges.intersection(s)]


def _cut(
    bout: Interval,
    together: Mapping[str, Sequence[Interval]],
    blind: Mapping[str, Sequence[Interval]],
) -> list[Stretch]:
    """Cut one bout of the lead wherever somebody's state changes."""
    inner = {
        edge
        for table in (together, blind)
        for stretches in table.values()
        for edge in (edge for pair in stretches for edge in pair)
        if bout[0] < edge < bout[1]
    }
    edges = [bout[0], *sorted(inner), bout[1]]
    cut = []
    for start, end in pairwise(edges):
        beside = tuple(n for n, stretches in together.items() if intervals.holds(stretches, start))
        unseen = tuple(n for n, holes in blind.items() if intervals.holds(holes, start))
        cut.append(Stretch(_kind(beside, unseen), beside, unseen, start, end))
    return cut


def _kind(beside: tuple[str, ...], unseen: tuple[str, ...]) -> Kind:
    if unseen:
        return "unknown"
    if not beside:
        return "alone"
    return "with" if len(beside) == 1 else "group"


def _join_short(stretches: list[Stretch]) -> list[Stretch]:
    """Join what is too short to be evidence to the longer neighbour in the same bout."""
    joined = list(stretches)
    while len(joined) > 1:
        short = [i for i, s in enumerate(joined) if s.kind != "unknown" and s.length_us < MIN_STRETCH_US]
        if not short:
            break
        i = min(short, key=lambda k: joined[k].length_us)
        near = [k for k in (i - 1, i + 1) if 0 <= k < len(joined)]
        keep = joined[max(near, key=lambda k: joined[k].length_us)]
        low, high = sorted((i, joined.index(keep)))
        whole = replace(keep, start_us=joined[low].start_us, end_us=joined[high].end_us)
        joined[low : high + 1] = [whole]
    return _join_same(joined)


def _join_same(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Join neighbours that say the same."""
    joined: list[Stretch] = []
    for stretch in stretches:
        last = joined[-1] if joined else None
        same = last and (last.kind, last.runners, last.unseen) == (stretch.kind, stretch.runners, stretch.unseen)
        if last and same and last.end_us == stretch.start_us:
            joined[-1] = replace(last, end_us=stretch.end_us)
        else:
            joined.append(stretch)
    return joined
