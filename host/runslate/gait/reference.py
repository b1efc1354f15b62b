"""A second opinion on foot strikes and toe-offs, made after the fact from the samples.

Independent of the tag's own detector, which follows the pitch rate sample by sample: here strides are a
rhythm found by autocorrelation (rhythm.py), contacts are impacts chosen as one chain in that rhythm
(landings.py), toe-off is the first peak of movement after the shoe's calmest moment, all with filters
without delay. Works without gyroscope too, with wider toe-offs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import median_filter, uniform_filter1d
from scipy.signal import find_peaks

from runslate.gait.integrate import F64, as_floats
from runslate.gait.landings import Landings, find_landings, movement
from runslate.gait.rhythm import find_rhythm
from runslate.gait.signals import RATE_HZ, Piece, lengths, low_passed, pieces

ONSET = 0.5
"""Of an impact's sharpest change: contact is where the change first gets this large."""
ONSET_BEFORE_S, ONSET_AFTER_S = 0.06, 0.05
"""Around the chosen change: heel and ball of one landing lie this close together."""

CALM_FROM_S, CALM_TO = 0.04, 0.5
"""After contact, seconds, and of the stride: where the calmest moment of stance is looked for."""
LIFTED = 0.68
"""Of the stride: the foot is in the air by then, also in slow walking."""

GYRO_HZ, ACCEL_HZ = 12.0, 10.0
PROMINENCE_GYRO, PROMINENCE_ACCEL = 0.15, 0.2
"""Of the largest peak in the window: smaller ones are the shoe's unrest."""

TOE_AFTER_ROTATION_S = 0.035
"""Toe-off follows the fastest heel rise by this: 707 hand-checked steps of walking, 33 ms median; contact times
of one runner at 3.8 m/s agree with a foot pod's with it."""
TOE_AFTER_PUSH_S = 0.01
"""And the peak of |a| by this: the same runner, and 15 jogs where both are known."""

LONGEST_S = 1.6
"""A longer stride is none of running, and its end is a new start."""

RUNNING_DUTY = 0.56
"""Contact / stride. Below one half both feet leave the ground; the two are taken from one shoe, so the limit lies
where recordings separate: medians of running up to 0.52, of walking from 0.58 on."""
DUTY_OVER = 5
"""Strides whose median decides: one misread toe-off changes nothing."""
LEAST_STRENGTH = 0.1
"""Of the rhythm: what does not repeat from stride to stride at all, or faster than any stride, is none."""
LEAST = 4
"""Running strides in a row; fewer are a hop, or a hurried step of walking."""


def strides(
    t_s: ArrayLike, accel_g: ArrayLike, gyro_dps: ArrayLike | None = None
) -> tuple[F64, F64, NDArray[np.bool_]]:
    """Find contacts, toe-offs and running from a shoe's samples.

    Args:
        t_s: times, ascending, seconds, (m,).
        accel_g: specific force, g, (m, 3), any mounting.
        gyro_dps: angular rate, degrees per second, (m, 3), or None.

    Returns:
        initial contacts, seconds, (n,); the toe-off that follows each, (n,), NaN where it is not seen; whether the
        stride that begins there is running, (n,).
    """
    gyro = None if gyro_dps is None else as_floats(gyro_dps)
    found = [_of_piece(piece) for piece in pieces(as_floats(t_s), as_floats(accel_g), gyro)]
    if not found:
        return np.empty(0), np.empty(0), np.empty(0, np.bool_)
    contacts, toe_offs, running = (np.concatenate(column) for column in zip(*found, strict=True))
    return contacts, toe_offs, running


def _of_piece(piece: Piece) -> tuple[F64, F64, NDArray[np.bool_]]:
    rhythm = find_rhythm(piece.motion)
    if rhythm is None:
        return np.empty(0), np.empty(0), np.empty(0, np.bool_)
    landings = find_landings(piece, rhythm)
    landings = landings.where(rhythm.strength[landings.at] > LEAST_STRENGTH)
    contacts = piece.t_s[0] + _onsets(landings) / RATE_HZ
    toe_offs = _toe_offs(piece, landings, rhythm.period_s)
    return contacts, toe_offs, _running(contacts, toe_offs)


def _onsets(landings: Landings) -> F64:
    """Grid positions, in fractions, where each landing begins."""
    jerk, result = landings.jerk, landings.at.astype(np.float64)
    before, after = round(ONSET_BEFORE_S * RATE_HZ), round(ONSET_AFTER_S * RATE_HZ)
    for i, at in enumerate(landings.at.tolist()):
        first = max(0, at - before)
        near = jerk[first : at + after + 1]
        level = ONSET * near.max()
        k = int(np.argmax(near >= level))
        rise = (level - near[k - 1]) / (near[k] - near[k - 1]) - 1 if k else 0.0
        result[i] = first + k + rise
    return result


def _toe_offs(piece: Piece, landings: Landings, period_s: F64) -> F64:
    """The first prominent peak of movement after the calmest moment of each stance, seconds."""
    gyro = piece.gyro_dps is not None
    size = lengths(low_passed(piece.motion, GYRO_HZ if gyro else ACCEL_HZ))
    calm = uniform_filter1d(movement(piece, GYRO_HZ), 5)
    prominence, late = (PROMINENCE_GYRO, TOE_AFTER_ROTATION_S) if gyro else (PROMINENCE_ACCEL, TOE_AFTER_PUSH_S)
    at = landings.at
    until_next = np.append(np.diff(at), LONGEST_S * RATE_HZ + 1)
    stride = np.where(until_next <= LONGEST_S * RATE_HZ, until_next, period_s[at] * RATE_HZ)
    result = np.full(at.size, np.nan)
    for i, (contact, length) in enumerate(zip(at.tolist(), stride.tolist(), strict=True)):
        first, middle, last = (contact + round(x) for x in (CALM_FROM_S * RATE_HZ, CALM_TO * length, LIFTED * length))
        if last > size.size:
            continue
        quiet = first + int(np.argmin(calm[first:middle]))
        peak = _first_peak(size[quiet:last], prominence)
        if peak is not None:
            result[i] = piece.t_s[0] + (quiet + peak) / RATE_HZ + late
    return result


def _first_peak(values: F64, prominence: float) -> float | None:
    """Position of the first peak, by a parabola through it and its neighbours."""
    peaks = find_peaks(values, prominence=prominence * float(np.ptp(values)))[0]
    if not peaks.size:
        return None
    k = int(peaks[0])
    left, top, right = values[k - 1 : k + 2].tolist()
    bend = left - 2 * top + right
    return k + (0.5 * (left - right) / bend if bend else 0.0)


def _running(contacts: F64, toe_offs: F64) -> NDArray[np.bool_]:
    """Label strides by the median duty factor around them; a pause is never crossed."""
    running = np.zeros(contacts.size, np.bool_)
    if contacts.size < 2:
        return running
    duration = np.diff(contacts)
    duty = (toe_offs[:-1] - contacts[:-1]) / duration
    start = 0
    for end in [*np.flatnonzero(duration > LONGEST_S).tolist(), duration.size]:
        known = start + np.flatnonzero(np.isfinite(duty[start:end]))
        if known.size >= LEAST:
            typical = median_filter(duty[known], DUTY_OVER, mode="nearest")
            nearest = np.interp(np.arange(start, end), known, typical)
            running[start:end] = _long_runs(nearest < RUNNING_DUTY)
        start = end + 1
    return running


def _long_runs(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep only runs of at least LEAST strides."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    kept = np.zeros(flags.size, np.bool_)
    for first, last in edges.reshape(-1, 2).tolist():
        kept[first:last] = last - first >= LEAST
    return kept
