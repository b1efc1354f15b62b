"""A tempo map: which instant a tick of a MIDI file is, in whole microseconds, so that nothing adds up.

A tempo holds for whole quarter notes; its length is a whole number of microseconds, as the file states it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

TICKS = 960
"""Ticks per quarter note that every music program takes."""

MAX_TICK_US = 500
"""A longer tick would put a note more than a quarter of a millisecond from its contact."""


@dataclass(frozen=True)
class TempoMap:
    """Quarter notes laid end to end from the start of the take."""

    starts_us: NDArray[np.int64]
    """Where each stretch of one tempo starts, ascending from 0."""
    quarters_us: NDArray[np.int64]
    """The length of a quarter note there; the last one goes on for ever."""
    ticks: int
    """Per quarter note."""

    @property
    def start_ticks(self) -> NDArray[np.int64]:
        """The tick at which each stretch starts."""
        beats = np.rint(np.diff(self.starts_us) / self.quarters_us[:-1]).astype(np.int64)
        return np.concatenate([[0], np.cumsum(beats * self.ticks)])

    def to_ticks(self, t_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the nearest tick of each instant."""
        row = np.clip(np.searchsorted(self.starts_us, t_us, side="right") - 1, 0, None)
        inside = (t_us - self.starts_us[row]) * self.ticks / self.quarters_us[row]
        return np.asarray(self.start_ticks[row] + np.rint(inside).astype(np.int64))


def steady(bpm: float) -> TempoMap:
    """Return the map of one tempo."""
    quarter = round(60e6 / bpm)
    return TempoMap(np.zeros(1, np.int64), np.array([quarter]), _ticks(quarter))


def stepped(steps_us: Sequence[int], usual_us: int) -> TempoMap:
    """Return a map whose quarter notes are the steps of a runner.

    Args:
        steps_us: instants of the steps from the start of the take, ascending.
        usual_us: length of a quarter note where nobody steps.

    Returns:
        a map in which every step starts a quarter note; longer holes are cut into even ones.
    """
    starts, quarters = [], []
    for begin, end in pairwise([0, *(t for t in steps_us if t > 0)]):
        notes = max(1, round((end - begin) / usual_us))
        for number in range(notes):
            first, behind = begin + (end - begin) * number // notes, begin + (end - begin) * (number + 1) // notes
            starts.append(first)
            quarters.append(behind - first)
    starts.append(steps_us[-1] if steps_us else 0)
    quarters.append(usual_us)
    return TempoMap(np.array(starts), np.array(quarters), _ticks(max(quarters)))


def _ticks(longest_us: int) -> int:
    return TICKS * max(1, -(-longest_us // (MAX_TICK_US * TICKS)))
