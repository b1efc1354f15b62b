"""Board clock -> host clock with the crystal's temperature taken into account: for takes with no cable.

Between two bursts of pings an hour apart a straight line is off by milliseconds: the tag cools on the way. Least
squares over four unknowns: an offset and the crystal's rate, slope and parabola (see `crystal`), which have a prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runslate.clockfit import BLIND_US, Z95, lowest_round_trips, never_compared
from runslate.clocks.crystal import CUBIC_PPM, Crystal, Experience, Temperatures

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

FLOOR_US = 30.0
"""No midpoint of a round trip is better: scheduling on both sides."""

WANDER_PPM = 0.08
"""What temperature does not explain (lag of the thermometer, shocks, hysteresis): charged per time without a ping."""

UNLOGGED_PPM = 1.0
"""By how much the rate may differ where no reel logs the temperature: armed in the warm, begun in the cold."""

NEAR_US = 30e6
"""Closer to a ping nothing is charged for wander."""


@dataclass(frozen=True)
class CompensatedFit:
    """A clock board -> host with its uncertainty.

    host = host_origin + (board - board_origin) + basis(board) @ unknowns + the cubic's part, microseconds; `unknowns`
    (4,) are an offset and the crystal's three parameters, `covariance` (4, 4) is theirs.
    """

    board_origin: int
    host_origin: int
    temperatures: Temperatures
    unknowns: F64
    covariance: F64
    pings_us: F64
    """Board times of the pings that were used, ascending."""
    asymmetry_us: float
    experience: Experience

    @property
    def rate(self) -> float:
        """Mean host microseconds per board microsecond over the readings of the thermometer."""
        ends = self.temperatures.board_us[[0, -1]]
        if ends[1] <= ends[0]:
            return 1.0 + float(self.unknowns[1]) * 1e-6
        shift = self._shift(ends)
        return 1.0 + float((shift[1] - shift[0]) / (ends[1] - ends[0]))

    def _shift(self, board: F64) -> F64:
        linear = _basis(board, self.board_origin, self.temperatures) @ self.unknowns
        return np.asarray(linear + _cubic(board, self.board_origin, self.temperatures), np.float64)

    def to_host(self, board: ArrayLike) -> I64:
        """Turn board microseconds into host monotonic microseconds, any shape."""
        exact = np.asarray(board, dtype=np.int64)
        if exact.size == 0:
            return exact
        # Straight between two readings of the thermometer: millions of samples need no more than those.
        first, last, knots = float(exact.min()), float(exact.max()), self.temperatures.board_us
        grid = np.concatenate(([first], knots[(knots > first) & (knots < last)], [last]))
        shift = np.interp(exact.astype(np.float64), grid, self._shift(grid))
        return np.asarray(self.host_origin + (exact - self.board_origin) + np.rint(shift).astype(np.int64))

    def uncertainty_us(self, board: ArrayLike) -> F64:
        """State the p95 error of `to_host` at these board times (same shape, microseconds).

        The posterior of the unknowns, wander in the time since and until a ping, and what no round trip can see.
        """
        at = np.asarray(board, dtype=np.float64)
        basis = _basis(at.reshape(-1), self.board_origin, self.temperatures)
        variance = np.einsum("ni,ij,nj->n", basis, self.covariance, basis).reshape(at.shape)
        wander = WANDER_PPM * 1e-6 * np.maximum(0.0, _distance(at, self.pings_us) - NEAR_US)
        return np.asarray(Z95 * np.sqrt(variance + wander**2) + self.constant_us, np.float64)

    @property
    def constant_us(self) -> float:
        """What no round trip can see: unequal ways there and back, and half a poll on the board."""
        return self.asymmetry_us + BLIND_US


def _basis(board: F64, origin: int, temperatures: Temperatures) -> F64:
    """(n, 4): the shift that each unknown makes, in microseconds per its unit (ppm times seconds)."""
    zero = np.array([float(origin)])
    columns = [np.ones_like(board), (board - origin) * 1e-6]
    columns += [temperatures.integral(board, power) - temperatures.integral(zero, power) for power in (1, 2)]
    return np.stack(columns, axis=1)


def _cubic(board: F64, origin: int, temperatures: Temperatures) -> F64:
    zero = np.array([float(origin)])
    return CUBIC_PPM * (temperatures.integral(board, 3) - temperatures.integral(zero, 3))


def _distance(at: F64, pings: F64) -> F64:
    """Time to the nearest ping."""
    right = np.clip(np.searchsorted(pings, at), 0, pings.size - 1)
    left = np.maximum(right - 1, 0)
    return np.asarray(np.minimum(np.abs(at - pings[left]), np.abs(at - pings[right])), np.float64)


def fit_compensated(
    board: ArrayLike, host: ArrayLike, rtt: ArrayLike, temperatures: Temperatures, crystal: Crystal | None = None
) -> CompensatedFit:
    """Fit one board's clock to the host's on the lowest round trips, with the temperature logged in the reel.

    Args:
        board: (n,) board microseconds in the middle of the board's answer.
        host: (n,) host monotonic microseconds in the middle of the round trip.
        rtt: (n,) round trip without the board's own time, microseconds.
        temperatures: of the board, on its own time.
        crystal: what is known of this board's crystal; None: any AT-cut one.

    Raises:
        RunslateError: there is no sample at all.
    """
    boards, hosts, rtts = np.asarray(board, np.int64), np.asarray(host, np.int64), np.asarray(rtt, np.float64)
    if boards.size == 0:
        raise never_compared()
    best = lowest_round_trips(boards, rtts)
    best = best[np.argsort(boards[best], kind="stable")]
    x0, y0 = int(boards[best].mean()), int(hosts[best].mean())
    at = boards[best].astype(np.float64)
    basis = _basis(at, x0, temperatures)
    y = ((hosts[best] - y0) - (boards[best] - x0)).astype(np.float64) - _cubic(at, x0, temperatures)
    # The midpoint of a round trip lies anywhere within what it took longer than the shortest.
    variance = FLOOR_US**2 + (rtts[best] - rtts[best].min()) ** 2 / 12 + _unlogged(at, temperatures)
    known = crystal if crystal is not None else Crystal.unknown()
    unknowns, residual = _solve(basis, y, variance, known)
    free = max(1, best.size - 2)
    scale = max(1.0, float((residual**2 / variance).sum()) / free)
    unknowns, residual = _solve(basis, y, variance * scale, known)
    information = basis.T @ (basis / (variance * scale)[:, None])
    return CompensatedFit(
        board_origin=x0,
        host_origin=y0,
        temperatures=temperatures,
        unknowns=unknowns,
        covariance=np.linalg.inv(information + _prior(known)),
        pings_us=at,
        asymmetry_us=float(rtts[best].min()) / 2,
        experience=_experience(information, basis.T @ (y / (variance * scale))),
    )


def _unlogged(at: F64, temperatures: Temperatures) -> F64:
    """Variance of pings (n,) that lie outside of the time whose temperature is known, each side's in common."""
    before = np.maximum(0.0, temperatures.board_us[0] - at - NEAR_US)
    after = np.maximum(0.0, at - temperatures.board_us[-1] - NEAR_US)
    count = np.where(before > 0, (before > 0).sum(), (after > 0).sum())
    return np.asarray((UNLOGGED_PPM * 1e-6 * (before + after)) ** 2 * count, np.float64)


_FLAT = 1e-12
"""Information about the offset, which nothing is known of: only there to keep a single ping solvable."""


def _prior(crystal: Crystal) -> F64:
    prior = np.zeros((4, 4))
    prior[0, 0] = _FLAT
    prior[1:, 1:] = np.linalg.inv(crystal.covariance)
    return prior


def _solve(basis: F64, y: F64, variance: F64, crystal: Crystal) -> tuple[F64, F64]:
    """Weighted least squares with the prior; unknowns (4,) and residuals (n,)."""
    prior = _prior(crystal)
    weighted = basis / variance[:, None]
    right = weighted.T @ y + prior @ np.concatenate(([0.0], crystal.mean))
    unknowns = np.linalg.solve(basis.T @ weighted + prior, right)
    return np.asarray(unknowns, np.float64), y - basis @ unknowns


def _experience(information: F64, vector: F64) -> Experience:
    """Drop the offset: what the pings say of the crystal alone."""
    cross = information[1:, :1] / information[0, 0]
    return Experience(information[1:, 1:] - cross @ information[:1, 1:], vector[1:] - cross[:, 0] * vector[0])
