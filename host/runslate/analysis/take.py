"""Everything the analysis says of one take, in one pure call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from runslate.analysis import intervals
from runslate.analysis.bouts import Bout, find_bouts
from runslate.analysis.cleared import Uncleared, find_uncleared
from runslate.analysis.company import MIN_TOGETHER_US, Stretch, find_company, in_frame
from runslate.analysis.group import GroupFinding, find_group
from runslate.analysis.intensity import IntensityCurve, intensity
from runslate.analysis.intervals import Interval
from runslate.analysis.metrics import RunnerMetrics, runner_metrics
from runslate.analysis.movement import TagMovement, movements
from runslate.analysis.pace import Pace, paces
from runslate.analysis.step import StepFinding, in_step
from runslate.analysis.tables import Gap, StrideTable, TakeData, stride_table
from runslate.analysis.unread import unread
from runslate.analysis.verdict import FEW_STRIDES, Verdict, judge, thin_evidence
from runslate.bar.bests import bests
from runslate.bar.records import Rank, marks_of, ranks
from runslate.gait.symmetry import Finding, limps

FEET = ("left", "right")

UNREAD = "the shoe moved as in running, but the tag told no strides"


@dataclass(frozen=True)
class Analysis:
    """The results of one take, by runner where there is one per runner."""

    bouts: dict[str, list[Bout]]
    metrics: dict[str, RunnerMetrics]
    moved: list[TagMovement]
    """What the samples of each tag say: lengths, the sensor's truth, the second opinion."""
    symmetry: dict[str, list[Finding]]
    """Changes of symmetry, of runners with a tag on both feet."""
    intensity: dict[str, IntensityCurve]
    pace: dict[str, Pace]
    bests: dict[str, dict[str, float | None]]
    """By runner and discipline of the bar."""
    bar: list[Rank]
    """Where these stand among earlier takes; empty while provisional."""
    coverage: dict[str, list[Interval]]
    """Where it is known whether a runner ran: recorded, and not unread."""
    coverage_share: dict[str, float]
    """Recorded, of the take, 0..1."""
    unread: dict[str, list[Interval]]
    """Recorded movement of running without strides."""
    company: list[Stretch]
    """Of the lead, among the cast."""
    frame: list[Stretch] | None
    """Of the lead, in the picture; None without a shot log."""
    uncleared: list[Uncleared]
    steps: list[StepFinding]
    group: GroupFinding | None
    verdict: Verdict


@dataclass(frozen=True)
class Runs:
    """Who ran when, and where it is known; by runner, the lead first."""

    strides: dict[str, StrideTable]
    recorded: dict[str, list[Interval]]
    unread: dict[str, list[Interval]]
    coverage: dict[str, list[Interval]]
    bouts: dict[str, list[Bout]]

    @property
    def running(self) -> dict[str, list[Interval]]:
        """The bouts as plain stretches."""
        return {name: [bout.interval for bout in bouts] for name, bouts in self.bouts.items()}


def find_runs(data: TakeData) -> Runs:
    """Find who ran when in a take, and where that is known."""
    take = (data.start_us, data.end_us)
    cast = list(dict.fromkeys([data.lead, *data.cast]))
    recorded = {name: intervals.intersect(data.coverage.get(name, ()), [take]) for name in cast}
    strides = {name: _inside(data.strides.get(name, stride_table()), take) for name in cast}
    doubt = {name: unread(data.samples.get(name, ()), strides[name], take) for name in cast}
    coverage = {name: intervals.subtract(recorded[name], doubt[name]) for name in cast}
    bouts = {name: find_bouts(strides[name], coverage[name]) for name in cast}
    return Runs(strides, recorded, doubt, coverage, bouts)


def company_of(data: TakeData, runs: Runs, name: str) -> tuple[list[Stretch], list[Stretch] | None]:
    """Return one runner's company among the cast, and in frame (None without a shot log)."""
    company = find_company(name, runs.running, runs.coverage, (data.start_us, data.end_us))
    if data.shots is None:
        return company, None
    people = {person for shot in data.shots for person in shot.runners}
    pictured = {
        person: intervals.merge((shot.start_us, shot.end_us) for shot in data.shots if person in shot.runners)
        for person in people
    }
    return company, in_frame(name, company, pictured, list(runs.bouts))


def analyse(data: TakeData, seed: int = 0) -> Analysis:
    """Analyse one take.

    Args:
        data: the take's tables.
        seed: of the shuffled pairings behind the chance levels.
    """
    take = (data.start_us, data.end_us)
    runs = find_runs(data)
    company, frame = company_of(data, runs, data.lead)
    moved = movements(data, runs.strides)
    curves = {name: intensity(data.samples.get(name, ()), take) for name in runs.strides}
    pace = paces(runs.strides, runs.bouts, curves, moved)
    best = {name: bests(table, runs.bouts[name], pace[name].lengths_m) for name, table in runs.strides.items()}
    steps = _steps(data.lead, runs.strides, runs.running, seed, data.uncertainty_us_p95)
    verdict = judge(data.lead, company, steps, data.provisional, frame)
    thin = _thin(data.lead, company if frame is None else frame, runs.strides)
    return Analysis(
        bouts=runs.bouts,
        metrics={
            name: runner_metrics(name, table, [m for m in moved if m.runner == name], curves[name])
            for name, table in runs.strides.items()
        },
        moved=moved,
        symmetry={name: limps(*(table.where(table.foot == f) for f in FEET)) for name, table in runs.strides.items()},
        intensity=curves,
        pace=pace,
        bests=best,
        bar=[] if data.provisional else ranks(data.take, [*data.marks, *marks_of(data.take, data.start_utc, best)]),
        coverage=runs.coverage,
        unread=runs.unread,
        coverage_share={n: intervals.total_us(c) / max(1, take[1] - take[0]) for n, c in runs.recorded.items()},
        company=company,
        frame=frame,
        uncleared=find_uncleared(company, data.permits),
        steps=steps,
        group=find_group(runs.strides, runs.running, take, seed),
        verdict=replace(verdict, caution=thin_evidence(thin, data.start_us)),
    )


def _thin(lead: str, stretches: Sequence[Stretch], strides: dict[str, StrideTable]) -> list[tuple[Stretch, int]]:
    """Find stretches with very few running strides of somebody who ran in them."""
    counted = [
        (stretch, min(_strides_in(strides[name], stretch.interval) for name in (lead, *stretch.runners)))
        for stretch in stretches
        if stretch.kind != "unknown"
    ]
    return [(stretch, count) for stretch, count in counted if count <= FEW_STRIDES]


def _strides_in(table: StrideTable, span: Interval) -> int:
    """Count running strides that begin in a stretch, on the tag that has most of them."""
    inside = table.where(table.running & (table.ic_us >= span[0]) & (table.ic_us < span[1]))
    return int(np.unique(inside.uid, return_counts=True)[1].max(initial=0))


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
    clock_us: float,
) -> list[StepFinding]:
    return [
        in_step(strides[lead], strides[name], name, shared, seed, clock_us)
        for name in strides
        if name != lead
        for shared in intervals.intersect(running[lead], running[name])
        if shared[1] - shared[0] >= MIN_TOGETHER_US
    ]
