"""Strides that a tag's samples hold and its events do not: told by the second opinion, and marked as such.

A power loss takes the events of the last seconds, while the samples are in flash already; a tag that has not yet
learned how it sits on the shoe tells nothing. There the host's own detector reads the samples. Where even it finds
no strides in a movement as strong as running, nothing is claimed and the stretch stays unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from runslate.analysis import intervals
from runslate.analysis.instants import I64
from runslate.analysis.intervals import Interval
from runslate.analysis.opinion import Contacts, inside, second_opinion
from runslate.analysis.samples import Recording, windows
from runslate.analysis.tables import (
    Gap,
    NodeFacts,
    StrideTable,
    TakeData,
    stride_table,
)
from runslate.analysis.unread import unread

AROUND_US = 5_000_000
"""Read with it on both sides: a rhythm needs some strides."""

LEAST_US = 1_000_000
"""A shorter stretch without events holds no stride of its own."""

LONGEST_US = 2_200_000
"""Two contacts further apart are no stride."""


def complete(data: TakeData) -> TakeData:
    """Return the take with the strides that its samples hold and its events lack.

    Where nothing is missing the take comes back as it was; nothing is read twice.
    """
    for runner, recordings in data.samples.items():
        for recording in recordings:
            worn = [node for node in data.nodes if (node.runner, node.uid) == (runner, recording.uid)]
            if worn:
                data = _completed(data, worn, recording)
    return data


def _completed(data: TakeData, worn: Sequence[NodeFacts], recording: Recording) -> TakeData:
    """Complete what one tag told; `worn` are its reels, mostly one."""
    runner = worn[0].runner
    told = data.strides[runner]
    own = told.where(told.uid == recording.uid)
    covered = intervals.merge(piece for node in worn for piece in node.coverage)
    silent = _silent(recording, own, covered, (data.start_us, data.end_us))
    if not silent:
        return data
    found = _strides(recording, own, silent)
    known = [piece for s in silent for piece in intervals.subtract([s], unread([recording], found, s, 0))]
    first = replace(worn[0], coverage=intervals.merge([*worn[0].coverage, *known]))
    return replace(
        data,
        strides={**data.strides, runner: _joined(told, found)},
        coverage={**data.coverage, runner: intervals.merge([*data.coverage[runner], *known])},
        nodes=[first if node is worn[0] else node for node in data.nodes],
        gaps=[part for gap in data.gaps for part in _less(gap, first, known)],
    )


def _silent(recording: Recording, own: StrideTable, coverage: Sequence[Interval], take: Interval) -> list[Interval]:
    """Where samples are and the tag told nothing though it may have had to."""
    sampled = recording.stretches
    silent = intervals.merge([*intervals.subtract(sampled, coverage), *unread([recording], own, take)])
    return [s for s in intervals.intersect(silent, sampled) if s[1] - s[0] >= LEAST_US]


def _strides(recording: Recording, own: StrideTable, silent: Sequence[Interval]) -> StrideTable:
    """Read the silent stretches; what the tag told itself is never told twice."""
    around = intervals.merge([(start - AROUND_US, end + AROUND_US) for start, end in silent])
    told = [(int(a), int(b)) for a, b in zip(own.ic_us, own.end_us, strict=True)]
    contacts = second_opinion(recording, around)
    rows = _rows(recording, contacts)
    kept = np.isin(rows.ic_us, inside(contacts, intervals.subtract(silent, told)).ic_us)
    return rows.where(kept)


def _rows(recording: Recording, contacts: Contacts) -> StrideTable:
    """Turn contacts into strides; where toe-off is not seen, contact takes its usual share of the stride."""
    ic_us, tc_us = contacts.ic_us[:-1], contacts.tc_us[:-1]
    duration = np.diff(contacts.ic_us)
    seen = (tc_us > ic_us) & (tc_us < ic_us + duration)
    whole = (duration < LONGEST_US) & seen.any()
    usual = float(np.median((tc_us - ic_us)[seen] / duration[seen])) if seen.any() else 0.0
    tc_us = np.where(seen, tc_us, ic_us + np.rint(usual * duration).astype(np.int64))
    ic_us, tc_us, duration = ic_us[whole], tc_us[whole], duration[whole]
    count = ic_us.size
    return stride_table(
        foot=np.full(count, recording.foot),
        uid=np.full(count, recording.uid),
        ic_us=ic_us,
        ic_contact_us=ic_us,
        tc_us=tc_us,
        duration_ms=duration / 1000,
        gct_ms=(tc_us - ic_us) / 1000,
        swing_ms=(ic_us + duration - tc_us) / 1000,
        peak_g=_largest(recording, ic_us, duration),
        swing_peak_dps=np.zeros(count),
        running=contacts.running[:-1][whole],
        revised=np.ones(count, np.bool_),
        reference=np.ones(count, np.bool_),
    )


def _largest(recording: Recording, ic_us: I64, duration: I64) -> NDArray[np.float64]:
    """Largest |a| of each stride, g."""
    if not ic_us.size:
        return np.empty(0)
    largest = np.zeros(ic_us.size)
    for (start, end), part in windows(recording, LONGEST_US, [(int(ic_us.min()), int(ic_us.max()) + 1)]):
        size = np.linalg.norm(part.accel_g, axis=1)
        rows = np.flatnonzero((ic_us >= start) & (ic_us < end))
        first, last = np.searchsorted(part.t_us, ic_us[rows]), np.searchsorted(part.t_us, (ic_us + duration)[rows])
        largest[rows] = [size[a:b].max(initial=0.0) for a, b in zip(first, last, strict=True)]
    return largest


def _joined(told: StrideTable, found: StrideTable) -> StrideTable:
    names = [column.name for column in fields(StrideTable)]
    return stride_table(**{name: np.concatenate([getattr(told, name), getattr(found, name)]) for name in names})


def _less(gap: Gap, node: NodeFacts, known: Sequence[Interval]) -> list[Gap]:
    """Cut what is known now out of a gap of the same tag."""
    if (gap.runner, gap.uid) != (node.runner, node.uid):
        return [gap]
    left = intervals.subtract([(gap.start_us, gap.end_us)], known)
    return [replace(gap, start_us=start, end_us=end) for start, end in left]
