"""A reel decoded: samples, events, time anchors and coverage, all in sensor ticks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from runslate_protocol.page import EndFacts, StartFacts

from runslate import pages
from runslate.clockfit import WRAP_US, TickMap, fit_ticks
from runslate.pages import Samples
from runslate.reelstore import ReelStore

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

ACCEL_MG_PER_LSB = {4: 0.122, 8: 0.244, 16: 0.488, 32: 0.976}
"""LSM6DSO32 data sheet, table 3 (sensitivity by range in g)."""

GYRO_DPS_PER_LSB = {125: 0.004375, 250: 0.00875, 500: 0.0175, 1000: 0.035, 2000: 0.07}
"""LSM6DSO32 data sheet, table 3 (sensitivity by range in degrees per second)."""

PART_PAGES = 512
"""Decoded at once where a reel is read piece by piece."""

EVENT_IC, EVENT_TC, EVENT_STRIDE, EVENT_HIT = 1, 2, 3, 4
EVENT_REEL, EVENT_GAP, EVENT_BATTERY = 7, 8, 9

RUNNING, CLIPPED_ACCEL, CLIPPED_GYRO, REVISED, UNCERTAIN = 1, 2, 4, 8, 16
"""Flags of a STRIDE event."""


@dataclass(frozen=True)
class Reel:
    """One reel's pages with good CRCs, sorted by index.

    `table` (n, 256) bytes, `head` (n,) headers, `events` (m,) records and `sequences` (m,);
    `notes` are sentences about what was ignored.
    """

    uid: str
    reel_id: int
    table: pages.U8
    head: NDArray[np.void]
    start: StartFacts | None
    end: EndFacts | None
    events: NDArray[np.void]
    sequences: I64
    notes: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, store: ReelStore) -> Reel:
        """Decode what a library has of a reel (samples are decoded when asked for)."""
        table, notes = store.good_pages()
        return cls.from_pages(store.uid, store.reel_id, table, notes)

    @classmethod
    def from_pages(cls, uid: str, reel_id: int, table: pages.U8, notes: list[str] | None = None) -> Reel:
        """Make a reel of (n, 256) pages with good CRCs, sorted by index."""
        head = pages.headers(table)
        starts = table[head["kind"] == pages.KIND_START]
        ends = table[head["kind"] == pages.KIND_END]
        events, sequences = pages.decode_events(table[head["kind"] == pages.KIND_EVENTS])
        return cls(
            uid=uid,
            reel_id=reel_id,
            table=table,
            head=head,
            start=pages.parse_start(starts[0].tobytes()) if len(starts) else None,
            end=pages.parse_end(ends[-1].tobytes()) if len(ends) else None,
            events=events,
            sequences=sequences,
            notes=list(notes or []),
        )

    @property
    def boot_id(self) -> int:
        """The node's boot that recorded this reel; 0 for an empty reel."""
        return int(self.head["boot_id"][0]) if len(self.head) else 0

    @property
    def channels(self) -> int:
        """6 with gyroscope, 3 without; found out from the blocks when the start page is lost."""
        if self.start is not None:
            return 6 if self.start.gyro else 3
        return pages.infer_channels(self.table[self.sample_rows])

    @property
    def sample_rows(self) -> NDArray[np.intp]:
        """Rows of the pages that hold samples."""
        return np.nonzero(self.head["kind"] == pages.KIND_SAMPLES)[0]

    @property
    def page_ticks(self) -> I64:
        """Sensor ticks of the first and the last sample of each samples page, (2, pages)."""
        head = self.head[self.sample_rows]
        first = head["tick"].astype(np.int64)
        return np.stack([first, first + np.maximum(head["count"].astype(np.int64) - 1, 0) * head["period"]])

    def samples(self) -> Samples:
        """Decode all samples in index order."""
        return pages.decode_samples(self.table[self.sample_rows], self.channels)

    def parts(self, rows: NDArray[np.intp] | None = None) -> Iterator[Samples]:
        """Decode samples pages, those of these rows or all, some seconds to minutes of them at a time."""
        rows = self.sample_rows if rows is None else rows
        channels = self.channels
        for at in range(0, rows.size, PART_PAGES):
            yield pages.decode_samples(self.table[rows[at : at + PART_PAGES]], channels)

    @property
    def accel_g_per_step(self) -> float:
        """Of the accelerometer's channels; 32 g is assumed without a start page."""
        return ACCEL_MG_PER_LSB[self.start.accel_range_g if self.start is not None else 32] / 1000.0

    @property
    def gyro_dps_per_step(self) -> float:
        """Of the gyroscope's channels; 2000 degrees per second are assumed without a start page."""
        return GYRO_DPS_PER_LSB[self.start.gyro_range_dps if self.start is not None else 2000]

    def accel_g(self, samples: Samples) -> F64:
        """Scale the accelerometer's channels to g, (n, 3)."""
        return samples.values[:, :3].astype(np.float64) * self.accel_g_per_step

    def gyro_dps(self, samples: Samples) -> F64 | None:
        """Scale the gyroscope's channels to degrees per second, (n, 3); None without gyroscope."""
        if samples.values.shape[1] == 3:
            return None
        return samples.values[:, 3:].astype(np.float64) * self.gyro_dps_per_step

    def anchors(self) -> tuple[I64, I64]:
        """Sensor ticks and board microseconds of the pages' time anchors."""
        ticks = self.head["anchor_tick"].astype(np.int64)
        wraps = self.head["anchor_wraps"].astype(np.int64)
        return ticks, wraps * WRAP_US + self.head["anchor_us"].astype(np.int64)

    def tick_map(self) -> TickMap:
        """Regress board time over sensor ticks from the anchors."""
        return fit_ticks(*self.anchors())

    def covered_ticks(self) -> list[tuple[int, int]]:
        """Intervals of sensor time that unbroken samples pages cover, ends exclusive.

        A page index missing between two pages, or a page flagged with lost samples, ends one.
        """
        head = self.head[self.sample_rows]
        if len(head) == 0:
            return []
        first = head["tick"].astype(np.int64)
        period = head["period"].astype(np.int64)
        end = first + head["count"].astype(np.int64) * period
        broken = np.abs(first[1:] - end[:-1]) > period[1:]
        broken |= (head["flags"][1:] & pages.FLAG_LOST_BEFORE) != 0
        cuts = np.nonzero(broken)[0] + 1
        starts, stops = np.r_[0, cuts], np.r_[cuts, len(head)] - 1
        return [(int(first[a]), int(end[b])) for a, b in zip(starts, stops, strict=True)]

    @property
    def page_ms(self) -> float:
        """How long a samples page lasts in the mean, in milliseconds of sensor time."""
        head = self.head[self.sample_rows]
        if len(head) == 0:
            return 0.0
        return float((head["count"].astype(float) * head["period"]).mean()) * 0.025
