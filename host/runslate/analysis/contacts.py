"""Contacts of two runners made comparable: which feet, which landmark, one even series of steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.intervals import Interval
from runslate.analysis.tables import UNKNOWN_US, StrideTable

FloatArray = NDArray[np.float64]
I64 = NDArray[np.int64]

FEW = 5
"""A foot with fewer contacts in the stretch does not make the comparison one of both feet."""


@dataclass(frozen=True)
class FootPair:
    """Contacts of one foot of each runner in a shared stretch."""

    lead_us: I64
    other_us: I64


def foot_pairs(lead: StrideTable, other: StrideTable, stretch: Interval) -> tuple[list[FootPair], bool]:
    """Choose what to compare: both feet where both runners wear two tags, else one foot of each.

    The landmark of a contact (pitch rate or jerk) is the steadier one of the two runners together, and
    the same for both: a constant difference between the landmarks must not look like a lag.

    Returns:
        one or two pairs, and whether they are the same foot of both runners.
    """
    lead, other = (running_inside(table, stretch) for table in (lead, other))
    chosen, same = _feet(lead, other)
    columns = ["ic_us"]
    if not any((table.ic_contact_us == UNKNOWN_US).any() for table in (lead, other)):
        columns.append("ic_contact_us")
    options = [[_pair(lead, other, feet, column) for feet in chosen] for column in columns]
    return min(options, key=_unsteadiness), same


def filled_ms(contacts_us: I64) -> FloatArray:
    """Return contacts of one foot in milliseconds, with missed ones put evenly into their holes."""
    contacts = contacts_us / 1000
    if contacts.size < 3:
        return np.asarray(contacts)
    strides = np.diff(contacts)
    place = np.concatenate([[0], np.cumsum(np.maximum(1, np.rint(strides / np.median(strides))))])
    return np.interp(np.arange(place[-1] + 1), place, contacts)


def steps_ms(feet_us: list[I64]) -> FloatArray:
    """Return one series of steps from the contacts of one or two feet, milliseconds.

    The second foot is shifted to the middle of the first one's strides: unequal feet are no unevenness.
    """
    first, *rest = (filled_ms(contacts) for contacts in feet_us)
    if not rest or min(first.size, rest[0].size) < 3:
        return first
    (second,) = rest
    stride = float(np.diff(first).mean())
    place = np.interp(second, first, np.arange(first.size)) % 1
    share = float(np.angle(np.exp(2j * np.pi * place).mean())) / (2 * np.pi) % 1
    return np.sort(np.concatenate([first, second + (0.5 - share) * stride]))


def running_inside(table: StrideTable, stretch: Interval) -> StrideTable:
    """Return the running strides of a stretch, of each foot those of the tag that told most.

    A second tag on the same shoe would tell every contact twice.
    """
    run = table.where(table.running & (table.ic_us >= stretch[0]) & (table.ic_us < stretch[1]))
    kept = np.zeros(len(run), np.bool_)
    for foot in np.unique(run.foot):
        uids, counts = np.unique(run.uid[run.foot == foot], return_counts=True)
        kept |= (run.foot == foot) & (run.uid == uids[np.argmax(counts)])
    return run.where(kept)


def _feet(lead: StrideTable, other: StrideTable) -> tuple[list[tuple[str, str]], bool]:
    """Choose (foot of the lead, foot of the other): the same ones if both wear a tag there."""
    counts = [{str(f): int((table.foot == f).sum()) for f in np.unique(table.foot)} for table in (lead, other)]
    shared = sorted((counts[0].keys() & counts[1].keys()) - {""})
    full = [foot for foot in shared if min(count[foot] for count in counts) >= FEW]
    if len(full) == 2:
        return [(foot, foot) for foot in full], True
    if shared:
        best = max(shared, key=lambda foot: counts[0][foot] + counts[1][foot])
        return [(best, best)], True
    return [(min(counts[0], default=""), min(counts[1], default=""))], False


def _pair(lead: StrideTable, other: StrideTable, feet: tuple[str, str], column: str) -> FootPair:
    tables = zip((lead, other), feet, strict=True)
    return FootPair(*(np.unique(getattr(table, column)[table.foot == foot]) for table, foot in tables))


def _unsteadiness(pairs: list[FootPair]) -> float:
    series = [contacts for pair in pairs for contacts in (pair.lead_us, pair.other_us)]
    return sum(float(np.diff(contacts).std()) for contacts in series if contacts.size > 2)
