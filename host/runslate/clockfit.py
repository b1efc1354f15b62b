"""Clock fits: sensor ticks -> board microseconds -> host microseconds. Pure functions on arrays.

A sensor's oscillator is off by percents and drifts with temperature, so its rate is always measured
(page anchors); a board's crystal is off by tens of ppm and is measured by pings. The nominal rate
is never used.
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

CRYSTAL_PPM = 2.0
"""How far an AT-cut crystal's rate wanders in a day's shooting (some 10 K): charged when extrapolating."""

BLIND_US = 150.0
"""What no round trip can see on the board: half the sensor read that makes an anchor, a poll."""

RATE_PRIOR_PPM = 100.0
"""A board crystal's tolerance with temperature and ageing: charged while a fit spans no time."""


@dataclass(frozen=True)
class ClockFit:
    """A straight line board -> host, and how far it may be off.

    host = host_origin + (board - board_origin) * rate; `sigma_us` is the spread of one sample,
    `asymmetry_us` half of the lowest round trip: an unequal way there and back hides inside it.
    """

    board_origin: int
    host_origin: int
    rate: float
    sigma_us: float
    asymmetry_us: float
    used: int
    spread_us: float
    """Root of the sum of squared distances of the samples from the origin, board microseconds."""
    first_us: int
    last_us: int

    def to_host(self, board: ArrayLike) -> I64:
        """Turn board microseconds into host monotonic microseconds, any shape."""
        offset = np.asarray(board, dtype=np.int64) - self.board_origin
        correction = np.rint(offset * (self.rate - 1.0)).astype(np.int64)
        return np.asarray(self.host_origin + offset + correction, dtype=np.int64)

    def uncertainty_us(self, board: ArrayLike) -> F64:
        """State the p95 error of `to_host` at these board times (same shape, microseconds).

        The regression's own standard error of the mean response, the crystal's wander where the
        fit is extrapolated, and the constants that no round trip can see.
        """
        at = np.asarray(board, dtype=np.float64)
        distance = at - self.board_origin
        beyond = np.maximum(0.0, np.maximum(self.first_us - at, at - self.last_us))
        slope_ppm = RATE_PRIOR_PPM
        if self.spread_us > 0:
            slope_ppm = min(RATE_PRIOR_PPM, 1e6 * Z95 * self.sigma_us / self.spread_us)
        mean = Z95 * self.sigma_us / np.sqrt(self.used)
        random = np.hypot(mean, distance * slope_ppm * 1e-6)
        constant = self.asymmetry_us + BLIND_US
        return np.asarray(random + beyond * CRYSTAL_PPM * 1e-6 + constant, dtype=np.float64)


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


def fit(board: ArrayLike, host: ArrayLike, rtt: ArrayLike) -> ClockFit:
    """Fit one board's clock to the host's by least squares on the lowest round trips.

    Args:
        board: (n,) board microseconds in the middle of the board's answer.
        host: (n,) host monotonic microseconds in the middle of the round trip.
        rtt: (n,) round trip without the board's own time, microseconds.

    Raises:
        RunslateError: there is no sample at all.
    """
    boards, hosts = np.asarray(board, np.int64), np.asarray(host, np.int64)
    rtts = np.asarray(rtt, np.float64)
    if boards.size == 0:
        raise never_compared()
    best = lowest_round_trips(boards, rtts)
    x0, y0 = int(boards[best].mean()), int(hosts[best].mean())
    x, y = (boards[best] - x0).astype(np.float64), (hosts[best] - y0).astype(np.float64)
    rate, shift = _line(x, y)
    residual = y - shift - rate * x
    free = max(1, best.size - 2)
    floor = max(1.0, float(rtts[best].min()) / 8)
    sigma = max(float(np.sqrt((residual**2).sum() / free)), floor if best.size < 5 else 1.0)
    return ClockFit(
        board_origin=x0,
        host_origin=y0 + round(shift),
        rate=rate,
        sigma_us=sigma,
        asymmetry_us=float(rtts[best].min()) / 2,
        used=int(best.size),
        spread_us=float(np.sqrt((x**2).sum())),
        first_us=int(boards[best].min()),
        last_us=int(boards[best].max()),
    )


def _line(x: F64, y: F64) -> tuple[float, float]:
    """Least squares y = shift + rate * x; a rate beyond any crystal means too short a baseline."""
    spread = float((x**2).sum())
    rate = float((x * y).sum()) / spread if spread > 0 else 1.0
    if abs(rate - 1.0) > 4 * RATE_PRIOR_PPM * 1e-6:
        rate = 1.0
    return rate, float((y - rate * x).mean())


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
