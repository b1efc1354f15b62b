"""Runners of every speed, cadence and contact time, and real strides at other cadences and mountings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import product
from pathlib import Path

from runslate.errors import RunslateError
from runslate.evaluate.emulated.scenario import Scenario
from runslate.sim.course import FEET, Segment
from runslate.sim.cutting import CutStrides
from runslate.sim.gait import SURFACES
from runslate.sim.motion import Motion
from runslate.sim.parametric import ParametricRunner
from runslate.sim.warped import MAX_WARP, WarpedRunner, choose_source, load_sources, pressing

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
_NEAREST = 4  # recordings, one of which every combination is made of

Build = Callable[[], Motion]
Combination = tuple[float, float, float]


def parametric() -> Iterator[Scenario]:
    """Yield a runner for every speed, cadence and contact time that legs can do."""
    surfaces = sorted(SURFACES)
    for seed, (name, combination) in enumerate(_combinations()):
        build = partial(_runner, *combination, surfaces[seed % len(surfaces)], seed)
        yield Scenario("parametric", name, (build,), seed=seed)


def _combinations() -> list[tuple[str, Combination]]:
    possible = [c for c in product(_SPEEDS_MPS, _CADENCES_SPM, _CONTACTS_MS) if _possible(*c)]
    return [(f"{speed:g} mps, {cadence:.0f} spm, {contact:.0f} ms", (speed, cadence, contact))
            for speed, cadence, contact in possible]  # fmt: skip


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
    """Yield real strides at many cadences, and at the same speeds, cadences and contact times as `parametric`.

    Raises:
        RunslateError: the folder holds no running at a shoe.
    """
    for cadence, seed in product(_WARPED_SPM, range(_WARPED_SEEDS)):
        yield _warped(f"{cadence:.0f} spm, {seed}", partial(_paced, folder, cadence, seed), 1000 + seed + int(cadence))
    for seed, (name, combination) in enumerate(_combinations()):
        _, cadence, contact = combination
        beyond = pressing(_source(folder, cadence, contact, seed), cadence, contact / 1e3) > MAX_WARP
        build = partial(_pressed, folder, *combination, seed)
        yield _warped(name, build, 1500 + seed, "run, pressed" if beyond else "")


def _warped(name: str, build: Build, seed: int, activity: str = "") -> Scenario:
    return Scenario("warped", name, (build,), seed=seed, landmarks=True, activity=activity)


def _paced(folder: Path, cadence: float, seed: int) -> Motion:
    """Real strides at another cadence, as long and with as much contact as they were."""
    source = choose_source(_sources(folder), cadence, seed)
    return _made_of(source, Segment("run", _RUN_S, cadence, source.length_m * cadence / 120.0), seed)


def _pressed(folder: Path, speed: float, cadence: float, contact: float, seed: int) -> Motion:
    """Real strides at any speed, cadence and contact time."""
    source = _source(folder, cadence, contact, seed)
    return _made_of(source, Segment("run", _RUN_S, cadence, speed, contact), seed)


def _source(folder: Path, cadence: float, contact: float, seed: int) -> CutStrides:
    """One of the recordings that have to be pressed least."""
    sources = sorted(_sources(folder), key=lambda source: pressing(source, cadence, contact / 1e3))
    return sources[seed % min(_NEAREST, len(sources))]


def _made_of(source: CutStrides, run: Segment, seed: int) -> Motion:
    stand = Segment("stand", _STAND_S)
    return WarpedRunner((stand, run, stand), source, FEET[seed % 2], seed)


@cache
def _sources(folder: Path) -> list[CutStrides]:
    return load_sources(folder)


def has_running(folder: Path) -> bool:
    """Return whether a folder of recordings holds strides to warp."""
    try:
        _sources(folder)
    except RunslateError:
        return False
    return True
