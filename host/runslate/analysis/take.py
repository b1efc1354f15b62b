"""Everything the analysis says of one take, in one pure call."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runslate.analysis import intervals
from runslate.analysis.bouts import Bout, find_bouts
from runslate.analysis.company import MIN_TOGETHER_US, Stretch, find_company
from runslate.analysis.intensity import IntensityCurve, intensity
from runslate.analysis.metrics import RunnerMetrics, runner_metrics
from runslate.analysis.step import StepFinding, in_step
from runslate.analysis.tables import Gap, Interval, StrideTable, TakeData, stride_table
from runslate.analysis.unread import unread
from runslate.analysis.verdict import Verdict, judge

UNREAD = "the shoe moved as in running, but the tag told no strides"


@dataclass(frozen=True)
class Analysis:
    """The results of one take, by runner where there is one per runner."""

    bouts: dict[str, list[Bout]]
    metrics: dict[str, RunnerMetrics]
    intensity: dict[str, IntensityCurve]
    coverage: dict[str, list[Interval]]
    """Where it is known whether a runner ran: recorded, and not unread."""
    coverage_share: dict[str, float]
    """Recorded, of the take, 0..1."""
    unread: dict[str, list[Interval]]
    """Recorded movement of running without strides."""
    company: list[Stretch]
    steps: list[StepFinding]
    verdict: Verdict


def analyse(data: TakeData, seed: int = 0) -> Analysis:
    """Analyse one take.

    Args:
        data: the take's tables.
        seed: of the shuffled pairings behind the chance levels.
    """
    take = (data.start_us, data.end_us)
    cast = list(dict.fromkeys([data.lead, *data.cast]))
    recorded = {name: intervals.intersect(data.coverage.get(name, ()), [take]) for name in cast}
    strides = {name: _inside(data.strides.get(name, stride_table()), take) for name in cast}
    doubt = {name: unread(data.samples.get(name, ()), strides[name], take) for name in cast}
    coverage = {name: intervals.subtract(recorded[name], doubt[name]) for name in cast}
    bouts = {name: find_bouts(strides[name], coverage[name]) for name in cast}
    running = {name: [b.interval for b in bouts[name]] for name in cast}
    company = find_company(data.lead, running, coverage, take)
    steps = _steps(data.lead, strides, running, seed)
    return Analysis(
        bouts=bouts,
        metrics={name: runner_metrics(name, strides[name]) for name in cast},
        intensity={name: intensity(data.samples.get(name, ()), take) for name in cast},
        coverage=coverage,
        unread=doubt,
        coverage_share={name: intervals.total_us(recorded[name]) / max(1, take[1] - take[0]) for name in cast},
        company=company,
        steps=steps,
        verdict=judge(data.lead, company, steps, data.provisional),
    )


def all_gaps(data: TakeData, result: Analysis) -> list[Gap]:
    """Return the gaps of the record and, behind them, the stretches whose movement was not read."""
    unread_gaps = [
        Gap(name, "", start, end, 0, UNREAD) for name, found in result.unread.items() for start, end in found
    ]
    return [*data.gaps, *unread_gaps]


def _inside(strides: StrideTable, take: Interval) -> StrideTable:
    return strides.where(np.asarray((strides.ic_us >= take[0]) & (strides.ic_us < take[1])))


def _steps(
    lead: str,
    strides: dict[str, StrideTable],
    running: dict[str, list[Interval]],
    seed: int,
) -> list[StepFinding]:
    return [
        in_step(strides[lead], strides[name], name, shared, seed)
        for name in strides
        if name != lead
        for shared in intervals.intersect(running[lead], running[name])
        if shared[1] - shared[0] >= MIN_TOGETHER_US
    ]
