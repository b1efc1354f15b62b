"""A straight line board -> host over the best pings: what a fit that knows the temperature is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runslate.clockfit import lowest_round_trips

CRYSTAL_PPM = 400.0
"""No crystal is off by more: a steeper line means too short a baseline."""


@dataclass(frozen=True)
class Line:
    """host = host_origin + (board - board_origin) * rate, microseconds."""

    board_origin: int
    host_origin: int
    rate: float

    def to_host(self, board: ArrayLike) -> NDArray[np.int64]:
        """Turn board microseconds into host monotonic microseconds, any shape."""
        offset = np.asarray(board, dtype=np.int64) - self.board_origin
        return np.asarray(self.host_origin + offset + np.rint(offset * (self.rate - 1.0)), dtype=np.int64)


def fit(board: ArrayLike, host: ArrayLike, rtt: ArrayLike) -> Line:
    """Fit one board's clock to the host's by least squares on the lowest round trips.

    Args:
        board: (n,) board microseconds in the middle of the board's answer.
        host: (n,) host monotonic microseconds in the middle of the round trip.
        rtt: (n,) round trip without the board's own time, microseconds.
    """
    boards, hosts = np.asarray(board, np.int64), np.asarray(host, np.int64)
    best = lowest_round_trips(boards, np.asarray(rtt, np.float64))
    x0, y0 = int(boards[best].mean()), int(hosts[best].mean())
    x, y = (boards[best] - x0).astype(np.float64), (hosts[best] - y0).astype(np.float64)
    spread = float((x**2).sum())
    rate = float((x * y).sum()) / spread if spread > 0 else 1.0
    if abs(rate - 1.0) > CRYSTAL_PPM * 1e-6:
        rate = 1.0
    return Line(x0, y0 + round(float((y - rate * x).mean())), rate)
