"""A click track: a short tone per contact, 48 kHz, 16 bits, one channel; written second by second."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runslate.score.footfalls import Footfalls

RATE_HZ = 48_000
CLICK_S = 0.02
LOUDNESS = 0.5
"""Of full scale, per click: two at once still fit."""

LEAD_HZ = {"left": 1000.0, "right": 1250.0}
OTHERS_HZ = {"left": 600.0, "right": 750.0}
"""The lead is heard above the others; left and right are apart by a third."""


def write_clicks(path: Path, seconds: float, runners: Sequence[Footfalls], lead: str) -> int:
    """Write the click track of a take; returns the number of clicks.

    Args:
        path: the WAV file.
        seconds: length of the take.
        runners: everybody's contacts; a click begins within one sample (21 us) of its contact.
        lead: whose clicks are the higher ones.
    """
    clicks = _clicks(runners, lead)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        for first in range(0, round(seconds * RATE_HZ), RATE_HZ):
            size = min(RATE_HZ, round(seconds * RATE_HZ) - first)
            file.writeframesraw(_mix(clicks, first, size).tobytes())
    return sum(starts.size for starts, _ in clicks)


def _clicks(runners: Sequence[Footfalls], lead: str) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """(first samples, tone) per runner and foot."""
    found = []
    for runner in runners:
        pitches = LEAD_HZ if runner.runner == lead else OTHERS_HZ
        for foot in np.unique(runner.foot):
            starts = np.rint(runner.t_us[runner.foot == foot] * (RATE_HZ / 1e6)).astype(np.int64)
            found.append((starts, _tone(pitches.get(str(foot), pitches["left"]))))
    return found


def _tone(hz: float) -> NDArray[np.float64]:
    """A cosine that begins at its full height: the very first sample of a click is its onset."""
    t_s = np.arange(round(CLICK_S * RATE_HZ)) / RATE_HZ
    return LOUDNESS * np.cos(2 * np.pi * hz * t_s) * (1 - t_s / CLICK_S) ** 2


def _mix(clicks: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]], first: int, size: int) -> NDArray[np.int16]:
    """Samples of one piece of the track; clicks that began in the piece before ring on."""
    mixed = np.zeros(size)
    for starts, tone in clicks:
        low, high = np.searchsorted(starts, [first - tone.size, first + size])
        for start in starts[low:high] - first:
            begin, end = max(0, int(start)), min(size, int(start) + tone.size)
            if end > begin:
                mixed[begin:end] += tone[begin - int(start) : end - int(start)]
    return np.asarray(np.rint(32767 * np.clip(mixed, -1, 1)).astype("<i2"))
