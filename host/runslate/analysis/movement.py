"""What the samples of each tag say beyond its strides: lengths, the sensor's truth, a second opinion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.analysis import intervals
from runslate.analysis.instants import I64
from runslate.analysis.opinion import Opinion, compare, second_opinion
from runslate.analysis.samples import Recording, windows
from runslate.analysis.tables import StrideTable, TakeData
from runslate.gait.length import Distance, distance, stride_lengths
from runslate.gait.truth import SensorTruth, rests_g, spread, truth_of

AROUND_US = 4_000_000
"""Read around strides: the longest, and the mid-stance behind it."""


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
        tag_movement(runner, recording, _covered(strides[runner], recording))
        for runner, recordings in data.samples.items()
        for recording in recordings
        if recording.stretches and runner in strides
    ]


def tag_movement(runner: str, recording: Recording, strides: StrideTable) -> TagMovement:
    """Look at the samples of one tag; `strides` are the tag's own."""
    run = strides.where(strides.running)
    bounds_us = np.stack([run.ic_us, run.end_us], axis=1)
    truth = _truth(recording, bounds_us)
    scale = truth.gyro_scale if truth.gyro_flagged and np.isfinite(truth.gyro_scale) else 1.0
    return TagMovement(
        runner,
        recording.uid,
        recording.foot,
        truth,
        compare(strides.where(~strides.reference), second_opinion(recording)),
        recording.length_factor * _lengths_m(recording, bounds_us, scale),
        run.duration_ms / 1000,
    )


def _truth(recording: Recording, bounds_us: I64) -> SensorTruth:
    """Check a tag's scales on all of its rests and on some strides spread over the recording."""
    origin = recording.stretches[0][0]
    rests = [rests_g((p.t_us - origin) / 1e6, p.accel_g, p.gyro_dps) for _, p in windows(recording)]
    some = bounds_us[spread(len(bounds_us))]
    near = intervals.merge((start - AROUND_US, end + AROUND_US) for start, end in some.tolist())
    parts = [recording.between(*stretch) for stretch in near] or [recording.between(origin, origin)]
    gyro = np.concatenate([p.gyro_dps for p in parts if p.gyro_dps is not None]) if recording.has_gyro else None
    return truth_of(
        np.concatenate(rests),
        (np.concatenate([p.t_us for p in parts]) - origin) / 1e6,
        np.concatenate([p.accel_g for p in parts]),
        gyro,
        (some - origin) / 1e6,
    )


def _lengths_m(recording: Recording, bounds_us: I64, scale: float) -> NDArray[np.float64]:
    """Length of each stride; NaN where it cannot be measured."""
    origin = recording.stretches[0][0]
    lengths = np.full(len(bounds_us), np.nan)
    usual_s = float(np.median(np.diff(bounds_us))) / 1e6 if len(bounds_us) else None
    for (start, end), part in windows(recording, AROUND_US):
        here = (bounds_us[:, 0] >= start) & (bounds_us[:, 0] < end)
        if part.gyro_dps is not None:
            t_s, bounds_s = (part.t_us - origin) / 1e6, (bounds_us[here] - origin) / 1e6
            lengths[here] = stride_lengths(t_s, part.accel_g, part.gyro_dps * scale, bounds_s, usual_s)
    return lengths


def _covered(strides: StrideTable, recording: Recording) -> StrideTable:
    """The strides of the tag that made the recording, while it did."""
    first, last = recording.stretches[0][0], recording.stretches[-1][1]
    return strides.where((strides.uid == recording.uid) & (strides.ic_us >= first) & (strides.ic_us < last))
