"""What the host makes of a reel's samples by itself: lengths, the check by gravity, and a second opinion on strides."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from runslate.evaluate.found import Floats, Found, from_contacts
from runslate.evaluate.match import Tally, in_order
from runslate.evaluate.score import Score, score
from runslate.evaluate.tap import Samples
from runslate.evaluate.truth import Known
from runslate.gait.length import stride_lengths
from runslate.gait.reference import strides
from runslate.gait.truth import sensor_truth


@dataclass(frozen=True)
class Opinion:
    """The host's view of one recording.

    Attributes:
        length_m: of each of the firmware's strides (k,), NaN where unknown; None without a gyroscope.
        scaled_m: the same with the gyroscope's scale corrected, where the check by gravity asks for it.
        force_g, gyro_scale: what that check says; None where it says nothing.
        flagged: whether it found the sensor off.
        strides: figures of the host's own detector.
        agreement: its strides against the firmware's.
    """

    length_m: Floats | None = None
    scaled_m: Floats | None = None
    force_g: float | None = None
    gyro_scale: float | None = None
    flagged: bool = False
    strides: Score | None = None
    agreement: Tally = field(default_factory=Tally)


def opinion(samples: Samples, found: Found, known: Known, runs: bool | None, end_s: float) -> Opinion:
    """Return the host's view of the samples that the firmware read, up to an instant."""
    inside = (samples.t_s >= 0.0) & (samples.t_s <= end_s)
    t_s, accel = samples.t_s[inside], samples.accel_g[inside]
    gyro = None if samples.gyro_dps is None else samples.gyro_dps[inside]
    other = from_contacts(*strides(t_s, accel, gyro))
    second = score(other, known, runs, end_s, None)
    agreement = _agreement(found, other)
    if gyro is None or not found.begin_s.size:
        return Opinion(strides=second, agreement=agreement)
    # A reel's times are the host's; where the recording's own clock is known to be off, these are the true ones.
    t_s = t_s * known.clock
    bounds = np.stack([found.begin_s, found.end_s], axis=1) * known.clock
    check = sensor_truth(t_s, accel, gyro, bounds)
    corrects = check.gyro_flagged and np.isfinite(check.gyro_scale)
    return Opinion(
        stride_lengths(t_s, accel, gyro, bounds),
        stride_lengths(t_s, accel, gyro * check.gyro_scale, bounds) if corrects else None,
        _finite(check.force_g),
        _finite(check.gyro_scale),
        check.flagged,
        second,
        agreement,
    )


def _agreement(found: Found, other: Found) -> Tally:
    if not other.duration_s.size:
        return Tally(extras=found.begin_s.size)
    ours, _ = in_order(other.end_s, np.sort(found.end_s), float(np.median(other.duration_s)) / 2)
    return Tally(ours.size, other.begin_s.size - ours.size, found.begin_s.size - ours.size)


def _finite(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
