"""Runners of every speed, cadence and contact time, and real strides at other cadences and mountings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path

from runslate.errors import RunslateError
from runslate.evaluate.emulated.scenario import Scenario
from runslate.sim.course import FEET, Segment
from runslate.sim.gait import SURFACES
from runslate.sim.motion import Motion
from runslate.sim.parametric import ParametricRunner
from runslate.sim.warped import WarpedRunner, choose_source, load_sources

_SPEEDS_MPS = (2.5, 3.5, 5.0, 7.0, 9.0)
_CADENCES_SPM = (140.0, 165.0, 190.0, 220.0, 250.0, 280.0)
_CONTACTS_MS = (80.0, 120.0, 160.0, 200.0, 250.0, 300.0)
# What legs can do: how far the body travels over a foot, how long a stride is, how much of it is contact.
_WAY_OVER_FOOT_M = (0.45, 1.2)
_LONGEST_STRIDE_M = 5.2
_DUTY = (0.16, 0.46)

_RUN_S = 20.0
_STAND_S = 2.0
_WARPED_SPM = (140.0, 150.0, 160.0, 170.0, 180.0, 190.0, 200.0, 210.0, 220.0)
_WARPED_SEEDS = 3


def parametric() -> Iterator[Scenario]:
    """Yield a runner for every speed, cadence and contact time that legs can do."""
    surfaces = sorted(SURFACES)
    combinations = [c for c in product(_SPEEDS_MPS, _CADENCES_SPM, _CONTACTS_MS) if _possible(*c)]
    for seed, (speed, cadence, contact) in enumerate(combinations):
        name = f"{speed:g} mps, {cadence:.0f} spm, {contact:.0f} ms"
        build = partial(_runner, speed, cadence, contact, surfaces[seed % len(surfaces)], seed)
        yield Scenario("parametric", name, (build,), seed=seed)


def _possible(speed: float, cadence: float, contact_ms: float) -> bool:
    stride_s = 120.0 / cadence
    low, high = _WAY_OVER_FOOT_M
    return (
        low <= speed * contact_ms / 1e3 <= high
        and speed * stride_s <= _LONGEST_STRIDE_M
        and _DUTY[0] <= contact_ms / 1e3 / stride_s <= _DUTY[1]
    )


def _runner(speed: float, cadence: float, contact_ms: float, surface: str, seed: int) -> Motion:
    run = Segment("run", _RUN_S, cadence, speed, contact_ms)
    stand = Segment("stand", _STAND_S)
    return ParametricRunner((stand, run, stand), FEET[seed % 2], seed, surface=surface)


def warped(folder: Path) -> Iterator[Scenario]:
    """Yield real strides at many cadences.

    Raises:
        RunslateError: the folder holds no running at a shoe.
    """
    load_sources(folder)
    for cadence, seed in product(_WARPED_SPM, range(_WARPED_SEEDS)):
        name = f"{cadence:.0f} spm, {seed}"
        build = partial(_warped, folder, cadence, seed)
        yield Scenario("warped", name, (build,), seed=1000 + seed + int(cadence), landmarks=True)


def _warped(folder: Path, cadence: float, seed: int) -> Motion:
    segments = (Segment("stand", _STAND_S), Segment("run", _RUN_S, cadence, 3.0), Segment("stand", _STAND_S))
    return WarpedRunner(segments, choose_source(load_sources(folder), cadence, seed), FEET[seed % 2], seed)


def has_running(folder: Path) -> bool:
    """Return whether a folder of recordings holds strides to warp."""
    try:
        load_sources(folder)
    except RunslateError:
        return False
    return True
