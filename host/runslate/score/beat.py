"""How much of a run is on the beat of a tempo or a score, how far off, and what chance gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

NEAR_BEATS = 1 / 12
"""A step is on the beat within this part of a beat: 29 ms at 172 beats per minute."""

MIN_SHARE = 0.5
"""A run is on the beat when at least half of its steps are, and more than chance gives."""

TEMPI = 200
"""Other tempi, against which the same steps show the chance level."""

OTHER_TEMPI = (1.04, 1.25)
"""How much faster or slower they are: near enough to be alike, too far to be the same."""

ALIGNMENTS = 48
"""Of a beat, tried to lay the grid best where the score's place in the take is not said."""

DIVISIONS = (0.5, 1.0, 2.0, 4.0)
"""Beats of the grid per beat of the tempo: one step may fall on a half or a double beat."""


@dataclass(frozen=True)
class OnBeat:
    """A run against a grid of beats."""

    steps: int
    """Inside the grid."""
    outside: int
    """Before its start or behind its end; not counted."""
    bpm: float
    """Of the grid: the tempo's, times `division`."""
    division: float
    cadence_spm: float
    share: float
    """Of the steps on the beat."""
    off_ms: float
    """Median distance of a step from its beat, without sign."""
    lean_ms: float
    """Median with sign: positive is late. 0 by construction where the grid was laid to fit."""
    drift_beats: float
    """By how many beats the steps run ahead of the grid (negative: fall behind) from first to last."""
    chance: float
    chance_high: float
    """Median of other tempi, and what 95 of 100 of them stay below."""

    @property
    def on_beat(self) -> bool:
        """Whether the run is on the beat."""
        return self.share >= MIN_SHARE and self.share > self.chance_high


def even_beats(bpm: float, seconds: float) -> FloatArray:
    """Return the beats of one tempo, from one beat before the take to one behind it."""
    return np.arange(-1, seconds * bpm / 60 + 2) * (60 / bpm)


def on_beat(steps_s: FloatArray, beats_s: FloatArray, at_s: float | None = None, seed: int = 0) -> OnBeat | None:
    """Compare steps with beats.

    Args:
        steps_s: instants of the steps in the take.
        beats_s: instants of the beats, ascending; from the start of the score.
        at_s: where in the take the score starts; None: at the take's start, moved by up to half a beat
            to where it fits best, and so do the tempi that make the chance level.
        seed: of those tempi.

    Returns:
        None where fewer than two steps or beats overlap.
    """
    if steps_s.size < 2 or beats_s.size < 2:
        return None
    cadence = 60 / float(np.median(np.diff(steps_s)))
    division = min(DIVISIONS, key=lambda d: abs(np.log(cadence * float(np.median(np.diff(beats_s))) / 60 / d)))
    grid = _divided(beats_s, division)
    places = _places(steps_s, grid, at_s)
    if places.size < 2:
        return None
    off = (places + 0.5) % 1 - 0.5
    beat_ms = 1000 * float(np.median(np.diff(grid)))
    random = np.random.default_rng(seed)
    chances = [_share(_places(steps_s, grid * factor, at_s)) for factor in _factors(random)]
    return OnBeat(
        steps=int(places.size),
        outside=int(steps_s.size - places.size),
        bpm=60_000 / beat_ms,
        division=division,
        cadence_spm=cadence,
        share=_share(places),
        off_ms=float(np.median(np.abs(off))) * beat_ms,
        lean_ms=float(np.median(off)) * beat_ms,
        drift_beats=_ahead(off),
        chance=float(np.median(chances)),
        chance_high=float(np.percentile(chances, 95)),
    )


def _divided(beats_s: FloatArray, division: float) -> FloatArray:
    if division < 1:
        return beats_s[:: round(1 / division)]
    count = int(division)
    places = np.arange((beats_s.size - 1) * count + 1) / count
    return np.interp(places, np.arange(beats_s.size), beats_s)


def _places(steps_s: FloatArray, grid_s: FloatArray, at_s: float | None) -> FloatArray:
    """Return where each step falls, in beats of the grid; steps outside it are left out."""
    if at_s is not None:
        return _laid(steps_s - at_s, grid_s)
    beat = float(np.median(np.diff(grid_s)))
    moved = [_laid(steps_s - beat * (k / ALIGNMENTS - 0.5), grid_s) for k in range(ALIGNMENTS)]
    return max(moved, key=_share)


def _laid(steps_s: FloatArray, grid_s: FloatArray) -> FloatArray:
    places = np.interp(steps_s, grid_s, np.arange(grid_s.size), left=np.nan, right=np.nan)
    return np.asarray(places[np.isfinite(places)])


def _ahead(off: FloatArray) -> float:
    """By how many beats the steps have run ahead of their beats from first to last; pauses do not count."""
    followed = np.unwrap(off, period=1)
    return float(followed[0] - followed[-1])


def _share(places: FloatArray) -> float:
    if not places.size:
        return 0.0
    return float((np.abs((places + 0.5) % 1 - 0.5) <= NEAR_BEATS).mean())


def _factors(random: np.random.Generator) -> FloatArray:
    low, high = np.log(OTHER_TEMPI)
    size = random.uniform(low, high, TEMPI)
    return np.exp(np.where(random.random(TEMPI) < 0.5, size, -size))
