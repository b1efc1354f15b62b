"""What the samples of each tag say beyond its strides: lengths, the sensor's truth, a second opinion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.opinion import Opinion, compare, second_opinion
from runslate.analysis.tables import SampleTable, StrideTable, TakeData
from runslate.gait.length import Distance, distance, stride_lengths
from runslate.gait.truth import SensorTruth, sensor_truth


@dataclass(frozen=True)
class TagMovement:
    """One tag's reel in a take."""

    runner: str
    uid: str
    foot: str
    truth: SensorTruth
    opinion: Opinion
    length_m: NDArray[np.float64]
    """Of each running stride that the reel covers, with the runner's own factor; NaN where it cannot be measured."""
    duration_s: NDArray[np.float64]
    """Of the same strides."""

    @property
    def distance(self) -> Distance:
        """How far and how fast."""
        return distance(self.length_m, self.duration_s)


def movements(data: TakeData, strides: Mapping[str, StrideTable]) -> list[TagMovement]:
    """Look at the samples of every tag of a take.

    Args:
        data: the take; a runner without samples is left out.
        strides: by runner, cut to the take.
    """
    return [
        tag_movement(runner, table, _covered(strides[runner], table))
        for runner, tables in data.samples.items()
        for table in tables
        if table.t_us.size and runner in strides
    ]


def tag_movement(runner: str, table: SampleTable, strides: StrideTable) -> TagMovement:
    """Look at the samples of one tag; `strides` are the tag's own."""
    t_s = (table.t_us - table.t_us[0]) / 1e6
    run = strides.where(strides.running)
    bounds = (np.stack([run.ic_us, run.end_us], axis=1) - table.t_us[0]) / 1e6
    truth = sensor_truth(t_s, table.accel_g, table.gyro_dps, bounds)
    lengths = np.full(len(run), np.nan)
    if table.gyro_dps is not None:
        scale = truth.gyro_scale if truth.gyro_flagged and np.isfinite(truth.gyro_scale) else 1.0
        lengths = table.length_factor * stride_lengths(t_s, table.accel_g, table.gyro_dps * scale, bounds)
    opinion = compare(strides.where(~strides.reference), second_opinion(table))
    return TagMovement(runner, table.uid, table.foot, truth, opinion, lengths, run.duration_ms / 1000)


def _covered(strides: StrideTable, table: SampleTable) -> StrideTable:
    """The strides of the tag that made the table, while it did."""
    begun = (strides.ic_us >= table.t_us[0]) & (strides.ic_us < table.t_us[-1])
    return strides.where((strides.uid == table.uid) & begun)
