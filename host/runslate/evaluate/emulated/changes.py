"""What may differ from one recording to the next: sensor, mounting, tempo, loss. Each changes a recording's table.

Sizes are what sensors and people do: scales off by a quarter at most, ranges of the cheapest parts, gaps of a link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from runslate.evaluate.found import Floats
from runslate.sim.recording import Table
from runslate.sim.rigid import any_mounting

_ACCEL = ("ax", "ay", "az")
_GYRO = ("gx", "gy", "gz")
_HOLES_EVERY_S = 2.0
_HOLE_S = (0.02, 0.2)
_JITTER_S = 0.003
_NOISE_G, _NOISE_DPS = 0.1, 5.0
_BIAS_G, _BIAS_DPS = 0.1, 10.0

Alter = Callable[[Table], Table]


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        name: in words.
        alter: makes the changed table of one.
        tempo: how many times faster everything happens.
        rate_hz: of the emulated sensor.
    """

    name: str
    alter: Alter
    tempo: float = 1.0
    rate_hz: int = 417


def turned(table: Table, number: int) -> Table:
    """Mount the sensor another way."""
    turn = any_mounting(number)
    return _with(table, lambda accel: accel @ turn.T, lambda gyro: gyro @ turn.T)


def scaled(table: Table, accel: float = 1.0, gyro: float = 1.0) -> Table:
    """Let the sensor's scales be off; a runner's, who moves more or less."""
    return _with(table, lambda a: a * accel, lambda w: w * gyro)


def mirrored(table: Table) -> Table:
    """Make a left foot of a right one."""
    flip = np.array([-1.0, 1.0, 1.0])
    return _with(table, lambda a: a * flip, lambda w: w * -flip)


def clipped(table: Table, g: float = np.inf, dps: float = np.inf) -> Table:
    """Give the sensor smaller ranges."""
    return _with(table, lambda a: a.clip(-g, g), lambda w: w.clip(-dps, dps))


def noisy(table: Table) -> Table:
    """Add noise and constant errors of a poor sensor."""
    rng = np.random.default_rng(table.t_s.size)

    def add(values: Floats, noise: float, bias: float) -> Floats:
        return values + noise * rng.standard_normal(values.shape) + bias * rng.choice((-1.0, 1.0), 3)

    return _with(table, lambda a: add(a, _NOISE_G, _BIAS_G), lambda w: add(w, _NOISE_DPS, _BIAS_DPS))


def holed(table: Table) -> Table:
    """Lose samples for 20 to 200 ms, about every two seconds."""
    rng = np.random.default_rng(table.t_s.size)
    starts = np.cumsum(rng.uniform(0.5, 1.5, int(table.t_s[-1] / _HOLES_EVERY_S) + 1) * _HOLES_EVERY_S)
    ends = starts + rng.uniform(*_HOLE_S, starts.size)
    inside = np.searchsorted(starts, table.t_s, side="right") > np.searchsorted(ends, table.t_s, side="right")
    inside[[0, -1]] = False
    columns = {name: column[~inside] for name, column in table.columns.items()}
    return replace(table, t_s=table.t_s[~inside], columns=columns)


def jittered(table: Table) -> Table:
    """Stamp samples too early or too late."""
    rng = np.random.default_rng(table.t_s.size)
    return replace(table, t_s=np.sort(table.t_s + rng.uniform(-_JITTER_S, _JITTER_S, table.t_s.size)))


def paced(table: Table, tempo: float) -> Table:
    """Let everything happen faster; the foot turns faster through the same angles, and its knocks stay as they are."""
    return replace(_with(table, lambda a: a, lambda w: w * tempo), t_s=table.t_s / tempo)


def _with(table: Table, accel: Callable[[Floats], Floats], gyro: Callable[[Floats], Floats]) -> Table:
    columns = dict(table.columns)
    for names, change in ((_ACCEL, accel), (_GYRO, gyro)):
        values = table.three(names)
        if values is not None:
            columns |= dict(zip(names, change(values).T, strict=True))
    return replace(table, columns=columns)


def _same(table: Table) -> Table:
    return table


CHANGES = (
    Change("as recorded", _same),
    *(Change(f"gyroscope x {k:g}", partial(scaled, gyro=k)) for k in (0.8, 1.25)),
    *(Change(f"accelerometer x {k:g}", partial(scaled, accel=k)) for k in (0.8, 1.25)),
    *(Change(f"tempo x {k:g}", partial(paced, tempo=k), tempo=k) for k in (0.8, 0.9, 1.1, 1.25)),
    *(Change(f"{rate} Hz", _same, rate_hz=rate) for rate in (104, 208, 833, 1667)),
    Change("other foot", mirrored),
    *(Change(f"clipped at {g:g} g", partial(clipped, g=g)) for g in (8.0, 4.0)),
    *(Change(f"clipped at {dps:g} deg/s", partial(clipped, dps=dps)) for dps in (1000.0, 500.0, 250.0)),
    Change("noise and bias", noisy),
    Change("gaps of 20 to 200 ms", holed),
    Change("time stamps +-3 ms", jittered),
)
"""Everything that recordings are tried with."""


def mounting(number: int) -> Change:
    """Return the change to one of the other mountings."""
    return Change(f"mounting {number}", partial(turned, number=number))
