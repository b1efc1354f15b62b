"""The second opinion beside the tag: how far the two agree, and where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.instants import I64, nearest
from runslate.analysis.intervals import Interval
from runslate.analysis.samples import Recording, SampleTable, windows
from runslate.analysis.tables import StrideTable
from runslate.gait import reference

NEAR_US = 200_000
"""Two contacts of one foot this close are the same: less than half of the shortest stride."""

JOIN_US = 3_000_000
"""Disagreements that follow within this are one stretch."""

AROUND_US = 15_000_000
"""Read on both sides of a window: filters and the chain of landings have settled, a run is told from a hop."""

MIN_STRIDES = 3
"""A stretch with fewer is the edge of a bout or a turn: counted, but not listed."""


@dataclass(frozen=True)
class Contacts:
    """Strides of one foot as the host's own detector sees them, (n,) each."""

    ic_us: I64
    tc_us: I64
    """0 where toe-off is not seen."""
    running: NDArray[np.bool_]


@dataclass(frozen=True)
class Disagreement:
    """A stretch in which one of the two sees running strides and the other does not."""

    start_us: int
    end_us: int
    only_tag: int
    """Running strides that only the tag saw."""
    only_reference: int


@dataclass(frozen=True)
class Opinion:
    """What the second opinion says of one tag."""

    tag: int
    """Running strides that the tag told."""
    reference: int
    """That the second opinion found."""
    agreed: int
    """In both."""
    disagreements: list[Disagreement]
    gct_shift_ms: float
    """Ground contact of the second opinion less the tag's, median; NaN without agreed strides."""

    @property
    def agreement(self) -> float:
        """Agreed strides, of all that either saw, 0..1; 1 where neither saw any."""
        either = self.tag + self.reference - self.agreed
        return self.agreed / either if either else 1.0


def second_opinion(recording: Recording, stretches: Sequence[Interval] | None = None) -> Contacts:
    """Let the host's own detector read a tag's samples, all of them or those of some stretches."""
    found = [Contacts(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_))]
    for window, part in windows(recording, AROUND_US, stretches):
        found.append(inside(_contacts(part, recording.stretches[0][0]), [window]))
    return Contacts(*(np.concatenate([getattr(c, column.name) for c in found]) for column in fields(Contacts)))


def _contacts(table: SampleTable, origin_us: int) -> Contacts:
    """Read a table; `origin_us` is the same for all windows of a recording, so that they share one grid."""
    ic_s, tc_s, running = reference.strides((table.t_us - origin_us) / 1e6, table.accel_g, table.gyro_dps)
    tc_us = np.where(np.isfinite(tc_s), np.rint(np.nan_to_num(tc_s) * 1e6) + origin_us, 0)
    return Contacts(np.rint(ic_s * 1e6).astype(np.int64) + origin_us, tc_us.astype(np.int64), running)


def compare(strides: StrideTable, contacts: Contacts) -> Opinion:
    """Put the tag's running strides beside those of the second opinion.

    Args:
        strides: of one tag, told by itself.
        contacts: of the same tag's samples.
    """
    run = strides.where(strides.running)
    own = contacts.ic_us[contacts.running]
    tag_at, own_at = _pairs(run.ic_us, own)
    lonely_tag = np.delete(run.ic_us, tag_at)
    lonely_own = np.delete(own, own_at)
    toe_off = contacts.tc_us[contacts.running][own_at]
    seen = toe_off > 0
    shift = (toe_off - own[own_at])[seen] / 1000 - run.gct_ms[tag_at][seen]
    return Opinion(
        tag=len(run),
        reference=own.size,
        agreed=tag_at.size,
        disagreements=_stretches(lonely_tag, lonely_own),
        gct_shift_ms=float(np.median(shift)) if shift.size else float("nan"),
    )


def _pairs(first: I64, second: I64) -> tuple[I64, I64]:
    """Match instants one to one where each is the other's nearest and near enough; returns indices into both."""
    if not first.size or not second.size:
        none = np.empty(0, np.int64)
        return none, none
    forth, back = nearest(first, second), nearest(second, first)
    rows = np.arange(first.size)
    good = (back[forth] == rows) & (np.abs(second[forth] - first) <= NEAR_US)
    return rows[good], forth[good]


def _stretches(only_tag: I64, only_reference: I64) -> list[Disagreement]:
    instants = np.concatenate([only_tag, only_reference])
    whose = np.concatenate([np.zeros(only_tag.size), np.ones(only_reference.size)])
    order = np.argsort(instants, kind="stable")
    instants, whose = instants[order], whose[order]
    cuts = np.flatnonzero(np.diff(instants) > JOIN_US) + 1
    found = []
    for times, sides in zip(np.split(instants, cuts), np.split(whose, cuts), strict=True):
        if times.size >= MIN_STRIDES:
            own = int(sides.sum())
            found.append(Disagreement(int(times[0]), int(times[-1]), times.size - own, own))
    return found


def inside(contacts: Contacts, stretches: Sequence[Interval]) -> Contacts:
    """Keep the contacts that begin in one of the stretches."""
    kept = np.zeros(contacts.ic_us.size, np.bool_)
    for start, end in stretches:
        kept |= (contacts.ic_us >= start) & (contacts.ic_us < end)
    return Contacts(contacts.ic_us[kept], contacts.tc_us[kept], contacts.running[kept])
