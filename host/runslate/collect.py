"""From a take's reels to the analysis's tables: one common time line, strides, coverage, gaps."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runslate.analysis import intervals
from runslate.analysis.intervals import Interval
from runslate.analysis.tables import Alarm, Gap, NodeFacts, StrideTable, TakeData, stride_table
from runslate.analysis.untold import complete
from runslate.bar.shelf import earlier_marks
from runslate.clearance.log import take_permits
from runslate.clocks.history import crystal_of
from runslate.errors import RunslateError
from runslate.hostclock import now_us
from runslate.incidents.hostlimps import host_limps
from runslate.ledger import LOST_POWER, REASONS, Ledger
from runslate.library import Library
from runslate.nodetime import NodeTime, node_time
from runslate.personal import factor_of
from runslate.rawsamples import RawSamples, pages_inside, raw_samples
from runslate.reel import Reel
from runslate.shots.store import shots_of
from runslate.take import CastNode, Take
from runslate.told import merged_events, told_alarms, told_strides

SHORTEST_GAP_US = 20_000
"""Holes below are the sampling itself: eight samples at 417 Hz."""

STILL_G = 0.3
"""A foot whose |a| stays this close to 1 g takes no step (standing: below 0.1 g)."""


@dataclass(frozen=True)
class NodePart:
    """What one node contributes to a take."""

    facts: NodeFacts
    strides: dict[str, Any]
    samples: RawSamples | None
    gaps: list[Gap]
    alarms: list[Alarm]
    settled: bool
    """Nothing more can come: the reel is finished and all that flash held is in the library."""


def take_tables(library: Library, take: Take) -> TakeData:
    """Collect a take from its reels for the analysis.

    Args:
        library: where the reels are.
        take: the take; one that still runs is taken up to now and is provisional.
    """
    end_us = take.end_us if take.end_us is not None else now_us()
    span = (take.start_us, end_us)
    worn: dict[str, list[NodePart]] = {}
    for member in take.cast:
        tags = [_node_part(library, take, member.runner, node, span) for node in member.nodes]
        worn.setdefault(member.runner, []).extend(tags)
    parts = [part for tags in worn.values() for part in tags]
    strides = {name: _join_strides(tags) for name, tags in worn.items()}
    alarms = [alarm for part in parts for alarm in part.alarms]
    collected = TakeData(
        take=take.name,
        lead=take.lead,
        cast=[member.runner for member in take.cast],
        start_us=take.start_us,
        end_us=end_us,
        strides=strides,
        coverage={name: intervals.merge(i for tag in tags for i in tag.facts.coverage) for name, tags in worn.items()},
        samples={name: [tag.samples for tag in tags if tag.samples is not None] for name, tags in worn.items()},
        nodes=[part.facts for part in parts],
        gaps=[gap for part in parts for gap in part.gaps],
        uncertainty_us_p95=between_nodes([part.facts.uncertainty_us_p95 for part in parts]),
        provisional=take.end_us is None or not all(part.settled for part in parts),
        start_utc=take.start_utc,
        zone=take.zone,
        status=take.status,
        alarms=sorted([*alarms, *host_limps(strides, take.start_us)], key=lambda alarm: alarm.t_us),
        shots=shots_of(library, take),
        permits=take_permits(library, take),
        marks=earlier_marks(library, take),
    )
    return complete(collected)


def between_nodes(single_us: list[float]) -> float:
    """State the p95 of the difference of two nodes' times: of the two worst nodes."""
    worst = sorted(single_us)[-2:]
    return math.hypot(*worst)


def _node_part(library: Library, take: Take, runner: str, node: CastNode, span: Interval) -> NodePart:
    if not library.has_reel(node.uid, node.reel_id):
        return _nothing(runner, node, span, Ledger(node.uid, node.reel_id), "not drained yet")
    store = library.reel(node.uid, node.reel_id)
    ledger = store.ledger()
    reel = Reel.load(store)
    if len(reel.sample_rows) == 0:
        why = "no samples in the reel" if ledger.finished else "not drained yet"
        return _nothing(runner, node, span, ledger, why)
    try:
        time = node_time(reel, store.clock(), take, crystal_of(store))
    except RunslateError as error:
        return _nothing(runner, node, span, ledger, error.what)
    events, tail_tick = merged_events(reel, store.events())
    coverage = intervals.intersect([_on_line(time, pair) for pair in _trusted(reel, ledger, tail_tick)], [span])
    samples = raw_samples(reel, time, span, node.foot, factor_of(library, runner))
    first, last = reel.page_ticks[[0, 1], [0, -1]]
    inside = pages_inside(reel, time, span)
    missing = _missing(ledger, reel.head["index"][inside])
    return NodePart(
        facts=replace(
            _facts(runner, node, ledger, reel),
            pages=inside.size,
            pages_missing=missing,
            rate_hz=_rate_hz(reel, time),
            uncertainty_us_p95=time.uncertainty_us([first, last]),
            coverage=coverage,
        ),
        strides=told_strides(events, time, node, span),
        samples=samples,
        gaps=_gaps(runner, node, coverage, span, ledger, missing, int(time.to_host(first))),
        alarms=told_alarms(events, time, runner, node, span),
        settled=ledger.settled,
    )


def _missing(ledger: Ledger, inside: NDArray[np.uint32]) -> int:
    """Count the missing pages between those of a take, holes at its edges included."""
    if not inside.size:
        return 0
    before, behind = int(inside.min()) - 1, int(inside.max()) + 1
    return sum(hole.last - hole.first + 1 for hole in ledger.missing if hole.last >= before and hole.first <= behind)


def _on_line(time: NodeTime, ticks: tuple[int, int]) -> Interval:
    start, end = time.to_host(ticks).tolist()
    return start, end


def _facts(runner: str, node: CastNode, ledger: Ledger, reel: Reel) -> NodeFacts:
    return NodeFacts(
        uid=node.uid,
        runner=runner,
        foot=node.foot,
        name=str(ledger.node.get("name", "")),
        reel=f"{node.reel_id:08x}",
        pages_bad=ledger.torn,
        overruns=reel.end.overruns if reel.end else 0,
        closed=REASONS.get(ledger.reason, "unknown"),
        imu=reel.start.imu if reel.start else "",
        firmware=reel.start.firmware if reel.start else "",
    )


def _nothing(runner: str, node: CastNode, span: Interval, ledger: Ledger, why: str) -> NodePart:
    facts = NodeFacts(node.uid, runner, node.foot, reel=f"{node.reel_id:08x}", closed=why)
    gap = Gap(runner, node.uid, span[0], span[1], 0, why)
    return NodePart(facts, {}, None, [gap], [], ledger.finished)


def _rate_hz(reel: Reel, time: NodeTime) -> float:
    period = float(np.median(reel.head["period"][reel.sample_rows]))
    return 1e6 / (period * time.ticks.us_per_tick * time.clock.rate)


def _trusted(reel: Reel, ledger: Ledger, tail_tick: int | None) -> list[tuple[int, int]]:
    """Cover only what strides were told for.

    In an unclosed reel the events of the last seconds may be lost though their samples are not:
    from the first motion after the last event on, "no stride" would be a guess.
    """
    covered = reel.covered_ticks()
    if ledger.closed or reel.end is not None:
        return covered
    limit = _first_motion(reel, tail_tick if tail_tick is not None else -1)
    if limit is None:
        return covered
    return [(start, min(end, limit)) for start, end in covered if start < limit]


def _first_motion(reel: Reel, after: int) -> int | None:
    """Give the tick of the first sample behind `after` at which the shoe moves; None where it never does."""
    _, last = reel.page_ticks
    for part in reel.parts(reel.sample_rows[last > after]):
        still = np.abs(np.linalg.norm(reel.accel_g(part), axis=1) - 1.0) <= STILL_G
        moving = (part.ticks > after) & ~still
        if moving.any():
            return int(part.ticks[np.argmax(moving)])
    return None


def _join_strides(parts: Iterable[NodePart]) -> StrideTable:
    filled = [part.strides for part in parts if part.strides]
    if not filled:
        return stride_table()
    return stride_table(**{name: np.concatenate([c[name] for c in filled]) for name in filled[0]})


def _gaps(
    runner: str,
    node: CastNode,
    coverage: list[Interval],
    span: Interval,
    ledger: Ledger,
    missing_pages: int,
    began_us: int,
) -> list[Gap]:
    """Say where the take isn't covered by this node, and why; `began_us` is the reel's first sample."""
    gaps, at = [], span[0]
    ended = REASONS.get(ledger.reason, "unknown") if ledger.closed else LOST_POWER
    for start, end in [*coverage, (span[1], span[1])]:
        if start - at > SHORTEST_GAP_US:
            last = start == span[1]
            inner = "pages missing" if missing_pages else "samples lost before they were stored"
            reason = f"the reel ended: {ended}" if last else inner
            if at == span[0] and (not last or began_us >= span[1]):
                reason = "the reel began later"
            gaps.append(Gap(runner, node.uid, at, start, 0 if last else missing_pages, reason))
        at = max(at, end)
    return gaps
