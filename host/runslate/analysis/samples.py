"""Samples of a node, read stretch by stretch: numbers made of them never fill the memory, however long the take.

Times are int64 microseconds of the common line, as everywhere in the analysis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.intervals import Interval

HOLE_US = 100_000
"""Samples further apart are two stretches."""

WINDOW_US = 300_000_000
"""Read at once. Less, and more is read twice where windows overlap; more, and only memory grows."""


@dataclass(frozen=True)
class SampleTable:
    """Samples of one node on the common time line, as recorded."""

    uid: str
    foot: str
    t_us: NDArray[np.int64]
    """Time of each sample, ascending; a gap of the reel is a gap here."""
    accel_g: NDArray[np.float32]
    """Shape (n, 3), in g, sensor axes."""
    gyro_dps: NDArray[np.float32] | None = None
    """Shape (n, 3), degrees per second; None where no gyroscope was recorded."""
    length_factor: float = 1.0
    """The runner's own, by which measured lengths are multiplied."""

    @property
    def has_gyro(self) -> bool:
        """Whether a gyroscope was recorded."""
        return self.gyro_dps is not None

    @cached_property
    def stretches(self) -> list[Interval]:
        """From the first to the last sample of each stretch without a hole."""
        return unbroken(self.t_us)

    def between(self, start_us: int, end_us: int) -> SampleTable:
        """Return the samples of a stretch."""
        first, last = np.searchsorted(self.t_us, (start_us, end_us))
        gyro = None if self.gyro_dps is None else self.gyro_dps[first:last]
        return replace(self, t_us=self.t_us[first:last], accel_g=self.accel_g[first:last], gyro_dps=gyro)

    def moved(self, uid: str, by_us: int) -> Self:
        """Return the same samples under another tag's name and that much later."""
        return replace(self, uid=uid, t_us=self.t_us + by_us)


class Recording(Protocol):
    """All samples of one node and reel in a take: a table, or raw ones that are scaled where they are read."""

    @property
    def uid(self) -> str: ...
    @property
    def foot(self) -> str: ...
    @property
    def length_factor(self) -> float: ...
    @property
    def has_gyro(self) -> bool: ...
    @property
    def stretches(self) -> list[Interval]: ...
    def between(self, start_us: int, end_us: int) -> SampleTable: ...
    def moved(self, uid: str, by_us: int) -> Self: ...


def unbroken(t_us: NDArray[np.int64]) -> list[Interval]:
    """Return the first and the last sample of each stretch of ascending times (n,) without a hole."""
    if not t_us.size:
        return []
    cuts = np.flatnonzero(np.diff(t_us) > HOLE_US)
    starts, ends = t_us[np.r_[0, cuts + 1]], t_us[np.r_[cuts, t_us.size - 1]]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def windows(
    recording: Recording, margin_us: int = 0, stretches: Sequence[Interval] | None = None
) -> Iterator[tuple[Interval, SampleTable]]:
    """Go through a recording, or through some stretches of it.

    Args:
        recording: what to read.
        margin_us: read with each window on both sides.
        stretches: sorted and disjoint; None: from the first to the last sample.

    Returns:
        windows that follow one another, each with its samples and those of its margins; empty ones are left out.
    """
    if stretches is None:
        known = recording.stretches
        stretches = [(known[0][0], known[-1][1] + 1)] if known else []
    for first, behind in stretches:
        for start in range(first, behind, WINDOW_US):
            end = min(start + WINDOW_US, behind)
            part = recording.between(start - margin_us, end + margin_us)
            if part.t_us.size:
                yield (start, end), part
