"""One emulated scenario: what a shoe (or a pair) does, on a sensor that is off, and what should come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runslate.evaluate.found import Found
from runslate.evaluate.play import play
from runslate.evaluate.recordings import Item
from runslate.evaluate.result import FIRMWARE, Result
from runslate.evaluate.score import score
from runslate.evaluate.tap import Samples
from runslate.evaluate.truth import Known
from runslate.evaluate.watch import watched
from runslate.sim.motion import Motion
from runslate.sim.rigid import Turned, any_mounting

Build = Callable[[], Motion]

PREFIX = "emulated"
# Sensors are off by percents; ours of the firmware's reference part within 3.
_CLOCK_PPM = 30_000.0
_OTHER_SHOE = 101  # its tag has another seed


@dataclass(frozen=True)
class Scenario:
    """What one shoe does, or both shoes of one runner.

    Attributes:
        set: its set's name, after "emulated_".
        name: its own.
        build: makes the motion of each shoe; made in the process that plays it.
        runs: whether somebody runs in it; None: both happens.
        seed: makes the mounting, the clock's error, biases and noise.
        limp_s, fall_s: when a limp begins, when somebody falls.
        landmarks: the truth of contacts is the zero crossing of the pitch rate, not the impact.
        activity: what is done, where that is more than whether somebody runs.
    """

    set: str
    name: str
    build: tuple[Build, ...]
    runs: bool | None = True
    seed: int = 0
    limp_s: float | None = None
    fall_s: float | None = None
    landmarks: bool = False
    activity: str = ""

    @property
    def item(self) -> Item:
        """Return what results are filed under."""
        return Item(f"{PREFIX}_{self.set}", Path(self.name))


def run(scenario: Scenario) -> Result:
    """Play one scenario and score it; of a pair, the first shoe's strides are scored."""
    motions = [build() for build in scenario.build]
    found = [_play(motion, scenario.seed + _OTHER_SHOE * n)[0] for n, motion in enumerate(motions)]
    end_s = motions[0].duration_s if scenario.fall_s is None else scenario.fall_s
    figures = score(found[0].until(end_s), _known(motions[0]), scenario.runs, end_s, None)
    if scenario.landmarks:
        figures = figures.by_crossing()
    watch = watched(found, motions[0], scenario.limp_s, scenario.fall_s)
    return Result.of(scenario.item, figures, FIRMWARE, _activity(scenario), found[0], watch=watch)


def detect(scenario: Scenario) -> tuple[Found, Samples, Known]:
    """Return what the firmware finds in a scenario's first shoe, its samples, and what is true."""
    motion = scenario.build[0]()
    found, samples = _play(motion, scenario.seed)
    return found, samples, _known(motion)


def _activity(scenario: Scenario) -> str:
    if scenario.activity:
        return scenario.activity
    return "mixed" if scenario.runs is None else "run" if scenario.runs else "no running"


def _play(motion: Motion, seed: int) -> tuple[Found, Samples]:
    ppm = float(np.random.default_rng([seed, 0xC10C]).uniform(-_CLOCK_PPM, _CLOCK_PPM))
    found, samples = play(Turned(motion, any_mounting(seed)), ppm=ppm, seed=seed)
    return found.until(motion.duration_s), samples


def _known(motion: Motion) -> Known:
    truth = motion.truth()
    return Known(ic_s=truth.ic_s, tc_s=truth.tc_s, running=truth.running, whole=True)
