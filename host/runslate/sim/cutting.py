"""Cut real running strides out of a recording: where each contact begins, ends and is flat.

Works on the whole recording at once (zero-phase filters), so it can be more exact than a detector
on the board; it is not the firmware's algorithm and shares no code with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from runslate.errors import RunslateError
from runslate.sim.gait import LEAD_S, G
from runslate.sim.motion import Floats
from runslate.sim.recording import Recording

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

RATE_HZ = 500.0
_FLAT = 0.42
_STRIDE_S = (0.5, 0.95)
_SMOOTH_HZ = 15.0
# A stride belongs to steady running if its duration and swing peak are this near the median.
_LIKE_DURATION = 0.12
_LIKE_PEAK = 0.30
_FEWEST = 10


@dataclass(frozen=True)
class CutStrides:
    """Steady strides of one recording, on an even grid of `RATE_HZ`.

    Attributes:
        values: (n, 6) specific force in g and rates in deg/s.
        own, speed: (n, 3) what of that force is the shoe's own acceleration, and its speed in m/s, in its axes.
        flat_s, tc_s, ic_s: per stride: flat in stance, terminal contact, next initial contact.
        next_flat_s: flat in the next stance; equals the following stride's `flat_s` where
            `joined`.
        joined: per stride, whether the next one in the list follows it in the recording.
        rest: unit vector of gravity while the shoe is flat.
        length_m: median length of the strides, by integration.
    """

    values: Floats
    own: Floats
    speed: Floats
    flat_s: Floats
    tc_s: Floats
    ic_s: Floats
    next_flat_s: Floats
    joined: tuple[bool, ...]
    rest: Floats
    length_m: float

    @property
    def stride_s(self) -> float:
        """Median duration of its strides."""
        return float(np.median(self.next_flat_s - self.flat_s))

    @property
    def duty(self) -> float:
        """Median share of a stride that the foot is on the ground."""
        swing = float(np.median(self.ic_s - self.tc_s))
        return 1.0 - swing / self.stride_s


def cut_strides(recording: Recording) -> CutStrides:
    """Return the steady running strides of a recording.

    Raises:
        RunslateError: it has no gyroscope, or too few strides.
    """
    accel, gyro = recording.sample(np.arange(0.0, recording.duration_s, 1.0 / RATE_HZ))
    if gyro is None:
        raise _too_few(recording, "it has no gyroscope")
    axis = shoe_axes(accel, gyro)[2]
    swing = smooth(gyro @ axis)
    peaks, crossings, troughs = landmarks(swing)
    ic = crossings / RATE_HZ + LEAD_S
    tc = troughs / RATE_HZ + LEAD_S  # tc[i] lies between ic[i] and ic[i + 1]
    gct = tc - ic[:-1]
    good = _steady(np.diff(ic), gct, peaks[1:])
    flat = ic[:-1] + _FLAT * gct
    usable = np.flatnonzero(good[:-1] & good[1:])
    if usable.size < _FEWEST:
        raise _too_few(recording, f"only {usable.size} steady running strides were found in it")
    values = np.hstack((accel, gyro))
    rest = values[(flat[usable] * RATE_HZ).astype(int), :3].mean(axis=0)
    rest /= np.linalg.norm(rest)
    level = _levelling(gyro @ axis, flat, axis)
    spans = [slice(int(flat[k] * RATE_HZ), int(flat[k + 1] * RATE_HZ)) for k in usable]
    own, speed = _moved(level.apply(accel), spans)
    way = [speed[span].sum(axis=0) / RATE_HZ for span in spans]
    return CutStrides(
        values,
        level.inv().apply(own),
        level.inv().apply(speed),
        flat_s=flat[usable],
        tc_s=tc[usable],
        ic_s=ic[usable + 1],
        next_flat_s=flat[usable + 1],
        joined=(*(np.diff(usable) == 1).tolist(), False),
        rest=rest,
        length_m=float(np.median([np.linalg.norm(w - w @ rest * rest) for w in way])),
    )


def _steady(duration: Floats, gct: Floats, height: Floats) -> NDArray[np.bool_]:
    """Tell which strides (n,) are running and like most of the others, by stride and contact time and swing peak."""
    good = (duration > _STRIDE_S[0]) & (duration < _STRIDE_S[1]) & (gct > 0.1) & (gct < 0.55 * duration)
    if good.sum() >= _FEWEST:
        good &= abs(duration / np.median(duration[good]) - 1.0) < _LIKE_DURATION
        good &= abs(height / np.median(height[good]) - 1.0) < _LIKE_PEAK
    return np.asarray(good)


def _moved(force: Floats, spans: list[slice]) -> tuple[Floats, Floats]:
    """Return acceleration in g and speed in m/s (n, 3) within strides: at both ends of each the shoe stands."""
    own, speed = np.zeros_like(force), np.zeros_like(force)
    for span in spans:
        own[span] = force[span] - force[span].mean(axis=0)
        speed[span] = np.cumsum(own[span], axis=0) * G / RATE_HZ
    return own, speed


def _levelling(swing: Floats, flat_s: Floats, axis: Floats) -> Rotation:
    """Return the n turns about the pitch axis from the shoe's axes to those that it has wherever it is flat."""
    from scipy.spatial.transform import Rotation

    angle = np.radians(np.cumsum(swing)) / RATE_HZ
    at = np.arange(angle.size) / RATE_HZ
    angle -= np.interp(at, flat_s, np.interp(flat_s, at, angle))
    return Rotation.from_rotvec(angle[:, None] * axis)


def _too_few(recording: Recording, reason: str) -> RunslateError:
    return RunslateError(
        f"No running can be cut from {recording.path}: {reason}.",
        f"At least {_FEWEST} even running strides with a gyroscope at the shoe are needed.",
        "Give another recording.",
    )


def shoe_axes(accel: Floats, gyro: Floats) -> Floats:
    """Return the rows up, forward and pitch axis as unit vectors of the sensor (3, 3).

    Up is where gravity points on the mean while the shoe moves; the pitch axis is the main axis of
    rotation, level, and signed so that the forward swing turns positively about it.

    Args:
        accel, gyro: (n, 3) in g and deg/s on the grid of `RATE_HZ`.
    """
    moving = np.linalg.norm(gyro, axis=1) > 100.0
    up = accel[moving].mean(axis=0)
    up /= np.linalg.norm(up)
    axis = np.linalg.svd(gyro[moving], full_matrices=False)[2][0]
    axis -= axis @ up * up
    axis /= np.linalg.norm(axis)
    # Turned the right way round, the shoe is quiet where it should be flat.
    axis = min((axis, -axis), key=lambda way: _unrest(gyro, smooth(gyro @ way)))
    return np.stack((up, np.cross(up, axis), axis))


def _unrest(gyro: Floats, swing: Floats) -> float:
    """Median rate of rotation in deg/s in the middle of the contacts."""
    _, crossings, troughs = landmarks(swing)
    if not troughs.size:
        return np.inf
    flat = crossings[:-1] + LEAD_S * RATE_HZ + _FLAT * (troughs - crossings[:-1])
    return float(np.median(np.linalg.norm(gyro[flat.astype(np.int64)], axis=1)))


def smooth(signal: Floats) -> Floats:
    """Return a signal on the grid of `RATE_HZ` without what is faster than 15 Hz, not delayed."""
    from scipy.signal import butter, sosfiltfilt

    return np.asarray(sosfiltfilt(butter(2, _SMOOTH_HZ, fs=RATE_HZ, output="sos"), signal))


def landmarks(swing: Floats) -> tuple[Floats, Floats, Floats]:
    """Return heights of swing peaks, zero crossings after them, and troughs between crossings.

    Args:
        swing: smoothed pitch rate in deg/s on the grid of `RATE_HZ`; instants count its samples.
    """
    from scipy.signal import find_peaks

    tall = 0.5 * np.percentile(swing, 98)
    peaks, _ = find_peaks(swing, height=tall, distance=int(0.45 * RATE_HZ))
    falling = np.flatnonzero((swing[:-1] > 0) & (swing[1:] <= 0))
    after = np.searchsorted(falling, peaks)
    peaks, after = peaks[after < falling.size], after[after < falling.size]
    at = falling[after]
    crossings = at + swing[at] / (swing[at] - swing[at + 1])
    troughs = np.zeros(max(len(at) - 1, 0))
    skip = int(0.1 * RATE_HZ)  # the slap after landing is as deep as the push-off
    for i in range(len(troughs)):
        low = at[i] + skip
        troughs[i] = low + np.argmin(swing[low : peaks[i + 1]]) if low < peaks[i + 1] else at[i]
    return swing[peaks], crossings, troughs
