"""In step: do two runners' feet keep one relative phase, and is that more than chance.

Running together (bouts overlap) and running in step (phases locked) are two findings. Two strangers
whose cadence is nearly the same also show a large circular R: their phases have had no time to part.
So every number stands beside its chance level, from surrogates that keep each runner's cadence, drift
and unevenness and lose the coordination, if there was any.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.contacts import FootPair, foot_pairs, steps_ms
from runslate.analysis.coupling import (
    SURROGATES,
    Response,
    better_p,
    coordination,
    pair_contacts,
    response,
    surrogate_pairs,
    unevenness_ms,
)
from runslate.analysis.intervals import Interval
from runslate.analysis.locking import (
    NO_LOCKING,
    FloatArray,
    Locking,
    locking,
    locking_rows,
    mean_deg,
    relative_phase,
    steady_runs,
    unwrapped,
)
from runslate.analysis.tables import StrideTable

MIN_STRIDES = 10
"""Fewer shared strides (about 7 s) say nothing about a lock."""

MIN_R = 0.9
MIN_SHARE = 0.8
"""Both must be reached before the pair is said to be in step throughout."""

MAX_P = 0.02
"""At most this share of the surrogates may be as coordinated; it has to hold for both kinds of them, so
that fewer than 2 of 100 pairs of strangers pass, however alike their pace."""

MAX_PART_P = 0.01
"""The same for a part of the stretch, times the parts that were looked at. Stricter, for a part is chosen
because its phase holds; looked at only where the whole stretch does not hold."""

MIN_PART_STRIDES = 20
MAX_PARTS = 5
"""The longest parts are looked at, none shorter than this (about 14 s)."""

PART_ROOM = 2_000_000
"""Numbers made for one part at most: seconds of work."""

MIN_UNEVEN_MS = 1.0
"""Standard deviation of step times: below it contact times tell no unevenness that one could answer."""

MAX_DRIFT_SIGMA = 3.0
MIN_DRIFT_DEG = 10.0
"""A straight drift of the phase over the stretch that is larger than both (in standard errors, and
in degrees: the jitter of contact times) is two cadences, not one."""


@dataclass(frozen=True)
class LockedStretch:
    """A part of the shared stretch in which the phase held, by more than chance."""

    start_us: int
    end_us: int
    strides: int
    mean_phase_deg: float


@dataclass(frozen=True)
class StepFinding:
    """Whether one runner was in step with the lead over one shared stretch."""

    other: str
    start_us: int
    end_us: int
    strides: int
    feet: int
    """2 where both runners wear two tags, and contacts of both feet were compared."""
    mean_phase_deg: float
    """Of the other's contacts within the lead's stride, -180..180; NaN without strides."""
    same_foot: bool
    """The phase compares the same foot of both runners; otherwise 180 degrees may be added."""
    drift_deg: float
    """Straight drift of the phase over the whole stretch."""
    lag_ms: float
    """From the lead's nearest contact of either foot to the other's; positive: the other lands later."""
    lag_error_ms: float
    """95 % half-width, the clocks' uncertainty included."""
    gap_spm: float
    """Cadence of the other minus that of the lead, steps per minute."""
    response: Response | None
    found: Locking
    chance: Locking
    """The median of the surrogates."""
    chance_high: Locking
    """What 95 of 100 surrogates stay below."""
    p_value: float
    """Share of surrogates that are at least as coordinated."""
    in_step: bool
    reason: str
    """Why, in a few plain words."""
    locked: tuple[LockedStretch, ...]
    phases_deg: FloatArray
    phase_t_us: NDArray[np.int64]

    @property
    def enough(self) -> bool:
        """Whether there were strides enough to tell."""
        return self.strides >= MIN_STRIDES

    @property
    def lands(self) -> str:
        """Who lands first: `other`, `lead`, or `` where the lag is within its error."""
        if not abs(self.lag_ms) > self.lag_error_ms:
            return ""
        return "lead" if self.lag_ms > 0 else "other"


def in_step(
    lead: StrideTable, other: StrideTable, name: str, stretch: Interval, seed: int = 0, clock_us: float = 0.0
) -> StepFinding:
    """Judge one stretch in which both ran.

    Args:
        lead: strides of the lead.
        other: strides of the other runner.
        name: the other runner.
        stretch: where both bouts overlap; the same in both clocks (the common line).
        seed: of the surrogates, so that a report can be repeated.
        clock_us: uncertainty (p95) of times between two nodes.
    """
    pairs, same = foot_pairs(lead, other, stretch)
    at, phase = _phases(pairs)
    paired = pair_contacts(steps_ms([p.lead_us for p in pairs]), steps_ms([p.other_us for p in pairs]))
    feet = len(pairs)
    if phase.size < MIN_STRIDES * feet or paired[0].size < MIN_STRIDES * feet:
        return _too_short(name, stretch, same, feet, at, phase)
    random = np.random.default_rng(seed)
    found = locking(phase, feet)
    chances, whole_p = _chance(paired, feet, random)
    drift, drifts = _drift(at, phase)
    even = min(unevenness_ms(steps) for steps in paired) < MIN_UNEVEN_MS
    p_value, verdict, reason = whole_p, *_judge(found, drifts, even, whole_p)
    locked = [_locked(at, phase, (0, phase.size), feet)] if verdict else []
    if not verdict and not even:
        locked, part_p = _steady_parts(at, phase, pairs, random)
        if locked:
            p_value, verdict, reason = part_p, True, _part_words(locked, stretch)
    lag, error = _lag(phase, paired[0], feet)
    return StepFinding(
        name, *stretch, phase.size // feet, feet, mean_deg(phase), same, drift,
        lag, math.hypot(error, clock_us / 1000), _gap_spm(paired, feet), response(*paired),
        found, *chances, p_value, verdict, reason, tuple(locked), phase, at,
    )  # fmt: skip


def _phases(pairs: list[FootPair]) -> tuple[NDArray[np.int64], FloatArray]:
    """Phases of all contacts in order of time; feet that differ by a constant are brought together."""
    parts = []
    for pair in pairs:
        phase = relative_phase(pair.lead_us, pair.other_us)
        known = np.isfinite(phase)
        parts.append((pair.other_us[known], phase[known]))
    means = [mean_deg(phase) for _, phase in parts if phase.size]
    middle = mean_deg(np.array(means)) if means else 0.0
    at = np.concatenate([times for times, _ in parts])
    turned = [phase + middle - mean_deg(phase) if phase.size else phase for _, phase in parts]
    order = np.argsort(at, kind="stable")
    return at[order], (np.concatenate(turned) % 360)[order]


def _chance(
    paired: tuple[FloatArray, FloatArray], feet: int, random: np.random.Generator
) -> tuple[tuple[Locking, Locking], float]:
    """Chance levels (median, 95 of 100 below) and p of the coordination, both over surrogates of both kinds."""
    locks: list[FloatArray] = []
    p_value = _coordination_p(
        paired, random, SURROGATES, lambda a, b: locks.append(np.stack(locking_rows(_row_phases(a, b, feet))))
    )
    every = np.concatenate(locks, axis=1)
    levels = np.median(every, axis=1), np.percentile(every, 95, axis=1)
    middle, high = (Locking(float(row[0]), float(row[1]), int(row[2]) // feet) for row in levels)
    return (middle, high), p_value


def _coordination_p(
    paired: tuple[FloatArray, FloatArray],
    random: np.random.Generator,
    count: int = SURROGATES,
    look: Callable[[FloatArray, FloatArray], None] = lambda lead, other: None,
) -> float:
    """P of the coordination of paired contacts; `look` is shown every batch of surrogates."""
    numbers: list[list[FloatArray]] = [[], []]
    for kind, lead, other in surrogate_pairs(*paired, random, count):
        numbers[kind].append(coordination(lead, other))
        look(lead, other)
    real = coordination(*(times[np.newaxis] for times in paired))[:, 0]
    return max(better_p(real, np.concatenate(kind, axis=1)) for kind in numbers)


def _row_phases(lead_ms: FloatArray, other_ms: FloatArray, feet: int) -> FloatArray:
    """Relative phase of paired contacts (rows, n) in degrees: the lag in the lead's own mean stride."""
    stride = (lead_ms[:, -1:] - lead_ms[:, :1]) / (lead_ms.shape[1] - 1) * feet
    return np.asarray((other_ms - lead_ms) / stride * 360 % 360)


def _judge(found: Locking, drifts: bool, even: bool, p_value: float) -> tuple[bool, str]:
    if found.circular_r < MIN_R or found.share_near < MIN_SHARE:
        return False, "the phase does not hold"
    if drifts:
        return False, "the phase drifts steadily: two cadences that are nearly the same"
    if even:
        return False, "both run too evenly to tell a lock from two equal paces"
    if p_value > MAX_P:
        return False, "no more than two runners of this pace show by chance"
    return True, "the phase holds, and better than chance"


def _steady_parts(
    at: NDArray[np.int64], phase: FloatArray, pairs: list[FootPair], random: np.random.Generator
) -> tuple[list[LockedStretch], float]:
    """Parts of a stretch that hold their phase and are coordinated by more than chance, and the p of the best.

    Every part that holds is a chance to be wrong, looked at or not, so each has to be rarer by their number.
    """
    feet = len(pairs)
    runs = steady_runs(unwrapped(phase), MIN_PART_STRIDES * feet)
    if runs == [(0, phase.size)]:
        return [], 1.0  # the whole stretch has been judged already
    longest = sorted(runs, key=lambda run: run[0] - run[1])[:MAX_PARTS]
    found, best = [], 1.0
    for first, behind in sorted(longest):
        span = int(at[first]), int(at[behind - 1]) + 1
        p_value = min(1.0, len(runs) * _part_p(pairs, span, len(runs), random))
        best = min(best, p_value)
        if p_value <= MAX_PART_P:
            found.append(_locked(at, phase, (first, behind), feet))
    return found, best


def _part_p(pairs: list[FootPair], span: Interval, parts: int, random: np.random.Generator) -> float:
    """P of the coordination within one part; the more parts there are, the finer it has to be known."""
    inside = [[t[(t >= span[0]) & (t < span[1])] for t in (p.lead_us, p.other_us)] for p in pairs]
    lead, other = (steps_ms(list(feet)) for feet in zip(*inside, strict=True))
    paired = pair_contacts(lead, other)
    if paired[0].size < MIN_STRIDES or min(unevenness_ms(steps) for steps in paired) < MIN_UNEVEN_MS:
        return 1.0
    count = min(SURROGATES * max(1, parts // 3), PART_ROOM // paired[0].size)
    return _coordination_p(paired, random, count)


def _locked(at: NDArray[np.int64], phase: FloatArray, rows: tuple[int, int], feet: int) -> LockedStretch:
    first, behind = rows
    mean = mean_deg(phase[first:behind])
    return LockedStretch(int(at[first]), int(at[behind - 1]), (behind - first) // feet, mean)


def _part_words(locked: list[LockedStretch], stretch: Interval) -> str:
    seconds = sum(part.end_us - part.start_us for part in locked) / 1e6
    return f"the phase holds for {seconds:.0f} s of {(stretch[1] - stretch[0]) / 1e6:.0f} s, longer than chance"


def _drift(at_us: NDArray[np.int64], phase_deg: FloatArray) -> tuple[float, bool]:
    """Straight drift over the stretch, degrees, and whether it is more than the jitter of contacts."""
    seconds = (at_us - at_us[0]) / 1e6
    (slope, start), covariance = np.polyfit(seconds, unwrapped(phase_deg), 1, cov=True)
    rest = unwrapped(phase_deg) - slope * seconds - start
    drift = float(slope * seconds[-1])
    error = math.sqrt(covariance[0, 0] * _memory(rest)) * float(seconds[-1])
    return drift, abs(drift) > max(MAX_DRIFT_SIGMA * error, MIN_DRIFT_DEG)


def _memory(rest: FloatArray) -> float:
    """By how much neighbours that are alike widen a variance: (1 + r) / (1 - r), r of lag one, at least 1."""
    power = float(rest @ rest)
    alike = float(rest[1:] @ rest[:-1]) / power if power > 0 else 0.0
    return (1 + alike) / (1 - alike) if 0 < alike < 1 else 1.0


def _lag(phase_deg: FloatArray, lead_steps_ms: FloatArray, feet: int) -> tuple[float, float]:
    """Lag of the mean phase to the lead's nearest step, and its 95 % half-width, milliseconds."""
    stride = float(np.diff(lead_steps_ms).mean()) * feet
    away = (phase_deg - mean_deg(phase_deg) + 180) % 360 - 180
    error = 1.96 * float(away.std()) * math.sqrt(_memory(away) / away.size)
    step_deg = (mean_deg(phase_deg) + 90) % 180 - 90
    return step_deg / 360 * stride, error / 360 * stride


def _gap_spm(paired: tuple[FloatArray, FloatArray], feet: int) -> float:
    lead, other = (60_000 * 2 / feet / float(np.diff(times).mean()) for times in paired)
    return other - lead


def _too_short(
    name: str, stretch: Interval, same: bool, feet: int, at: NDArray[np.int64], phase: FloatArray
) -> StepFinding:
    reason = f"only {phase.size // feet} shared strides: too few to tell"
    unknown = float("nan")
    return StepFinding(
        name, *stretch, phase.size // feet, feet, mean_deg(phase) if phase.size else unknown, same, unknown,
        unknown, unknown, unknown, None, NO_LOCKING, NO_LOCKING, NO_LOCKING,
        1.0, False, reason, (), phase, at,
    )  # fmt: skip
