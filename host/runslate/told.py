"""What a tag told of itself: its events in a take, as strides and alarms on the common time line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from runslate_protocol.events import PARAMETERS, EventFlag, EventKind

from runslate import reel as reels
from runslate.analysis.instants import nearest
from runslate.analysis.intervals import Interval
from runslate.analysis.tables import UNKNOWN_US, Alarm
from runslate.clockfit import I64
from runslate.nodetime import NodeTime
from runslate.pages import EVENT
from runslate.reel import Reel
from runslate.take import CastNode

CONTACT_S = 0.15
"""How far the jerk instant of a contact lies from the zero crossing of the same contact at most."""

ALARMS = {EventKind.HIT: "hit", EventKind.LIMP: "limp", EventKind.FALL: "fall"}
"""Events that somebody has to look at."""


def merged_events(reel: Reel, live: Iterable[dict[str, Any]]) -> tuple[NDArray[np.void], int | None]:
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


def told_strides(events: NDArray[np.void], time: NodeTime, node: CastNode, span: Interval) -> dict[str, Any]:
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


def told_alarms(events: NDArray[np.void], time: NodeTime, runner: str, node: CastNode, span: Interval) -> list[Alarm]:
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
