"""The typical numbers of each runner in a take; quantities.py says what each one means.

A typical value is the median over the running strides, because one missed contact would pull a mean.
With two tags it is the mean of the medians of both feet, so that a difference between the feet cannot
make it jump from one to the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.intensity import IntensityCurve
from runslate.analysis.movement import TagMovement
from runslate.analysis.quantities import QUANTITIES
from runslate.analysis.tables import StrideTable

MIN_STRIDES = 4
"""Fewer strides give no typical value."""

MAX_FLIGHT_MS = 400.0
"""A longer time between toe-off and the other foot's contact is a missed contact."""

OTHER_FOOT = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class RunnerMetrics:
    """The metrics of one runner; None where the strides or the second tag are missing."""

    runner: str
    feet: tuple[str, ...]
    strides: int
    """Running strides, both feet counted where both were worn."""
    clipped: int
    """Of those, with a sensor at the end of its range."""
    values: dict[str, float | None]


def runner_metrics(
    runner: str, strides: StrideTable, moved: Sequence[TagMovement] = (), curve: IntensityCurve | None = None
) -> RunnerMetrics:
    """Compute all metrics of one runner.

    Args:
        runner: whose they are.
        strides: all strides of the take.
        moved: what the samples of the runner's tags say; without it there is no length, speed or distance.
        curve: the runner's intensity.
    """
    run = strides.where(strides.running)
    feet = tuple(sorted({str(f) for f in run.foot if f}))
    values: dict[str, float | None] = dict.fromkeys((q.name for q in QUANTITIES), None)
    if len(run) >= MIN_STRIDES:
        values |= _typical(run) | _contact(run.contacts()) | _both_feet(run) | _way(moved) | _hard(run, curve)
    return RunnerMetrics(runner, feet, len(run), int(run.clipped.sum()), values)


def flight_ms(run: StrideTable, foot: str) -> NDArray[np.float64]:
    """Return the flight times after each toe-off of one foot, milliseconds."""
    flights = _ms_to_next(run.tc_us[run.foot == foot], run.ic_us[run.foot == OTHER_FOOT[foot]])
    return flights[flights <= MAX_FLIGHT_MS]


def _ms_to_next(instants_us: NDArray[np.int64], contacts_us: NDArray[np.int64]) -> NDArray[np.float64]:
    """Time from each instant to the next of the contacts, milliseconds; instants without one are left out."""
    following = np.searchsorted(contacts_us, instants_us)
    has_next = following < contacts_us.size
    return np.asarray((contacts_us[following[has_next]] - instants_us[has_next]) / 1000)


def _step_ms(run: StrideTable) -> float:
    """Median time from one foot's contact to the other's, mean of both directions, milliseconds."""
    steps = []
    for foot, other in OTHER_FOOT.items():
        after = _ms_to_next(run.ic_us[run.foot == foot], run.ic_us[run.foot == other])
        steps.append(float(np.median(after)) if after.size else np.nan)
    return float(np.nanmean(steps))


def cadence_curve(strides: StrideTable) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (middle of each running stride in microseconds, steps per minute)."""
    run = strides.where(strides.running & (strides.duration_ms > 0))
    return (run.ic_us + run.end_us) // 2, 120_000 / run.duration_ms


def symmetry_index_pct(left: float, right: float) -> float:
    """Return 200 |L - R| / (L + R), percent (Robinson et al. 1987)."""
    return 200 * abs(left - right) / (left + right) if left + right else 0.0


def _typical(run: StrideTable) -> dict[str, float | None]:
    stride = _feet_mean(run, run.duration_ms)
    return {
        "cadence_spm": 120_000 / stride,
        "stride_ms": stride,
        "step_ms": stride / 2,
        "peak_g": _feet_mean(run, run.peak_g),
        "stride_cv_pct": _feet_cv_pct(run, run.duration_ms),
    }


def _contact(run: StrideTable) -> dict[str, float | None]:
    """What needs to know when the foot left the ground."""
    if len(run) < MIN_STRIDES:
        return {}
    return {
        "gct_ms": _feet_mean(run, run.gct_ms),
        "swing_ms": _feet_mean(run, run.swing_ms),
        "duty_factor": _feet_mean(run, run.gct_ms / run.duration_ms),
        "gct_cv_pct": _feet_cv_pct(run, run.gct_ms),
    }


def _feet_mean(run: StrideTable, column: NDArray[np.float64]) -> float:
    return float(np.mean([np.median(column[run.foot == foot]) for foot in np.unique(run.foot)]))


def _feet_cv_pct(run: StrideTable, column: NDArray[np.float64]) -> float:
    """Coefficient of variation within each foot, percent."""
    return 100 * _mean([np.std(column[run.foot == f]) / np.mean(column[run.foot == f]) for f in np.unique(run.foot)])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _way(moved: Sequence[TagMovement]) -> dict[str, float | None]:
    """Length, speed and distance: each foot goes the whole way, so feet are averaged and reels added up."""
    ways = {foot: [m.distance for m in moved if m.foot == foot] for foot in {m.foot for m in moved}}
    known = {foot: [d for d in own if d.known >= MIN_STRIDES] for foot, own in ways.items()}
    known = {foot: own for foot, own in known.items() if own}
    if not known:
        return {}
    metres = {foot: sum(d.distance_m for d in own) for foot, own in known.items()}
    seconds = {foot: sum(d.seconds for d in own) for foot, own in known.items()}
    lengths = [np.concatenate([m.length_m for m in moved if m.foot == foot]) for foot in known]
    return {
        "stride_m": _mean([float(np.nanmedian(own)) for own in lengths]),
        "speed_mps": _mean([metres[foot] / seconds[foot] for foot in known]),
        "distance_m": _mean(list(metres.values())),
    }


def _hard(run: StrideTable, curve: IntensityCurve | None) -> dict[str, float | None]:
    """Mean intensity over the seconds that lie in a running stride."""
    if curve is None:
        return {}
    at = np.searchsorted(run.ic_us, curve.t_us, side="right") - 1
    running = (at >= 0) & (curve.t_us < run.end_us[np.maximum(at, 0)]) & np.isfinite(curve.value_g)
    return {"intensity_g": _mean(curve.value_g[running].tolist()) if running.any() else None}


def _both_feet(run: StrideTable) -> dict[str, float | None]:
    if min(int((run.foot == foot).sum()) for foot in OTHER_FOOT) < MIN_STRIDES:
        return {}
    known = run.contacts()
    gct = {foot: known.gct_ms[known.foot == foot] for foot in OTHER_FOOT}
    if min(times.size for times in gct.values()) < MIN_STRIDES:
        return {"step_ms": _step_ms(run)}
    flights = [flight_ms(known, foot) for foot in OTHER_FOOT]
    enough = min(times.size for times in flights) >= MIN_STRIDES
    left, right = (float(np.median(times)) for times in gct.values())
    return {
        "step_ms": _step_ms(run),
        "flight_ms": float(np.mean([np.median(t) for t in flights])) if enough else None,
        "si_gct_pct": symmetry_index_pct(left, right),
    }
