"""The board's clock against the host's, by the link's PING: what every time of a take rests on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hil.bench import Bench
from hil.loopback import Rate, rate_of
from hil.targets import Target
from runslate.node import Node

PAUSE_S = 0.1
FEWEST = 6
"""Of the quickest round trips; of many pings a tenth is taken."""

MOST_STRETCHES = 5

TOLERANCE_PPM = 100.0
"""Of two crystals, with temperature and ageing: beyond it a clock is wrong, not imprecise."""


def test_the_boards_clock_against_the_hosts(
    node: Node, bench: Bench, target: Target, tell: Callable[[str], None]
) -> None:
    pings: list[dict[str, int]] = []
    with bench.same_time() as truth_ppm:
        # A busy computer stamps its side late; more pings hold more quick ones.
        for _ in range(MOST_STRETCHES):
            pings += _stretch(node, bench, target.clock_s)
            rate, quick = _rate(pings)
            if rate.error_ppm < TOLERANCE_PPM:
                break
    length_s = (pings[-1]["board_us"] - pings[0]["board_us"]) / 1e6
    tell(f"board's clock against the host's: {rate}, {quick} of {len(pings)} pings in {length_s:.0f} s")
    rtt_ms = min(ping["rtt_us"] for ping in pings) / 1e3
    tell(f"quickest round trip: {rtt_ms:.2f} ms; half of it is what an offset may be off by")
    if truth_ppm is None:
        assert abs(rate.ppm) < TOLERANCE_PPM + rate.error_ppm
    else:
        assert rate.ppm == pytest.approx(truth_ppm, abs=2 * rate.error_ppm)
        assert rate.error_ppm < TOLERANCE_PPM


def _stretch(node: Node, bench: Bench, seconds: float) -> list[dict[str, int]]:
    pings = [node.ping()]
    while pings[-1]["board_us"] - pings[0]["board_us"] < seconds * 1e6:
        bench.wait(PAUSE_S)
        pings.append(node.ping())
    return pings


def _rate(pings: list[dict[str, int]]) -> tuple[Rate, int]:
    """The rate by the quickest round trips, and how many these are."""
    board, host, rtt = (np.array([ping[key] for ping in pings]) for key in ("board_us", "host_us", "rtt_us"))
    best = np.sort(np.argsort(rtt, kind="stable")[: max(FEWEST, len(rtt) // 10)])
    return rate_of(board[best], host[best].astype(np.float64)), len(best)
