"""A treadmill's belt: from counted pulses to its speed and how sure that is. Pure functions on arrays."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray
from runslate_protocol.events import EventKind

from runslate.errors import RunslateError
from runslate.reel import Reel

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

TICK_US = 25
"""A BELT event's tick, microseconds of the board's clock."""

CRYSTAL_PPM = 100.0
"""How far a board's crystal may be off, temperature and ageing included."""

_PULSE_TEXT = re.compile(r"^belt, ([1-9]\d*) um a pulse$")


def belt_speed(source: Reel | NDArray[np.void], pulse_um: float | None = None) -> tuple[I64, F64, F64]:
    """Turn a belt's events into its mean speed between each two of them.

    Each event states how many pulses there were until its tick, which is the last pulse's own; so the speed does not
    suffer from pulses being whole. An event without a new pulse has the tick at which it was made: until then the
    belt moved by less than a pulse.

    Args:
        source: a belt's reel, or (n,) records of `pages.EVENT`; other kinds of events are left out.
        pulse_um: micrometres of belt per pulse; without it, what the reel's start page states.

    Returns:
        times_us (m,) in the middle of each stretch: board microseconds for a reel, microseconds since the reel's start
        for events; speed_m_s (m,); error_m_s (m,), half-width of what the ticks and the crystal leave open. The
        distance per pulse is taken as it is given.

    Raises:
        RunslateError: nobody said how much belt a pulse is.
    """
    events = source.events if isinstance(source, Reel) else source
    per_pulse_m = (_stated_um(source) if pulse_um is None else pulse_um) * 1e-6
    ticks, pulses = belt_counts(events)
    if len(ticks) < 2:
        none = np.empty(0, np.float64)
        return np.empty(0, np.int64), none, none.copy()
    span_s = np.maximum(np.diff(ticks), 1) * (TICK_US * 1e-6)
    new = np.diff(pulses)
    speed = new * per_pulse_m / span_s
    error = speed * (TICK_US * 1e-6 / span_s + CRYSTAL_PPM * 1e-6)
    # At rest: anything from nothing to one pulse, of which the middle is the fairest word.
    rest = new == 0
    speed[rest] = error[rest] = per_pulse_m / span_s[rest] / 2
    middle = (ticks[1:] + ticks[:-1]) / 2
    if isinstance(source, Reel):
        return source.tick_map().to_board(middle), speed, error
    return np.rint(middle * TICK_US).astype(np.int64), speed, error


def belt_counts(events: NDArray[np.void]) -> tuple[I64, I64]:
    """Give ticks (n,) and pulses since the reel's start (n,) of the BELT events among (m,) records of `pages.EVENT`."""
    belt = events[events["kind"] == int(EventKind.BELT)]
    pulses = belt["p"][:, 0].astype(np.int64) | belt["p"][:, 1].astype(np.int64) << 16
    return belt["tick"].astype(np.int64), pulses


def _stated_um(source: Reel | NDArray[np.void]) -> float:
    if isinstance(source, Reel) and source.start is not None:
        stated = _PULSE_TEXT.match(source.start.imu)
        if stated is not None:
            return float(stated.group(1))
    raise RunslateError(
        "How much belt passes per pulse is not known.",
        "A belt's reel states it in its start page, from the node's setting pulse_um.",
        "Measure the belt's length, divide it by its pulses, and say: runslate node set pulse_um MICROMETRES.",
    )
