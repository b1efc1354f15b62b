"""One reel's way from sensor ticks to the common time line of a take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runslate.clockfit import I64, TickMap
from runslate.clocks.compensated import CompensatedFit
from runslate.clocks.crystal import Crystal
from runslate.clocks.history import reel_clock
from runslate.reel import Reel
from runslate.take import Take

MOMENTS = 60
"""Looked at for the worst moment of a clock: with no cable it lies in the middle."""


@dataclass(frozen=True)
class NodeTime:
    """One reel's way from sensor ticks to the common time line."""

    ticks: TickMap
    clock: CompensatedFit

    def to_host(self, ticks: ArrayLike) -> I64:
        """Turn sensor ticks into host monotonic microseconds."""
        return self.clock.to_host(self.ticks.to_board(ticks))

    def uncertainty_us(self, ticks: ArrayLike) -> float:
        """State the p95 error at the worst moment between the first and the last of these ticks."""
        board = self.ticks.to_board(np.linspace(np.min(ticks), np.max(ticks), MOMENTS))
        return float(self.clock.uncertainty_us(board).max()) + self.ticks.residual_p95_us


def node_time(reel: Reel, clock: list[dict[str, Any]], take: Take, crystal: Crystal | None = None) -> NodeTime:
    """Fit a reel's clocks.

    Args:
        reel: pages with time anchors.
        clock: clock samples of any boot of node and computer.
        take: says which boot of this computer its times belong to.
        crystal: what is known of the board's crystal; None: any.

    Raises:
        RunslateError: no clock sample of the reel's boot, or too few anchors.
    """
    mine = [sample for sample in clock if sample["boot_id"] == reel.boot_id]
    here = [sample for sample in mine if sample.get("host_boot", "") == take.host_boot]
    host = [_on_take_line(sample, take) for sample in here or mine]
    return NodeTime(reel.tick_map(), reel_clock(reel, here or mine, host, crystal))


def _on_take_line(sample: dict[str, Any], take: Take) -> int:
    """Give a sample's host time on the take's line; another boot of the laptop goes through UTC."""
    if sample.get("host_boot", "") == take.host_boot:
        return int(sample["host_us"])
    return int(sample["utc_us"]) - take.start_utc_us + take.start_us
