"""What a shod foot does when nobody runs, and no open recording shows: to be called running, never.

Sizes are of everyday life: a heel that bounces at 2 to 5 Hz, pedals at 60 to 110 turns a minute with the ankle
tilting the foot by some 25 degrees to each side of its mean, a car's floor, a tag shaken in the hand as if to test it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from runslate.sim.motion import Floats
from runslate.sim.rigid import RATE_HZ, G, Rigid, phase, pulses, pushed, wander

Make = Callable[[float, np.random.Generator], Rigid]

_PEDAL_M = 0.17
_HEEL_M = 0.12  # from the ball of the foot to the tag on its instep


def standing(seconds: float, rng: np.random.Generator) -> Rigid:
    """Stand, sway, and every few seconds set the foot a little further."""
    t, attitude, accel = _grid(seconds)
    attitude += (1.0, 1.5, 2.0) * wander(rng, t.size, 0.4, 3)
    at = np.cumsum(rng.uniform(2.0, 9.0, int(seconds / 2)))
    at = at[at < seconds - 2.0]
    size = rng.uniform(5.0, 25.0, at.size)
    attitude[:, 1] += pulses(t, at, 0.15, -size)
    accel[:, 2] += pulses(t, at + 0.22, 0.008, size / 15.0)
    way = np.stack([pulses(t, at, 0.2, size * sign / 300.0) for sign in (1.0, 0.5, 0.4)], axis=1)
    return Rigid(attitude, accel + pushed(way))


def leg_bounce(seconds: float, rng: np.random.Generator, hz: tuple[float, float] = (2.0, 5.5)) -> Rigid:
    """Sit and bounce the heel, the toes on the floor."""
    t, attitude, accel = _grid(seconds)
    beat = phase(_between(rng, t.size, *hz, 0.05))
    angle = -14.0 + (7.0 + 3.0 * wander(rng, t.size, 0.2)[:, 0]) * np.sin(beat)
    attitude[:, 1] = angle
    accel[:, 2] = pushed(_HEEL_M * np.sin(np.radians(-angle)))
    return Rigid(attitude, accel)


def shaking(seconds: float, rng: np.random.Generator, hz: tuple[float, float] = (1.0, 6.0)) -> Rigid:
    """Shake the tag in the hand, slowly and fast, with breaks, the wrist turning along."""
    t, attitude, accel = _grid(seconds)
    frequency = _between(rng, t.size, *hz, 0.1)
    beat = phase(frequency)
    strength = np.clip(0.5 + wander(rng, t.size, 0.1)[:, 0], 0.0, 1.5)
    # What an arm can do: some 0.2 m and 3 g at most.
    size_g = strength * np.minimum(0.2 * (2 * np.pi * frequency) ** 2 / G, 3.0)
    way = wander(rng, t.size, 0.2, 3)
    accel += size_g[:, None] * np.sin(beat)[:, None] * way / np.linalg.norm(way, axis=1, keepdims=True)
    swing = np.stack([np.sin(beat + late) for late in rng.uniform(0, 2 * np.pi, 3)], axis=1)
    turns = (strength * np.minimum(1.0, 2.0 / frequency))[:, None]
    attitude += np.array([20.0, 35.0, 20.0]) * turns * swing + 40.0 * wander(rng, t.size, 0.2, 3)
    return Rigid(attitude, accel)


def driving(seconds: float, rng: np.random.Generator) -> Rigid:
    """Drive a car: the floor shakes, the foot works the pedals."""
    t, attitude, accel = _grid(seconds)
    rough = np.clip(1.0 + wander(rng, t.size, 0.1), 0.2, None)
    accel += 0.06 * rough * (wander(rng, t.size, 40.0, 3) + wander(rng, t.size, 12.0, 3))
    accel[:, :2] += 0.15 * wander(rng, t.size, 0.3, 2)
    at = np.cumsum(rng.uniform(0.5, 6.0, int(seconds)))
    at = at[at < seconds - 1.0]
    turn = rng.uniform(-18.0, 18.0, at.size)
    pedal = sum((step / (1.0 + np.exp(np.clip(-(t - s) / 0.06, -50, 50))) for s, step in zip(at, turn, strict=True)),
                np.zeros(t.size))  # fmt: skip
    attitude[:, 1] = 35.0 + 12.0 * np.tanh(pedal / 12.0)
    attitude[:, 2] = 8.0 * np.tanh(wander(rng, t.size, 0.3)[:, 0])
    attitude += 0.3 * rough * wander(rng, t.size, 15.0, 3)
    return Rigid(attitude, accel)


def cycling(seconds: float, rng: np.random.Generator, rpm: tuple[float, float] = (60.0, 110.0)) -> Rigid:
    """Turn the pedals, coasting now and then."""
    t, attitude, accel = _grid(seconds)
    turns = _between(rng, t.size, rpm[0] / 60.0, rpm[1] / 60.0, 0.03)
    pedals = np.clip(1.6 + 1.5 * wander(rng, t.size, 0.03)[:, 0], 0.0, 1.0)
    crank = phase(turns * pedals)
    attitude[:, 1] = -8.0 + 24.0 * np.sin(crank) + 4.0 * np.sin(2.0 * crank + 0.7)
    attitude[:, 0] += 2.0 * np.sin(crank + 1.0)
    way = _PEDAL_M * np.stack([np.sin(crank), np.zeros(t.size), np.cos(crank)], axis=1)
    road = np.clip(1.0 + wander(rng, t.size, 0.2), 0.2, None)
    return Rigid(attitude, accel + pushed(way) + 0.08 * road * wander(rng, t.size, 30.0, 3))


def crawling(seconds: float, rng: np.random.Generator) -> Rigid:
    """Crawl on hands and knees: the toes drag, the foot points down."""
    t, attitude, accel = _grid(seconds)
    beat = phase(_between(rng, t.size, 0.5, 1.1, 0.1))
    attitude[:, 1] = -70.0 + 16.0 * np.sin(beat) + 4.0 * wander(rng, t.size, 2.0)[:, 0]
    attitude[:, 2] = 8.0 * np.sin(beat + 1.0) + 25.0 * wander(rng, t.size, 0.05)[:, 0]
    drags = np.clip(np.sin(beat), 0.0, 1.0)
    accel[:, 0] = pushed(0.12 * np.sin(beat))
    accel += (drags * 0.25)[:, None] * wander(rng, t.size, 35.0, 3)
    knocks = t[np.flatnonzero(np.diff(np.floor(beat / (2 * np.pi))) > 0)]
    accel[:, 2] += pulses(t, knocks, 0.010, rng.uniform(0.5, 3.0, knocks.size))
    return Rigid(attitude, accel)


def handled(seconds: float, rng: np.random.Generator) -> Rigid:
    """Put the tag on: turn it every way, knock it, lay it down."""
    t, attitude, accel = _grid(seconds)
    attitude += 60.0 * wander(rng, t.size, 0.8, 3)
    accel += 0.2 * wander(rng, t.size, 4.0, 3)
    at = rng.uniform(1.0, seconds - 1.0, int(seconds / 5))
    accel[:, 2] += pulses(t, np.sort(at), 0.005, rng.uniform(1.0, 10.0, at.size))
    return Rigid(attitude, accel)


KINDS: dict[str, Make] = {
    "standing": standing,
    "sitting, leg bounce": leg_bounce,
    "tag shaken in the hand": shaking,
    "driving": driving,
    "cycling": cycling,
    "crawling": crawling,
    "tag handled": handled,
}
"""Every kind by its name."""


def not_running(kind: str, seconds: float, seed: int) -> Rigid:
    """Return one of `KINDS`."""
    return KINDS[kind](seconds, np.random.default_rng([seed, 0xB0]))


def _grid(seconds: float) -> tuple[Floats, Floats, Floats]:
    t = np.arange(int(seconds * RATE_HZ) + 1) / RATE_HZ
    return t, np.zeros((t.size, 3)), np.zeros((t.size, 3))


def _between(rng: np.random.Generator, n: int, low: float, high: float, hz: float) -> Floats:
    """Return values (n,) that wander all over a range."""
    share = 0.5 + 0.5 * np.tanh(wander(rng, n, hz)[:, 0] * 1.5)
    return np.asarray(low + (high - low) * share)
