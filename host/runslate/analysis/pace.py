"""Pace of one runner in a take: top and held, splits and surges, by speed where it is known, else by cadence.

Cadence alone is no speed: a runner who lengthens the stride is faster at the same cadence. So every number
says which of the two it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.bouts import Bout
from runslate.analysis.intensity import IntensityCurve
from runslate.analysis.intervals import Interval
from runslate.analysis.movement import TagMovement
from runslate.analysis.tables import StrideTable

FloatArray = NDArray[np.float64]
Basis = Literal["speed", "cadence"]

UNITS: dict[Basis, str] = {"speed": "m/s", "cadence": "steps/min"}

TOP_STRIDES = 3
"""Top pace is the best median of this many strides of one foot in a row: one wrong stride is no top."""

HELD_US = 10_000_000
"""Held pace is the best mean over this long an unbroken run."""

MIN_FILL = 0.8
"""Of the strides that such a stretch must have told; fewer, and the pace in it is a guess."""

SPLITS = 4
"""Parts of equal length that the running time is cut into."""

SURGE = 1.2
"""A surge is at least this much above the runner's own median intensity ..."""

SURGE_S = 3
"""... for at least so many seconds."""


@dataclass(frozen=True)
class Split:
    """One part of a runner's running time."""

    start_us: int
    end_us: int
    pace: float
    """Median; NaN without strides."""
    intensity_g: float


@dataclass(frozen=True)
class Surge:
    """A stretch harder than the rest of the same run."""

    start_us: int
    end_us: int
    peak_g: float


@dataclass(frozen=True)
class Pace:
    """Pace of one runner in a take."""

    basis: Basis
    t_us: NDArray[np.int64]
    """Middle of each running stride."""
    value: FloatArray
    """In UNITS[basis]; NaN where a stride has no length."""
    cadence_spm: FloatArray
    """Of the same strides, steps per minute."""
    lengths_m: FloatArray | None
    """Of all strides of the runner, NaN where unknown; None where none was measured."""
    top: float
    held: float
    held_at_us: int
    """Where the best held stretch begins; -1 without one."""
    longest_run_us: int
    splits: tuple[Split, ...]
    surges: tuple[Surge, ...]

    @property
    def unit(self) -> str:
        """Of pace, top and held."""
        return UNITS[self.basis]


def pace(
    strides: StrideTable, bouts: Sequence[Bout], curve: IntensityCurve, lengths_m: FloatArray | None = None
) -> Pace:
    """Measure the pace of one runner.

    Args:
        strides: all strides of the runner.
        bouts: the runner's unbroken runs.
        curve: intensity, once per second.
        lengths_m: of the same strides, NaN where unknown; None where nobody measured them.
    """
    run = strides.where(strides.running)
    lengths = None if lengths_m is None else lengths_m[strides.running]
    known = lengths is not None and bool(np.isfinite(lengths).any())
    basis: Basis = "speed" if known else "cadence"
    cadence = 120_000 / run.duration_ms
    value = lengths / (run.duration_ms / 1000) if known and lengths is not None else cadence
    at = (run.ic_us + run.end_us) // 2
    held, held_at = _held(at, value, run, bouts)
    stretches = [bout.interval for bout in bouts]
    return Pace(
        basis, at, value, cadence, lengths_m if known else None, _top(value, run), held, held_at,
        max((end - start for start, end in stretches), default=0),
        _splits(at, value, curve, stretches), surges(curve, stretches),
    )  # fmt: skip


def told_lengths_m(strides: StrideTable, moved: Sequence[TagMovement]) -> FloatArray:
    """Return the length of each stride of a runner as the samples say it, NaN where they do not.

    Args:
        strides: all strides of the runner.
        moved: what the samples of the runner's tags say, in order of time.
    """
    found = np.full(len(strides), np.nan)
    for uid in {movement.uid for movement in moved}:
        rows = np.flatnonzero(strides.running & (strides.uid == uid))
        told = np.concatenate([m.length_m for m in moved if m.uid == uid])
        if told.size == rows.size:  # strides outside every reel's samples have no length, and no known place
            found[rows] = told
    return found


def surges(curve: IntensityCurve, running: Sequence[Interval]) -> tuple[Surge, ...]:
    """Find the stretches of a run that are harder than its own median."""
    inside = np.zeros(curve.t_us.size, dtype=np.bool_)
    for start, end in running:
        inside |= (curve.t_us >= start) & (curve.t_us < end)
    inside &= np.isfinite(curve.value_g)
    if inside.sum() < 2 * SURGE_S:
        return ()
    hard = inside & (np.where(inside, curve.value_g, 0) >= SURGE * float(np.median(curve.value_g[inside])))
    edges = np.flatnonzero(np.diff(hard.astype(np.int8), prepend=0, append=0))
    return tuple(
        Surge(int(curve.t_us[a]), int(curve.t_us[b - 1]), float(curve.value_g[a:b].max()))
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if b - a >= SURGE_S
    )


def best_median(value: FloatArray) -> float | None:
    """Return the best median of TOP_STRIDES strides of one foot in a row; strides without a value are left out.

    Args:
        value: in order of time, NaN where unknown.

    Returns:
        None where too few are known.
    """
    known = value[np.isfinite(value)]
    if known.size < TOP_STRIDES:
        return None
    return float(np.median(np.lib.stride_tricks.sliding_window_view(known, TOP_STRIDES), axis=1).max())


def _top(value: FloatArray, run: StrideTable) -> float:
    """The better foot's best; NaN where neither has one."""
    feet = [best_median(value[run.uid == uid]) for uid in np.unique(run.uid)]
    return max((best for best in feet if best is not None), default=float("nan"))


def _held(at: NDArray[np.int64], value: FloatArray, run: StrideTable, bouts: Sequence[Bout]) -> tuple[float, int]:
    """Best mean over an unbroken stretch of HELD_US, and where it begins."""
    best, where = float("nan"), -1
    if not len(run):
        return best, where
    usual = HELD_US / (float(np.median(run.duration_ms)) * 1000) * np.unique(run.uid).size
    good = np.isfinite(value)
    at, value = at[good], value[good]
    sums = np.concatenate([[0.0], np.cumsum(value)])
    for bout in bouts:
        starts = at[(at >= bout.start_us) & (at + HELD_US <= bout.end_us)]
        first, behind = np.searchsorted(at, starts), np.searchsorted(at, starts + HELD_US)
        full = behind - first >= MIN_FILL * usual
        if full.any():
            mean = np.where(full, (sums[behind] - sums[first]) / np.maximum(behind - first, 1), -np.inf)
            row = int(np.argmax(mean))
            if not mean[row] <= best:
                best, where = float(mean[row]), int(starts[row])
    return best, where


def _splits(
    at: NDArray[np.int64], value: FloatArray, curve: IntensityCurve, running: Sequence[Interval]
) -> tuple[Split, ...]:
    """Cut the time from the first to the last running contact into equal parts."""
    if not running:
        return ()
    edges = np.linspace(running[0][0], running[-1][1], SPLITS + 1).astype(np.int64)
    parts = []
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        inside = value[(at >= start) & (at < end) & np.isfinite(value)]
        hard = curve.value_g[(curve.t_us >= start) & (curve.t_us < end) & np.isfinite(curve.value_g)]
        parts.append(Split(start, end, _median(inside), _median(hard)))
    return tuple(parts)


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if values.size else float("nan")


def paces(
    strides: Mapping[str, StrideTable],
    bouts: Mapping[str, Sequence[Bout]],
    curves: Mapping[str, IntensityCurve],
    moved: Sequence[TagMovement],
) -> dict[str, Pace]:
    """Measure the pace of everybody, by runner."""
    return {
        name: pace(table, bouts[name], curves[name], told_lengths_m(table, [m for m in moved if m.runner == name]))
        for name, table in strides.items()
    }
