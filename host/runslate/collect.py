"""From a take's reels to the analysis's tables: one common time line, strides, coverage, gaps."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from runslate_protocol.events import PARAMETERS, EventFlag, EventKind

from runslate import reel as reels
from runslate.analysis import intervals
from runslate.analysis.instants import I64, nearest
from runslate.analysis.tables import (
    UNKNOWN_US,
    Alarm,
    Gap,
    Interval,
    NodeFacts,
    SampleTable,
    StrideTable,
    TakeData,
    stride_table,
)
from runslate.analysis.untold import complete
from runslate.bar.shelf import earlier_marks
from runslate.clearance.log import take_permits
from runslate.clockfit import TickMap
from runslate.clocks.compensated import CompensatedFit
from runslate.clocks.crystal import Crystal
from runslate.clocks.history import crystal_of, reel_clock
from runslate.errors import RunslateError
from runslate.hostclock import now_us
from runslate.incidents.hostlimps import host_limps
from runslate.ledger import LOST_POWER, REASONS, Ledger
from runslate.library import Library
from runslate.pages import EVENT, Samples
from runslate.personal import factor_of
from runslate.reel import Reel
from runslate.shots.store import shots_of
from runslate.take import CastNode, Take

CONTACT_S = 0.15
"""How far the jerk instant of a contact lies from the zero crossing of the same contact at most."""

MOMENTS = 60
"""Looked at for the worst moment of a clock: with no cable it lies in the middle."""

SHORTEST_GAP_US = 20_000
"""Holes below are the sampling itself: eight samples at 417 Hz."""

ALARMS = {EventKind.HIT: "hit", EventKind.LIMP: "limp", EventKind.FALL: "fall"}
"""Events that somebody has to look at."""

STILL_G = 0.3
"""A foot whose |a| stays this close to 1 g takes no step (standing: below 0.1 g)."""


@dataclass(frozen=True)
class NodeTime:
    """One reel's way from sensor ticks to the common time line."""

    ticks: TickMap
    clock: CompensatedFit

    def to_host(self, ticks: ArrayLike) -> I64:
        """Turn sensor ticks into host monotonic microseconds."""
        return self.clock.to_host(self.ticks.to_board(ticks))

    def uncertainty_us(self, ticks: ArrayLike) -> float:
        """State the p95 error at the worst moment between the first and the last of these ticks."""
        board = self.ticks.to_board(np.linspace(np.min(ticks), np.max(ticks), MOMENTS))
        return float(self.clock.uncertainty_us(board).max()) + self.ticks.residual_p95_us


@dataclass(frozen=True)
class NodePart:
    """What one node contributes to a take."""

    facts: NodeFacts
    strides: dict[str, Any]
    samples: SampleTable | None
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
    parts = [
        (member.runner, _node_part(library, take, member.runner, node, span))
        for member in take.cast
        for node in member.nodes
    ]
    cast = [member.runner for member in take.cast]
    strides = {name: _join_strides(p for runner, p in parts if runner == name) for name in cast}
    alarms = [alarm for _, part in parts for alarm in part.alarms]
    collected = TakeData(
        take=take.name,
        lead=take.lead,
        cast=cast,
        start_us=take.start_us,
        end_us=end_us,
        strides=strides,
        coverage={
            name: intervals.merge(i for runner, p in parts if runner == name for i in p.facts.coverage) for name in cast
        },
        samples={name: [p.samples for runner, p in parts if runner == name and p.samples is not None] for name in cast},
        nodes=[part.facts for _, part in parts],
        gaps=[gap for _, part in parts for gap in part.gaps],
        uncertainty_us_p95=between_nodes([p.facts.uncertainty_us_p95 for _, p in parts]),
        provisional=take.end_us is None or not all(part.settled for _, part in parts),
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


def node_time(reel: Reel, clock: list[dict[str, Any]], take: Take, crystal: Crystal | None = None) -> NodeTime:
    """Fit a reel's clocks.

    Args:
        reel: pages with time anchors.
        clock: clock samples of any boot of node and computer.
        take: says which boot of this computer its times belong to.
        crystal: what is known of the board's crystal; None: any.

    Raises:
        RunslateError: no clock sample of the reel's boot, or too few anchors.
    """
    mine = [sample for sample in clock if sample["boot_id"] == reel.boot_id]
    here = [sample for sample in mine if sample.get("host_boot", "") == take.host_boot]
    host = [_on_take_line(sample, take) for sample in here or mine]
    return NodeTime(reel.tick_map(), reel_clock(reel, here or mine, host, crystal))


def _on_take_line(sample: dict[str, Any], take: Take) -> int:
    """Give a sample's host time on the take's line; another boot of the laptop goes through UTC."""
    if sample.get("host_boot", "") == take.host_boot:
        return int(sample["host_us"])
    return int(sample["utc_us"]) - take.start_utc_us + take.start_us


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
    samples = reel.samples()
    covered = _trusted(reel, ledger, samples, tail_tick)
    coverage = intervals.intersect([tuple(time.to_host(pair).tolist()) for pair in covered], [span])
    t_us = time.to_host(samples.ticks)
    inside = (t_us >= span[0]) & (t_us < span[1])
    return NodePart(
        facts=replace(
            _facts(runner, node, ledger, reel),
            pages=int(np.unique(samples.page[inside]).size),
            rate_hz=_rate_hz(reel, time),
            uncertainty_us_p95=time.uncertainty_us(samples.ticks[[0, -1]]),
            coverage=coverage,
        ),
        strides=_strides(events, time, node, span),
        samples=_sample_table(node, reel, samples, t_us, inside, factor_of(library, runner)),
        gaps=_gaps(runner, node, coverage, span, ledger, int(t_us[0])),
        alarms=_alarms(events, time, runner, node, span),
        settled=ledger.settled,
    )


def _sample_table(
    node: CastNode, reel: Reel, samples: Samples, t_us: I64, inside: NDArray[np.bool_], factor: float
) -> SampleTable:
    gyro = reel.gyro_dps(samples)
    return SampleTable(
        node.uid,
        node.foot,
        t_us[inside],
        reel.accel_g(samples)[inside].astype(np.float32),
        None if gyro is None else gyro[inside].astype(np.float32),
        factor,
    )


def _facts(runner: str, node: CastNode, ledger: Ledger, reel: Reel) -> NodeFacts:
    return NodeFacts(
        uid=node.uid,
        runner=runner,
        foot=node.foot,
        name=str(ledger.node.get("name", "")),
        reel=f"{node.reel_id:08x}",
        pages_missing=ledger.missing_pages,
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


def merged_events(reel: Reel, live: list[dict[str, Any]]) -> tuple[NDArray[np.void], int | None]:
    """Join the events of a reel's pages with those that arrived live, by sequence number.

    An unclosed reel lacks the events of its last page: what came over the link fills in.

    Returns:
        the events, ascending by sequence, and the tick of the last one (None without events).
    """
    known = dict(zip(reel.sequences.tolist(), reel.events, strict=True))
    for line in live:
        if line["boot_id"] == reel.boot_id and line["sequence"] not in known:
            record = (line["kind"], line["flags"], line["tick"], line["p"])
            known[line["sequence"]] = np.array(record, dtype=EVENT)
    if not known:
        return np.empty(0, EVENT), None
    events = np.array([known[sequence] for sequence in sorted(known)], dtype=EVENT)
    return events, int(events["tick"].max())


def _trusted(reel: Reel, ledger: Ledger, samples: Samples, tail_tick: int | None) -> list[tuple[int, int]]:
    """Cover only what strides were told for.

    In an unclosed reel the events of the last seconds may be lost though their samples are not:
    from the first motion after the last event on, "no stride" would be a guess.
    """
    covered = reel.covered_ticks()
    if ledger.closed or reel.end is not None:
        return covered
    after = samples.ticks > (tail_tick if tail_tick is not None else -1)
    moving = after & (np.abs(np.linalg.norm(reel.accel_g(samples), axis=1) - 1.0) > STILL_G)
    if not moving.any():
        return covered
    limit = int(samples.ticks[np.argmax(moving)])
    return [(start, min(end, limit)) for start, end in covered if start < limit]


def _strides(events: NDArray[np.void], time: NodeTime, node: CastNode, span: Interval) -> dict[str, Any]:
    """Turn STRIDE events into columns of a stride table, cut to the take by their first contact."""
    rows = events[events["kind"] == reels.EVENT_STRIDE]
    rows = rows[np.argsort(rows["tick"], kind="stable")]
    start = rows["tick"].astype(np.int64)
    numbers = rows["p"].astype(np.int64)
    ic_us = time.to_host(start)
    tc_us = time.to_host(start + numbers[:, 1])
    next_us = time.to_host(start + numbers[:, 0])
    inside = (ic_us >= span[0]) & (ic_us < span[1])
    flags = rows["flags"]
    columns: dict[str, Any] = {
        "foot": np.full(len(rows), node.foot),
        "uid": np.full(len(rows), node.uid),
        "ic_us": ic_us,
        "ic_contact_us": _contacts(events, start, time),
        "tc_us": tc_us,
        "duration_ms": (next_us - ic_us) / 1000.0,
        "gct_ms": (tc_us - ic_us) / 1000.0,
        "swing_ms": (next_us - ic_us) / 1000.0 * numbers[:, 2] / np.maximum(1, numbers[:, 0]),
        "peak_g": numbers[:, 3] / 1000.0,
        "swing_peak_dps": numbers[:, 4] / 10.0,
        "running": (flags & reels.RUNNING) != 0,
        "clipped": (flags & (reels.CLIPPED_ACCEL | reels.CLIPPED_GYRO)) != 0,
        "revised": (flags & reels.REVISED) != 0,
    }
    return {name: column[inside] for name, column in columns.items()}


def _alarms(events: NDArray[np.void], time: NodeTime, runner: str, node: CastNode, span: Interval) -> list[Alarm]:
    """Give the hits, limps and falls that a node told of inside the take."""
    found = []
    for kind, word in ALARMS.items():
        rows = events[events["kind"] == kind]
        names = [parameter.name for parameter in PARAMETERS[kind]]
        for row, t_us in zip(rows, time.to_host(rows["tick"]).tolist(), strict=True):
            numbers = dict(zip(names, row["p"].tolist(), strict=False))
            reel = f"{node.reel_id:08x}"
            found.append(Alarm(runner, node.uid, node.foot, reel, word, t_us, int(row["tick"]), numbers))
    return [alarm for alarm in found if span[0] <= alarm.t_us < span[1]]


def _contacts(events: NDArray[np.void], start: I64, time: NodeTime) -> I64:
    """Find for each stride the physical instant of its first contact (nearest final IC event)."""
    final = (events["kind"] == reels.EVENT_IC) & ((events["flags"] & EventFlag.PROVISIONAL) == 0)
    contacts = np.sort(events["tick"][final].astype(np.int64))
    if contacts.size == 0:
        return np.full(start.size, UNKNOWN_US, dtype=np.int64)
    contact = contacts[nearest(start, contacts)]
    close = np.abs(contact - start) * time.ticks.us_per_tick <= CONTACT_S * 1e6
    return np.where(close, time.to_host(contact), UNKNOWN_US)


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
    began_us: int,
) -> list[Gap]:
    """Say where the take isn't covered by this node, and why; `began_us` is the reel's first sample."""
    gaps, at = [], span[0]
    missing_pages = ledger.missing_pages
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
