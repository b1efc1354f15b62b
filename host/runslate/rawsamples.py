"""A reel's samples in a take, kept as the sensor gave them and scaled where they are read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.intervals import Interval
from runslate.analysis.samples import SampleTable, unbroken
from runslate.clockfit import I64
from runslate.nodetime import NodeTime
from runslate.reel import Reel

TIMED = 1 << 18
"""Samples whose times are worked out at once: 2 MB."""


@dataclass(frozen=True)
class RawSamples:
    """A `Recording` of the analysis: 20 bytes a sample, half a megabyte a minute at 417 Hz."""

    uid: str
    foot: str
    t_us: I64
    """(n,) on the common line, ascending."""
    values: NDArray[np.int16]
    """(n, 6), or (n, 3) without gyroscope."""
    accel_scale: float
    """g of one step."""
    gyro_scale: float
    """Degrees per second of one step."""
    length_factor: float = 1.0

    @property
    def has_gyro(self) -> bool:
        """Whether a gyroscope was recorded."""
        return bool(self.values.shape[1] > 3)

    @cached_property
    def stretches(self) -> list[Interval]:
        """From the first to the last sample of each stretch without a hole."""
        return unbroken(self.t_us)

    def between(self, start_us: int, end_us: int) -> SampleTable:
        """Scale the samples of a stretch."""
        first, last = np.searchsorted(self.t_us, (start_us, end_us))
        accel, gyro = self.values[first:last, :3], self.values[first:last, 3:]
        return SampleTable(
            self.uid,
            self.foot,
            self.t_us[first:last],
            (accel * self.accel_scale).astype(np.float32),
            (gyro * self.gyro_scale).astype(np.float32) if self.has_gyro else None,
            self.length_factor,
        )

    def moved(self, uid: str, by_us: int) -> Self:
        """Return the same samples under another tag's name and that much later."""
        return replace(self, uid=uid, t_us=self.t_us + by_us)


def raw_samples(reel: Reel, time: NodeTime, span: Interval, foot: str, length_factor: float) -> RawSamples:
    """Unpack what a reel holds of a take, piece by piece."""
    rows, ends = pages_inside(reel, time, span), reel.page_ticks[[0, 1], [0, -1]]
    room = int(reel.head["count"][rows].sum(dtype=np.int64))
    t_us, values = np.empty(room, np.int64), np.empty((room, reel.channels), np.int16)
    count = 0
    for part in reel.parts(rows):
        behind = count + part.ticks.size
        t_us[count:behind], values[count:behind] = part.ticks, part.values
        count = behind
    for at in range(0, count, TIMED):
        piece = t_us[at : min(at + TIMED, count)]
        # With the reel's ends among them, a tick's time does not depend on the piece that it lies in.
        piece[:] = time.to_host(np.concatenate([ends, piece]))[2:]
    first, last = np.searchsorted(t_us[:count], span)
    scales = reel.accel_g_per_step, reel.gyro_dps_per_step
    return RawSamples(reel.uid, foot, t_us[first:last], values[first:last], *scales, length_factor)


def pages_inside(reel: Reel, time: NodeTime, span: Interval) -> NDArray[np.intp]:
    """Rows of the reel's pages that hold samples of a take."""
    first_us, last_us = time.to_host(reel.page_ticks)
    return np.asarray(reel.sample_rows[(last_us >= span[0]) & (first_us < span[1])])
