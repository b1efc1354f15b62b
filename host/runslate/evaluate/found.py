"""What a detector found in one recording, in seconds of the recording."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from runslate_protocol.events import EventFlag, EventKind

from runslate.evaluate.onvm import RECORD_BYTES

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LONGEST_STRIDE_S = 2.5
"""Two landings of a foot further apart than this are not one stride."""

_RECORD = np.dtype([("kind", "u1"), ("flags", "u1"), ("tick", "<u4"), ("p", "<u2", (5,)), ("told", "<u4")])
assert _RECORD.itemsize == RECORD_BYTES


@dataclass(frozen=True)
class Alarms:
    """Events of one kind of the injury watch: when, when told, level or kind (0 without)."""

    at_s: Floats
    told_s: Floats
    level: NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """What was found, in seconds from the recording's first sample.

    Attributes:
        ic_s, tc_s: initial and terminal contacts (n,), (m,); provisional ones are left out.
        begin_s, duration_s, gct_s: strides (k,): crossing that begins each, length, contact time.
        running: per stride, whether it is labelled running.
        hits, limps, falls: alarms.
        latency_s: from each initial contact to its first announcement.
    """

    ic_s: Floats
    tc_s: Floats
    begin_s: Floats
    duration_s: Floats
    gct_s: Floats
    running: Bools
    hits: Alarms
    limps: Alarms
    falls: Alarms
    latency_s: Floats

    @property
    def end_s(self) -> Floats:
        """Return the contact that closes each stride."""
        return self.begin_s + self.duration_s

    def until(self, end_s: float) -> Found:
        """Return what was found up to an instant: what follows was not recorded."""
        stride = self.end_s <= end_s
        return replace(
            self,
            ic_s=self.ic_s[self.ic_s <= end_s],
            tc_s=self.tc_s[self.tc_s <= end_s],
            begin_s=self.begin_s[stride],
            duration_s=self.duration_s[stride],
            gct_s=self.gct_s[stride],
            running=self.running[stride],
        )


def from_events(data: bytes, tick_hz: float, first_tick: float) -> Found:
    """Read the records that the VM script wrote.

    Args:
        data: records of `RECORD_BYTES`.
        tick_hz: the sensor's true ticks per second.
        first_tick: tick of the recording's first instant.
    """
    events = np.frombuffer(data, _RECORD)
    at = (events["tick"].astype(np.float64) - first_tick) / tick_hz
    told = (events["told"].astype(np.float64) - first_tick) / tick_hz
    final = (events["flags"] & EventFlag.PROVISIONAL) == 0
    stride = events["kind"] == EventKind.STRIDE
    contact = events["kind"] == EventKind.IC

    def alarms(kind: EventKind, place: int) -> Alarms:
        mine = events["kind"] == kind
        level = events["p"][mine, place].astype(np.int64) if place >= 0 else np.zeros(int(mine.sum()), np.int64)
        return Alarms(at[mine], told[mine], level)

    return Found(
        ic_s=np.sort(at[contact & final]),
        tc_s=np.sort(at[(events["kind"] == EventKind.TC) & final]),
        begin_s=at[stride],
        duration_s=events["p"][stride, 0] / tick_hz,
        gct_s=events["p"][stride, 1] / tick_hz,
        running=(events["flags"][stride] & EventFlag.RUNNING).astype(np.bool_),
        hits=alarms(EventKind.HIT, -1),
        limps=alarms(EventKind.LIMP, 3),
        falls=alarms(EventKind.FALL, 3),
        latency_s=(told - at)[contact],
    )


def from_contacts(ic_s: Floats, tc_s: Floats, running: Bools | bool) -> Found:
    """Return what a host's detector found.

    Args:
        ic_s: contacts (n,), ascending.
        tc_s: toe-offs, in any number.
        running: per contact, whether the stride that begins there is running; or for all of them.
    """
    gct = np.array([_first_after(tc_s, t) for t in ic_s]) - ic_s
    label = np.broadcast_to(np.asarray(running, dtype=np.bool_), ic_s.shape)
    duration = np.diff(ic_s)
    stride = duration < LONGEST_STRIDE_S
    none = Alarms(np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
    return Found(
        ic_s=ic_s,
        tc_s=tc_s[np.isfinite(tc_s)],
        begin_s=ic_s[:-1][stride],
        duration_s=duration[stride],
        gct_s=gct[:-1][stride],
        running=label[:-1][stride],
        hits=none,
        limps=none,
        falls=none,
        latency_s=np.zeros(0),
    )


def _first_after(times: Floats, t: float) -> float:
    later = times[times > t]
    return float(later.min()) if later.size else np.nan
