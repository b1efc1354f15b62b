"""What is measured of a stride: one list of metrics with unit, definition and source.

Every value is taken over the running strides of one runner in the take; the typical value is the
median, because one missed contact would pull a mean. With two tags it is the mean of the medians of
both feet, so that a difference between the feet cannot make it jump from one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.tables import StrideTable

MIN_STRIDES = 4
"""Fewer strides give no typical value."""

MAX_FLIGHT_MS = 400.0
"""A longer time between toe-off and the other foot's contact is a missed contact."""


OTHER_FOOT = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Metric:
    """What a number means."""

    name: str
    label: str
    unit: str
    definition: str
    source: str


METRICS = [
    Metric(
        "cadence_spm",
        "Cadence",
        "steps/min",
        "Contacts of both feet per minute: 2 x 60 / stride time. FIT files store half of it.",
        "gyro, IC to IC of one foot",
    ),
    Metric("stride_ms", "Stride time", "ms", "IC to the next IC of the same foot.", "gyro"),
    Metric(
        "gct_ms",
        "Ground contact",
        "ms",
        "TC - IC of one foot. Both come from pitch-rate landmarks about 30 ms before the physical "
        "events, so the bias cancels in the difference.",
        "gyro",
    ),
    Metric("swing_ms", "Swing", "ms", "Next IC of the same foot - TC.", "gyro"),
    Metric("duty_factor", "Duty factor", "1", "Ground contact / stride time.", "gyro"),
    Metric(
        "flight_ms",
        "Flight",
        "ms",
        "IC of the other foot - TC: nobody's foot is on the ground. Needs a tag on both feet.",
        "gyro, both feet",
    ),
    Metric("peak_g", "Impact peak", "g", "Largest |a| of a stride at the shoe.", "accelerometer"),
    Metric(
        "si_gct_pct",
        "Symmetry of contact",
        "%",
        "200 |L - R| / (L + R) of ground contact. Needs a tag on both feet. Healthy runners "
        "spread by about 4 points: on its own it says nothing about injury.",
        "gyro, both feet",
    ),
    Metric(
        "stride_cv_pct",
        "Stride variability",
        "%",
        "Standard deviation / mean of stride time.",
        "gyro",
    ),
    Metric(
        "gct_sd_ms",
        "Contact variability",
        "ms",
        "Standard deviation of ground contact of one foot.",
        "gyro",
    ),
]
"""All metrics of a runner in a take, in the order of a report."""


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


def runner_metrics(runner: str, strides: StrideTable) -> RunnerMetrics:
    """Compute all metrics of one runner from all strides of the take."""
    run = strides.where(strides.running)
    feet = tuple(sorted({str(f) for f in run.foot if f}))
    values: dict[str, float | None] = dict.fromkeys((m.name for m in METRICS), None)
    if len(run) >= MIN_STRIDES:
        values |= _typical(run) | _both_feet(run)
    return RunnerMetrics(runner, feet, len(run), int(run.clipped.sum()), values)


def flight_ms(run: StrideTable, foot: str) -> NDArray[np.float64]:
    """Return the flight times after each toe-off of one foot, milliseconds."""
    toe_off = run.tc_us[run.foot == foot]
    contact = run.ic_us[run.foot == OTHER_FOOT[foot]]
    following = np.searchsorted(contact, toe_off, side="left")
    has_next = following < contact.size
    flights: NDArray[np.float64] = (contact[following[has_next]] - toe_off[has_next]) / 1000
    return flights[flights <= MAX_FLIGHT_MS]


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
        "gct_ms": _feet_mean(run, run.gct_ms),
        "swing_ms": _feet_mean(run, run.swing_ms),
        "duty_factor": _feet_mean(run, run.gct_ms / run.duration_ms),
        "peak_g": _feet_mean(run, run.peak_g),
        "stride_cv_pct": 100 * float(np.std(run.duration_ms) / np.mean(run.duration_ms)),
        "gct_sd_ms": float(np.mean([np.std(run.gct_ms[run.foot == f]) for f in np.unique(run.foot)])),
    }


def _feet_mean(run: StrideTable, column: NDArray[np.float64]) -> float:
    return float(np.mean([np.median(column[run.foot == foot]) for foot in np.unique(run.foot)]))


def _both_feet(run: StrideTable) -> dict[str, float | None]:
    gct = {foot: run.gct_ms[run.foot == foot] for foot in OTHER_FOOT}
    if min(times.size for times in gct.values()) < MIN_STRIDES:
        return {}
    flights = [flight_ms(run, foot) for foot in OTHER_FOOT]
    enough = min(times.size for times in flights) >= MIN_STRIDES
    left, right = (float(np.median(times)) for times in gct.values())
    return {
        "flight_ms": float(np.mean([np.median(t) for t in flights])) if enough else None,
        "si_gct_pct": symmetry_index_pct(left, right),
    }
