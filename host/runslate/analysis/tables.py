"""The tables that the analysis reads: one take, on one common time line, in arrays.

Times are int64 microseconds of the host's monotonic clock (the common line of all nodes).
Intervals are half-open pairs (start_us, end_us), sorted and disjoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.intervals import Interval
from runslate.analysis.samples import Recording
from runslate.bar.mark import Mark

UNKNOWN_US = -1
"""Stands in a time column where the instant was not measured."""


@dataclass(frozen=True)
class StrideTable:
    """One row per stride of one runner, both feet together, sorted by `ic_us`.

    A stride runs from one initial contact of a foot to the next one of the same foot.
    """

    foot: NDArray[np.str_]
    """"left" or "right"; "" where the tag was not paired to a foot."""
    uid: NDArray[np.str_]
    """The node that measured the row."""
    ic_us: NDArray[np.int64]
    """Initial contact that begins the stride (zero crossing of pitch rate)."""
    ic_contact_us: NDArray[np.int64]
    """The physical instant of that contact (jerk), or UNKNOWN_US."""
    tc_us: NDArray[np.int64]
    """Terminal contact (toe-off)."""
    duration_ms: NDArray[np.float64]
    gct_ms: NDArray[np.float64]
    """0 where the contact's end is not known: a tag without a gyroscope."""
    swing_ms: NDArray[np.float64]
    peak_g: NDArray[np.float64]
    swing_peak_dps: NDArray[np.float64]
    running: NDArray[np.bool_]
    clipped: NDArray[np.bool_]
    """The accelerometer or the gyro was at the end of its range."""
    revised: NDArray[np.bool_]
    """The running label was back-filled."""
    reference: NDArray[np.bool_]
    """Told by the host's second opinion from the samples, because the tag's own events are lost."""

    def __len__(self) -> int:
        return int(self.ic_us.size)

    def contacts(self) -> Self:
        """Return the strides whose ground contact is known."""
        return self.where(np.asarray(self.gct_ms > 0))

    def where(self, mask: NDArray[np.bool_]) -> Self:
        """Return the rows where `mask` (one bool per row) is true."""
        return type(self)(*(getattr(self, column.name)[mask] for column in fields(self)))

    @property
    def end_us(self) -> NDArray[np.int64]:
        """The initial contact that ends each stride, int64 microseconds."""
        return self.ic_us + np.rint(self.duration_ms * 1000).astype(np.int64)


STRIDE_TYPES: dict[str, type[np.generic]] = {
    "foot": np.str_,
    "uid": np.str_,
    "ic_us": np.int64,
    "ic_contact_us": np.int64,
    "tc_us": np.int64,
    "duration_ms": np.float64,
    "gct_ms": np.float64,
    "swing_ms": np.float64,
    "peak_g": np.float64,
    "swing_peak_dps": np.float64,
    "running": np.bool_,
    "clipped": np.bool_,
    "revised": np.bool_,
    "reference": np.bool_,
}
"""NumPy type of each column of a StrideTable."""


def stride_table(**columns: object) -> StrideTable:
    """Build a StrideTable from columns in any order of rows; missing columns become zeros.

    Args:
        columns: sequences of equal length, named as the fields of StrideTable.
    """
    rows = max((len(np.atleast_1d(np.asarray(c))) for c in columns.values()), default=0)
    arrays = {
        name: np.asarray(columns[name], dtype=kind) if name in columns else np.zeros(rows, kind)
        for name, kind in STRIDE_TYPES.items()
    }
    order = np.argsort(arrays["ic_us"], kind="stable")
    return StrideTable(**{name: array[order] for name, array in arrays.items()})


@dataclass(frozen=True)
class NodeFacts:
    """What became of one node's recording in this take."""

    uid: str
    runner: str
    foot: str
    name: str = ""
    reel: str = ""
    pages: int = 0
    """Pages of the reel that touch the take and are in the library."""
    pages_missing: int = 0
    pages_bad: int = 0
    """Pages that came but failed their CRC for good."""
    overruns: int = 0
    closed: str = ""
    """Why the reel ended: "stopped", "full", "low battery", "unclosed", ..."""
    imu: str = ""
    firmware: str = ""
    rate_hz: float = 0.0
    """Measured sample rate on the common time line."""
    uncertainty_us_p95: float = 0.0
    """Of this node's times against the common line, 95 of 100 within this."""
    coverage: list[Interval] = field(default_factory=list)


@dataclass(frozen=True)
class Gap:
    """A stretch inside the take that a node's reel does not cover, and why."""

    runner: str
    uid: str
    start_us: int
    end_us: int
    pages: int
    """Pages missing; 0 where the reel had simply ended."""
    reason: str


@dataclass(frozen=True)
class Alarm:
    """A HIT, LIMP or FALL that a tag told of, or a finding of the host that weighs the same."""

    runner: str
    uid: str
    foot: str
    reel: str
    kind: str
    """"hit", "limp" or "fall"."""
    t_us: int
    tick: int
    """Sensor ticks since the reel's start: with the reel it names the event for ever."""
    numbers: dict[str, int] = field(default_factory=dict)
    """The event's parameters by name, as on the wire."""
    source: str = "tag"


@dataclass(frozen=True)
class Shot:
    """A stretch of a shot log: who is in the picture."""

    start_us: int
    end_us: int
    runners: tuple[str, ...]


@dataclass(frozen=True)
class Permit:
    """Where a runner's permission to run with the lead stands when the take begins."""

    runner: str
    state: str
    """"granted", "refused", "asked", "revoked" or "never asked"."""
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class TakeData:
    """One take, ready for analysis."""

    take: str
    lead: str
    cast: list[str]
    """Everybody declared to run, the lead included."""
    start_us: int
    end_us: int
    strides: dict[str, StrideTable]
    """By runner; a runner without strides has an empty table."""
    coverage: dict[str, list[Interval]]
    """By runner: where at least one of the runner's nodes recorded, cut to the take."""
    samples: Mapping[str, Sequence[Recording]] = field(default_factory=dict)
    """By runner: one per node and reel."""
    nodes: list[NodeFacts] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    uncertainty_us_p95: float = 0.0
    """Between any two nodes, 95 of 100 within this."""
    provisional: bool = True
    """False once everything was drained and verified."""
    start_utc: str = ""
    """ISO 8601 UTC of start_us."""
    zone: str = ""
    """IANA name or offset of the set's zone."""
    status: str = ""
    alarms: list[Alarm] = field(default_factory=list)
    shots: list[Shot] | None = None
    """None: there is no shot log, so nobody knows who was in the picture."""
    permits: dict[str, Permit] | None = None
    """By runner; None: the library keeps no clearances for this lead."""
    marks: list[Mark] = field(default_factory=list)
    """Results of earlier takes, on file: what this one is ranked against."""
