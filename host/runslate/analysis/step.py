"""In step: do two runners' feet keep one relative phase, and is that more than chance.

Running together (bouts overlap) and running in step (phases locked) are two findings. Two
strangers whose cadence is nearly the same also show a large circular R over a short stretch: their
phases have had no time to part. So every number stands beside its chance level, from shuffled
pairings: blocks of the other runner's own strides in another order against the same strides of the
lead. They keep cadence and variability and lose the coordination, if there was any.

Circular statistics: Mardia & Jupp, Directional Statistics (2000), section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.tables import UNKNOWN_US, Interval, StrideTable

FloatArray = NDArray[np.float64]

NEAR_DEG = 30.0
"""A stride is near when its phase lies within this of the pair's mean phase."""

MIN_STRIDES = 10
"""Fewer shared strides (about 7 s) say nothing about a lock."""

MIN_R = 0.9
MIN_SHARE = 0.8
"""Both must be reached before the pair is said to be in step."""

MAX_P = 0.05
"""At most this share of the shuffled pairings may reach the pair's own R."""

MAX_DRIFT_SIGMA = 3.0
MIN_DRIFT_DEG = 10.0
"""A straight drift of the phase over the stretch that is larger than both (in standard errors, and
in degrees: the jitter of contact times) is two cadences, not one."""

MAX_STRIDE_US = 1_600_000
"""Contacts further apart are no stride of running: the phase between them is not defined."""

PAIRINGS = 999
"""Shuffled pairings per finding; the smallest p is then 0.001."""

BLOCK = 3
"""Strides per shuffled block on average: keeps what neighbouring strides have in common."""


@dataclass(frozen=True)
class Locking:
    """How firmly a series of relative phases is locked."""

    circular_r: float
    """Length of the mean phase vector: 0 no lock, 1 perfect."""
    share_near: float
    """Share of strides within 30 degrees of the mean phase."""
    longest_run: int
    """Longest unbroken run of such strides."""


@dataclass(frozen=True)
class StepFinding:
    """Whether one runner was in step with the lead over one shared stretch."""

    other: str
    start_us: int
    end_us: int
    strides: int
    mean_phase_deg: float
    """Of the other's contacts within the lead's stride, -180..180; NaN without strides."""
    same_foot: bool
    """The phase compares the same foot of both runners; otherwise 180 degrees may be added."""
    drift_deg: float
    """Straight drift of the phase over the whole stretch."""
    found: Locking
    chance: Locking
    """The median of the shuffled pairings."""
    chance_high: Locking
    """What 95 of 100 shuffled pairings stay below."""
    p_value: float
    """Share of shuffled pairings with at least this R."""
    in_step: bool
    reason: str
    """Why, in a few plain words."""
    phases_deg: FloatArray
    phase_t_us: NDArray[np.int64]

    @property
    def enough(self) -> bool:
        """Whether there were strides enough to tell."""
        return self.strides >= MIN_STRIDES


def in_step(lead: StrideTable, other: StrideTable, name: str, stretch: Interval, seed: int = 0) -> StepFinding:
    """Judge one stretch in which both ran.

    Args:
        lead: strides of the lead.
        other: strides of the other runner.
        name: the other runner.
        stretch: where both bouts overlap; the same in both clocks (the common line).
        seed: of the shuffled pairings, so that a report can be repeated.
    """
    foot_lead, foot_other, same = _feet(lead, other)
    own = _contacts(lead, foot_lead, stretch)
    theirs = _contacts(other, foot_other, stretch)
    phase = relative_phase(own, theirs)
    at, phase = theirs[np.isfinite(phase)], phase[np.isfinite(phase)]
    if phase.size < MIN_STRIDES:
        return _too_short(name, stretch, same, at, phase)
    found = locking(phase)
    drift, drift_error = _drift(at, phase)
    shuffled = np.stack(_locking_rows(_shuffled(own, theirs, np.random.default_rng(seed))))
    middle, high = np.median(shuffled, axis=1), np.percentile(shuffled, 95, axis=1)
    p_value = float((1 + (shuffled[0] >= found.circular_r).sum()) / (1 + PAIRINGS))
    drifts = abs(drift) > max(MAX_DRIFT_SIGMA * drift_error, MIN_DRIFT_DEG)
    verdict, reason = _judge(found, drifts, p_value)
    return StepFinding(
        name, *stretch, int(phase.size), _mean_deg(phase), same, drift, found,
        _as_locking(middle), _as_locking(high),
        p_value, verdict, reason, phase, at,
    )  # fmt: skip


def relative_phase(lead_us: NDArray[np.int64], other_us: NDArray[np.int64]) -> FloatArray:
    """Place each contact of the other in the lead's stride.

    Args:
        lead_us: contacts of one foot of the lead, ascending.
        other_us: contacts of one foot of the other, any shape.

    Returns:
        Phases of the same shape in degrees 0..360; NaN outside every stride of the lead.
    """
    if lead_us.size < 2:
        return np.full(other_us.shape, np.nan)
    length = np.diff(lead_us)
    stride = np.searchsorted(lead_us, other_us, side="right") - 1
    inside = (stride >= 0) & (stride < length.size)
    stride = np.clip(stride, 0, length.size - 1)
    inside &= length[stride] <= MAX_STRIDE_US
    return np.where(inside, 360.0 * (other_us - lead_us[stride]) / length[stride], np.nan)


def locking(phase_deg: FloatArray) -> Locking:
    """Measure how firmly phases (degrees, in order of time, shape (n,)) are locked."""
    circular_r, share, longest = _locking_rows(phase_deg[np.newaxis])
    return Locking(float(circular_r[0]), float(share[0]), int(longest[0]))


def _locking_rows(phase_deg: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lock of each row of phases (rows, n): R, share near, longest run; NaN phases are left out."""
    known = np.isfinite(phase_deg)
    count = np.maximum(known.sum(axis=1), 1)
    vectors = np.where(known, np.exp(1j * np.deg2rad(np.where(known, phase_deg, 0.0))), 0.0)
    mean = vectors.sum(axis=1) / count
    away = (phase_deg - np.rad2deg(np.angle(mean))[:, np.newaxis] + 180) % 360 - 180
    near = known & (np.abs(away) <= NEAR_DEG)
    longest = current = np.zeros(len(phase_deg))
    for column in near.T:
        current = (current + 1) * column
        longest = np.maximum(longest, current)
    return np.abs(mean), near.sum(axis=1) / count, longest


def _feet(lead: StrideTable, other: StrideTable) -> tuple[str, str, bool]:
    """Pick the foot of each to compare: the same one if both wear a tag there."""
    worn = [{str(f) for f in table.foot} for table in (lead, other)]
    shared = sorted((worn[0] & worn[1]) - {""})
    if shared:
        best = max(shared, key=lambda f: int((lead.foot == f).sum() + (other.foot == f).sum()))
        return best, best, True
    return min(worn[0], default=""), min(worn[1], default=""), False


def _contacts(table: StrideTable, foot: str, stretch: Interval) -> NDArray[np.int64]:
    """Return the contacts of one foot in a stretch, by the steadier of the two landmarks.

    A lock asks for steadiness, not for the physical instant: noise of a landmark only adds to the
    variance of stride times, and a constant lag between the two landmarks is no matter.
    """
    rows = table.where((table.foot == foot) & table.running)
    rows = rows.where((rows.ic_us >= stretch[0]) & (rows.ic_us < stretch[1]))
    landmarks = [rows.ic_us]
    if not (rows.ic_contact_us == UNKNOWN_US).any():
        landmarks.append(rows.ic_contact_us)
    return min(landmarks, key=lambda instants: float(np.diff(instants).std()) if instants.size > 1 else 0.0)


def _drift(at_us: NDArray[np.int64], phase_deg: FloatArray) -> tuple[float, float]:
    """Straight drift over the stretch and its standard error, degrees."""
    seconds = (at_us - at_us[0]) / 1e6
    unwrapped = np.rad2deg(np.unwrap(np.deg2rad(phase_deg)))
    (slope, _), covariance = np.polyfit(seconds, unwrapped, 1, cov=True)
    return float(slope * seconds[-1]), float(np.sqrt(covariance[0, 0]) * seconds[-1])


def _shuffled(own: NDArray[np.int64], theirs: NDArray[np.int64], random: np.random.Generator) -> FloatArray:
    """Phases (PAIRINGS, n) of the other's strides in another order, from a random first contact."""
    strides = np.diff(theirs)
    shape = (PAIRINGS, strides.size)
    cuts = random.random(shape) < 1 / BLOCK
    cuts[:, 0] = False
    block: NDArray[np.int64] = np.cumsum(cuts, axis=1, dtype=np.int64)
    order = np.argsort(np.take_along_axis(random.random(shape), block, axis=1), kind="stable")
    start = theirs[0] + random.integers(0, int(np.median(strides)), (PAIRINGS, 1))
    later = start + np.cumsum(strides[order], axis=1)
    return relative_phase(own, np.concatenate([start, later], axis=1))


def _judge(found: Locking, drifts: bool, p_value: float) -> tuple[bool, str]:
    if found.circular_r < MIN_R or found.share_near < MIN_SHARE:
        return False, "the phase does not hold"
    if drifts:
        return False, "the phase drifts steadily: two cadences that are nearly the same"
    if p_value > MAX_P:
        return False, "no more than the same strides in another order would show"
    return True, "the phase holds, and better than chance"


def _as_locking(row: FloatArray) -> Locking:
    return Locking(float(row[0]), float(row[1]), int(row[2]))


def _mean_deg(phase_deg: FloatArray) -> float:
    return float(np.rad2deg(np.angle(np.exp(1j * np.deg2rad(phase_deg)).mean())))


def _too_short(name: str, stretch: Interval, same: bool, at: NDArray[np.int64], phase: FloatArray) -> StepFinding:
    nothing = Locking(float("nan"), float("nan"), 0)
    reason = f"only {phase.size} shared strides: too few to tell"
    mean = _mean_deg(phase) if phase.size else float("nan")
    return StepFinding(
        name, *stretch, int(phase.size), mean, same, float("nan"), nothing, nothing, nothing,
        1.0, False, reason, phase, at,
    )  # fmt: skip
