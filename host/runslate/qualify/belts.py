"""The belt node of an attempt: its reel found in the library, its speed laid onto the take's time line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.intervals import Interval
from runslate.belt import belt_counts, belt_speed
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.nodetime import node_time
from runslate.reel import Reel
from runslate.reelstore import ReelStore
from runslate.take import Take

FloatArray = NDArray[np.float64]
Belt = tuple[NDArray[np.int64], FloatArray, FloatArray]
"""Times on the take's line (microseconds), speeds (m/s), half-widths of what the counting leaves open."""


def belt_of(library: Library, take: Take, window: Interval) -> Belt | None:
    """Find the belt node that covers most of a window, and return its speed; None without one.

    Raises:
        RunslateError: a belt's reel does not say how much belt a pulse is.
    """
    found = [belt for belt in _belts(library, take) if _overlap(belt, window) > 0]
    return max(found, key=lambda belt: _overlap(belt, window), default=None)


def _belts(library: Library, take: Take) -> Iterator[Belt]:
    worn = {(node.uid, node.reel_id) for member in take.cast if member.runner for node in member.nodes}
    for store in library.reels():
        if (store.uid, store.reel_id) in worn:
            continue
        belt = _belt(store, take)
        if belt is not None:
            yield belt


def _belt(store: ReelStore, take: Take) -> Belt | None:
    reel = Reel.load(store)
    if len(belt_counts(reel.events)[0]) < 2:
        return None
    try:
        clock = node_time(reel, store.clock(), take).clock
    except RunslateError:
        return None  # no clock sample: its times can't be laid onto the take's line
    times, speed, error = belt_speed(reel)
    return clock.to_host(times), speed, error


def _overlap(belt: Belt, window: Interval) -> int:
    times = belt[0]
    return int(min(times[-1], window[1]) - max(times[0], window[0])) if times.size else 0
