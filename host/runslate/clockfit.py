"""Sensor ticks -> board microseconds, and which pings can be trusted. Pure functions on arrays.

A sensor's oscillator is off by percents and drifts with temperature, so its rate is always measured
(page anchors). The nominal rate is never used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runslate.errors import RunslateError

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

WRAP_US = 1 << 30
"""MicroPython's ticks_us wraps here; boards count the wraps beside it."""

Z95 = 1.96
"""Half-width of a 95 % interval in standard deviations."""

BLIND_US = 150.0
"""What no round trip can see on the board: half the sensor read that makes an anchor, a poll."""


def lowest_round_trips(at_us: I64, rtt_us: F64, window_us: int = 30_000_000) -> NDArray[np.intp]:
    """Choose, window by window, the quartile of samples with the lowest round trip (indices).

    Delay only ever adds: samples with short round trips are those whose midpoint can be trusted.
    """
    window = (at_us - at_us.min()) // window_us
    keep: list[NDArray[np.intp]] = []
    for number in np.unique(window):
        inside = np.nonzero(window == number)[0]
        best = inside[np.argsort(rtt_us[inside], kind="stable")]
        keep.append(best[: max(1, (best.size + 3) // 4)])
    return np.sort(np.concatenate(keep))


def never_compared() -> RunslateError:
    """Say that there is no clock sample of a node."""
    return RunslateError(
        "A node's clock was never compared with this computer's.",
        "A take's times need at least one ping of each node before or after it.",
        "Connect the node before it is switched off and run `runslate drain`.",
    )


@dataclass(frozen=True)
class TickMap:
    """Sensor ticks -> board microseconds: lines fitted locally, joined at knots.

    Local because a sensor's RC oscillator follows the temperature of the shoe within a reel.
    """

    knot_ticks: F64
    knot_us: F64
    rates: F64
    """Board microseconds per tick at each knot."""
    residual_p95_us: float

    def to_board(self, ticks: ArrayLike) -> I64:
        """Turn sensor ticks into board microseconds (int64, same shape); ends go on straight."""
        at = np.asarray(ticks, dtype=np.float64)
        inside = np.interp(at, self.knot_ticks, self.knot_us)
        before = np.minimum(0.0, at - self.knot_ticks[0]) * self.rates[0]
        after = np.maximum(0.0, at - self.knot_ticks[-1]) * self.rates[-1]
        return np.asarray(np.rint(inside + before + after), dtype=np.int64)

    @property
    def us_per_tick(self) -> float:
        """Mean length of a sensor tick in board microseconds (nominally 25)."""
        if self.knot_ticks.size == 1:
            return float(self.rates[0])
        span = self.knot_ticks[-1] - self.knot_ticks[0]
        return float((self.knot_us[-1] - self.knot_us[0]) / span)


def fit_ticks(ticks: ArrayLike, board: ArrayLike, span_us: float = 8e6, step_us: float = 4e6) -> TickMap:
    """Regress board time over sensor ticks from the anchors of a reel's pages.

    Args:
        ticks: (n,) sensor ticks of the anchors; repeated anchors are allowed.
        board: (n,) board microseconds of the same anchors.
        span_us: half-width of the window behind each local line; some 100 anchors at 417 Hz, and
            short enough that a shoe warming up by 0.5 % in 10 minutes bends it by 0.1 ms only.
        step_us: distance of the knots.

    Raises:
        RunslateError: fewer than two different anchors.
    """
    x, keep = np.unique(np.asarray(ticks, np.int64), return_index=True)
    y = np.asarray(board, np.int64)[keep]
    if x.size < 2:
        raise RunslateError(
            "The reel has fewer than two time anchors.",
            "Each page carries one; a reel needs two to tell its sensor's rate.",
            "Record at least a second.",
        )
    y0 = int(y[0])
    y_us = (y - y0).astype(np.float64)
    x_ticks = x.astype(np.float64)
    count = max(2, int((y_us[-1] - y_us[0]) / step_us) + 1)
    knots = np.linspace(x_ticks[0], x_ticks[-1], count)
    mean_rate = (y_us[-1] - y_us[0]) / (x_ticks[-1] - x_ticks[0])
    lines = [_local_line(x_ticks, y_us, knot, span_us / mean_rate, mean_rate) for knot in knots]
    values, rates = np.array(lines).T
    residual = y_us - np.interp(x_ticks, knots, values)
    return TickMap(knots, values + y0, rates, float(np.percentile(np.abs(residual), 95)))


def _local_line(x: F64, y: F64, knot: float, span: float, fallback: float) -> tuple[float, float]:
    near = np.abs(x - knot) <= span
    if near.sum() < 2:
        nearest = int(np.argmin(np.abs(x - knot)))
        return float(y[nearest] + (knot - x[nearest]) * fallback), fallback
    dx, mean_y = x[near] - x[near].mean(), float(y[near].mean())
    rate = float((dx * (y[near] - mean_y)).sum() / (dx**2).sum())
    return mean_y + (knot - float(x[near].mean())) * rate, rate
