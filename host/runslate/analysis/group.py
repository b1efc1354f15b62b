"""The group: how far three to sixteen runners step as one, and who does not.

Each runner is a phase that grows by one turn per step, whichever foot; the mean field is the mean of the
phases as vectors (Kuramoto 1975): its length R is 1 when all feet fall together and near 0 when they are
spread. A runner who keeps a constant lag to the others is with them too: the coherence of one runner
is the length of the mean, over time, of the phase between the runner and the mean field of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.contacts import FEW, running_inside, steps_ms
from runslate.analysis.intervals import Interval
from runslate.analysis.surrogates import instant_surrogates, interval_surrogates
from runslate.analysis.tables import StrideTable

FloatArray = NDArray[np.float64]

AT_LEAST = 3
"""Two are a pair, not a group."""

GRID_US = 250_000
"""A value of R four times a second: some 10 of them per 8 steps."""

MIN_SECONDS = 7.0
"""Less says nothing about coordination, as with pairs."""

SURROGATES = 99
"""Per kind: enough for a median and what 95 of 100 stay below."""


@dataclass(frozen=True)
class Member:
    """One runner in the group."""

    runner: str
    coherence: float
    """With the mean field of the others, over time: 0 none, 1 constant phase."""
    chance: float
    chance_high: float


@dataclass(frozen=True)
class GroupFinding:
    """What the group did while at least three ran."""

    t_us: NDArray[np.int64]
    r: FloatArray
    """Length of the mean field at each instant; NaN where fewer than three ran."""
    mean_r: float
    chance: float
    chance_high: float
    members: tuple[Member, ...]
    odd_one_out: str
    """The one of the group who was not with the others by more than chance, where the others were."""

    @property
    def seconds(self) -> float:
        """How long at least three ran."""
        return float(np.isfinite(self.r).sum()) * GRID_US / 1e6


def find_group(
    strides: Mapping[str, StrideTable], running: Mapping[str, Sequence[Interval]], take: Interval, seed: int = 0
) -> GroupFinding | None:
    """Judge the group of a take.

    Args:
        strides: of everybody, by runner.
        running: everybody's bouts as stretches.
        take: start and end of the take.
        seed: of the surrogates.

    Returns:
        None where fewer than three ran at once for long enough.
    """
    t_us = np.arange(take[0], take[1], GRID_US)
    tracks = {name: _tracks(strides[name], running[name]) for name in strides}
    ran = {name: parts for name, parts in tracks.items() if parts}
    phases = np.stack([_phase(parts, t_us) for parts in ran.values()]) if ran else np.empty((0, t_us.size))
    together = np.isfinite(phases).sum(axis=0) >= AT_LEAST
    if together.sum() * GRID_US / 1e6 < MIN_SECONDS:
        return None
    phases[:, ~together] = np.nan
    r, coherence = _mean_field(phases), _coherence(phases)
    chance_r, chance_c = _chance(list(ran.values()), t_us, together, np.random.default_rng(seed))
    levels = np.nanmedian(chance_c, axis=0), np.nanpercentile(chance_c, 95, axis=0)
    here = np.isfinite(coherence)
    members = tuple(
        Member(name, float(c), float(low), float(high))
        for name, c, low, high, seen in zip(ran, coherence, *levels, here, strict=True)
        if seen
    )
    return GroupFinding(
        t_us, r, float(np.nanmean(r)), float(np.median(chance_r)), float(np.percentile(chance_r, 95)),
        members, _odd_one_out(members),
    )  # fmt: skip


def _tracks(table: StrideTable, running: Sequence[Interval]) -> list[FloatArray]:
    """Steps in milliseconds, one array per bout."""
    parts = []
    for stretch in running:
        bout = running_inside(table, stretch)
        feet = [np.unique(bout.ic_us[bout.foot == foot]) for foot in np.unique(bout.foot)]
        feet = [contacts for contacts in feet if contacts.size >= FEW]
        if feet:
            steps = steps_ms(feet[:2])
            parts.append(steps if len(feet) > 1 else _halved(steps))
    return parts


def _halved(strides_ms: FloatArray) -> FloatArray:
    """Put the unseen foot's steps into the middle of the seen one's strides."""
    places = np.arange(2 * strides_ms.size - 1) / 2
    return np.interp(places, np.arange(strides_ms.size), strides_ms)


def _phase(parts: Sequence[FloatArray], t_us: NDArray[np.int64]) -> FloatArray:
    """Phase in turns at each instant; NaN outside every bout."""
    phase = np.full(t_us.size, np.nan)
    for steps in parts:
        turns = np.interp(t_us / 1000, steps, np.arange(steps.size), left=np.nan, right=np.nan)
        phase = np.where(np.isfinite(turns), turns, phase)
    return phase


def _mean_field(phases: FloatArray) -> FloatArray:
    known = np.isfinite(phases)
    count = known.sum(axis=0)
    total = np.abs(_vectors(phases).sum(axis=0))
    return np.where(count >= AT_LEAST, total / np.maximum(count, 1), np.nan)


def _coherence(phases: FloatArray) -> FloatArray:
    """Per runner: |mean over time of the unit vector between the runner and the others' mean field|."""
    vectors = _vectors(phases)
    others = vectors.sum(axis=0) - vectors
    size = np.abs(others)
    between = vectors * np.conj(others) / np.where(size > 0, size, 1)
    seen = np.isfinite(phases).sum(axis=1)
    return np.where(seen * GRID_US / 1e6 >= MIN_SECONDS, np.abs(between.sum(axis=1)) / np.maximum(seen, 1), np.nan)


def _vectors(phases: FloatArray) -> NDArray[np.complex128]:
    known = np.isfinite(phases)
    return np.where(known, np.exp(2j * np.pi * np.where(known, phases, 0.0)), 0)


def _chance(
    tracks: Sequence[Sequence[FloatArray]],
    t_us: NDArray[np.int64],
    together: NDArray[np.bool_],
    random: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Mean R (count,) and coherence (count, runners) of groups whose runners are surrogates of themselves."""
    mean_r, coherence = [], []
    for make in (interval_surrogates, instant_surrogates):
        for _ in range(SURROGATES):
            phases = np.stack([_phase(_elsewhere(parts, make, random), t_us) for parts in tracks])
            phases += random.uniform(0, 1, (len(tracks), 1))
            phases[:, ~together] = np.nan
            mean_r.append(float(np.nanmean(_mean_field(phases))))
            coherence.append(_coherence(phases))
    return np.array(mean_r), np.stack(coherence)


def _elsewhere(
    parts: Sequence[FloatArray],
    make: Callable[[FloatArray, int, np.random.Generator], FloatArray],
    random: np.random.Generator,
) -> list[FloatArray]:
    return [np.maximum.accumulate(make(steps, 1, random)[0]) for steps in parts]


def _odd_one_out(members: Sequence[Member]) -> str:
    """Name the one who is not with the others; nobody, or several, are no odd one."""
    apart = [member for member in members if not member.coherence > member.chance_high]
    return apart[0].runner if len(apart) == 1 and len(members) >= AT_LEAST else ""
