"""Limps, falls, and hours in which nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np

from runslate.evaluate.emulated.scenario import Scenario
from runslate.sim.course import FEET, Foot, Habits, Segment
from runslate.sim.falling import Fallen
from runslate.sim.gait import SURFACES
from runslate.sim.motion import Motion
from runslate.sim.parametric import ParametricRunner

# Contact times of the outdoor recording scatter by 8.5 ms around 221 as the detector reads them. 2.5 % of them and
# 4.6 ms at either end make that; a little more, to be sure.
_NOISY = Habits(gct_stray=0.025, event_stray_s=(0.005, 0.005))

_LIMP_POINTS = 10.0
_LIMP_AFTER_S = 150.0
_LIMP_LASTS_S = 60.0
_LIMPERS = ((2.6, 158.0), (3.2, 165.0), (3.8, 172.0), (4.4, 178.0), (5.0, 184.0), (6.0, 196.0))

_FALL_SPEEDS = ((2.6, 155.0), (3.4, 168.0), (4.5, 180.0), (6.5, 205.0))
_FALL_SEEDS = 6
_STUMBLES = 8

_RUNNERS = 8
_BRIEF_S = 300.0
_QUARTER_HOUR_S = 900.0  # of 8 runners: two hours
# How far the symmetry index of contact times strays from stretch to stretch: watches that show the balance of contact
# show 49.5 to 50.5 % on one run.
_CAMBER_POINTS = 1.0


def limps() -> Iterator[Scenario]:
    """Yield runners who begin to limp by 10 points, one foot or the other; both shoes wear a tag."""
    for seed, ((speed, cadence), lame) in enumerate(product(_LIMPERS, FEET)):
        build = tuple(partial(_limper, speed, cadence, lame, foot, seed) for foot in FEET)
        name = f"{speed:g} mps, the {lame} foot is spared"
        yield Scenario("limps", name, build, seed=4000 + 10 * seed, limp_s=_LIMP_AFTER_S)


def _limper(speed: float, cadence: float, lame: Foot, foot: Foot, seed: int) -> Motion:
    habits = replace(_NOISY, limp_from_s=_LIMP_AFTER_S, limp_foot=lame, limp_points=_LIMP_POINTS)
    run = Segment("run", _LIMP_AFTER_S + _LIMP_LASTS_S - 3.0, cadence, speed)
    return ParametricRunner((Segment("stand", 3.0), run, Segment("stand", 3.0)), foot, seed, habits)


def falls() -> Iterator[Scenario]:
    """Yield runners who fall."""
    for (speed, cadence), seed in product(_FALL_SPEEDS, range(_FALL_SEEDS)):
        at = float(np.random.default_rng([seed, 0xFA]).uniform(10.0, 20.0))
        build = partial(_falls, speed, cadence, at, seed)
        yield Scenario("falls", f"{speed:g} mps, {seed}", (build,), seed=5000 + 10 * int(speed) + seed, fall_s=at)


def stumbles() -> Iterator[Scenario]:
    """Yield runners who stumble and run on: no alarm is due."""
    for seed in range(_STUMBLES):
        build = partial(_stumbles, *_FALL_SPEEDS[seed % len(_FALL_SPEEDS)], seed)
        yield Scenario("stumbles", f"stumble, {seed}", (build,), seed=5500 + seed)


def _falls(speed: float, cadence: float, at: float, seed: int) -> Motion:
    segments = (Segment("stand", 2.0), Segment("run", 25.0, cadence, speed))
    return Fallen(ParametricRunner(segments, FEET[seed % 2], seed), at, seed)


def _stumbles(speed: float, cadence: float, seed: int) -> Motion:
    segments = (Segment("stand", 2.0), Segment("run", 25.0, cadence, speed), Segment("stand", 5.0))
    return ParametricRunner(segments, FEET[seed % 2], seed, Habits(stumble_at_s=15.0 + 0.1 * seed))


def healthy() -> Iterator[Scenario]:
    """Yield runners with nothing wrong, five minutes each, a tag on either shoe."""
    return _well("healthy", _BRIEF_S)


def hours() -> Iterator[Scenario]:
    """Yield two hours of the same."""
    return _well("hours", _QUARTER_HOUR_S)


def _well(name: str, seconds: float) -> Iterator[Scenario]:
    for seed in range(_RUNNERS):
        build = tuple(partial(_healthy, foot, seconds, seed) for foot in FEET)
        yield Scenario(name, f"runner {seed}", build, runs=None, seed=6000 + 10 * seed)


def _healthy(foot: Foot, seconds: float, seed: int) -> Motion:
    rng = np.random.default_rng([seed, 0x4EA])
    segments = [Segment("stand", 4.0)]
    while sum(s.seconds for s in segments) < seconds:
        segments += _stretch(rng)
    habits = replace(_NOISY, asymmetry_pct=float(rng.normal(0.0, 3.0)), fatigue=float(rng.uniform(0.0, 0.6)))
    surface = sorted(SURFACES)[seed % len(SURFACES)]
    return ParametricRunner(tuple(segments), foot, 700 + seed, habits, surface)


def _stretch(rng: np.random.Generator) -> list[Segment]:
    """Some minutes at one speed; then a change of speed, a walk, or a stop."""
    speed = float(rng.uniform(2.4, 4.6))
    cadence = 145.0 + 9.0 * speed + float(rng.normal(0.0, 5.0))
    camber = float(rng.normal(0.0, _CAMBER_POINTS))
    run = Segment("run", float(rng.uniform(40.0, 200.0)), cadence, speed, asymmetry_pct=camber)
    then = rng.random()
    if then < 0.4:
        return [run]
    if then < 0.7:
        return [run, Segment("walk", float(rng.uniform(10.0, 40.0)), 112.0, 1.4)]
    return [run, Segment("stand", float(rng.uniform(3.0, 20.0)))]
