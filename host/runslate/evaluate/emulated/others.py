"""People who do not run: minutes of everything that could be taken for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from runslate.evaluate.emulated.scenario import Build, Scenario
from runslate.sim.course import FEET, Segment
from runslate.sim.motion import Motion
from runslate.sim.notrunning import KINDS, not_running
from runslate.sim.parametric import ParametricRunner

_SECONDS = 180.0
_SEEDS = 2
# Name, cadence in steps/min, speed in m/s, climb per stride in m.
_GAITS: tuple[tuple[str, float, float, float], ...] = (
    ("walking, slow", 80.0, 0.7, 0.0),
    ("walking", 110.0, 1.4, 0.0),
    ("walking, brisk", 135.0, 1.9, 0.0),
    ("stairs up", 100.0, 0.5, 0.34),
    ("stairs up, in a hurry", 150.0, 0.8, 0.34),
    ("stairs down", 115.0, 0.6, -0.34),
    ("stairs down, in a hurry", 160.0, 0.9, -0.34),
)


def others() -> Iterator[Scenario]:
    """Yield everything that is not running."""
    for seed in range(_SEEDS):
        for number, kind in enumerate(KINDS):
            build: Build = partial(not_running, kind, _SECONDS, seed)
            yield Scenario("others", f"{kind}, {seed}", (build,), runs=False, seed=2000 + 10 * number + seed)
        for number, (name, cadence, speed, climb_m) in enumerate(_GAITS):
            build = partial(_walks, cadence, speed, climb_m, seed)
            yield Scenario("others", f"{name}, {seed}", (build,), runs=False, seed=3000 + 10 * number + seed)


def _walks(cadence: float, speed: float, climb_m: float, seed: int) -> Motion:
    walk = Segment("walk", _SECONDS / 6 - 3.0, cadence * (0.96 + 0.04 * seed), speed, climb_m=climb_m)
    return ParametricRunner((Segment("stand", 3.0), walk) * 6, FEET[seed % 2], seed)
