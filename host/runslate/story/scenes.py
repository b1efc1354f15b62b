"""Who does what in each take of the story: the motions, and the emulated nodes that play them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from runslate.sim.belt import BeltProfile
from runslate.sim.course import FEET, Foot, Habits, Segment, lay_course
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec
from runslate.sim.parametric import ParametricRunner

LEAD: Final = "Ada"
CANDIDATE: Final = "Bea"
STRANGER: Final = "Cleo"

QUIET_S: Final = 3.0
"""Everybody stands so long before the first step: the tags learn their clocks meanwhile."""

REST_S: Final = 2.0
"""And so long after the last."""

BEAT_SPM: Final = 172.0
"""The tempo of the score, and of the chase that it carries."""

BELT_UP_S: Final = 2.0
"""The belt runs already when the candidate steps on."""

LIMP_AFTER_S: Final = 30.0
"""Of the run: from then on the lead spares a foot. Before it the tags learn what is usual."""

LIMP_POINTS: Final = 30.0
"""How far the limp moves the symmetry of contact time: a broken ankle is no slight one."""


@dataclass(frozen=True)
class Run:
    """One runner's part in a take: stands, runs, stands."""

    runner: str
    seconds: float
    cadence_spm: float
    speed_mps: float
    start_s: float = QUIET_S
    feet: tuple[Foot, ...] = FEET
    limps: bool = False
    follows: bool = False
    """Sets the feet down with the first runner of the take."""


@dataclass(frozen=True)
class Shot:
    """A take to be shot: its place on the slate and who runs in it; the first is its lead."""

    scene: str
    runs: tuple[Run, ...]
    belt_mps: float | None = None
    """Speed of a treadmill whose belt a node counts."""

    @property
    def lead(self) -> str:
        """Whom the take is about."""
        return self.runs[0].runner

    @property
    def seconds(self) -> float:
        """How long it rolls."""
        return max(run.start_s + run.seconds for run in self.runs) + REST_S


def specs(shot: Shot, seed: int) -> list[NodeSpec]:
    """Make a take's nodes: a tag for each foot named, and the treadmill's where there is one."""
    tags = [_tag(shot, run, foot, seed) for run in shot.runs for foot in run.feet]
    return tags if shot.belt_mps is None else [*tags, _belt(shot.belt_mps, seed)]


def _tag(shot: Shot, run: Run, foot: Foot, seed: int) -> NodeSpec:
    motion = ParametricRunner(_segments(shot, run, seed), foot, _seed(shot, run, seed), _habits(run))
    name = f"{run.runner.lower()}-{foot}"
    return NodeSpec(name, motion, run.runner, foot, seed=seed, start="record")


def _belt(speed_mps: float, seed: int) -> NodeSpec:
    belt = BeltProfile(((0.0, 0.0), (BELT_UP_S, speed_mps)))
    return NodeSpec("treadmill", Standing(1.0), seed=seed, part="none", belt=belt)


def _segments(shot: Shot, run: Run, seed: int) -> tuple[Segment, ...]:
    return (
        Segment("stand", run.start_s),
        Segment("run", run.seconds, run.cadence_spm, run.speed_mps, beat=_beat(shot, run, seed)),
        Segment("stand", shot.seconds - run.start_s - run.seconds),
    )


def _beat(shot: Shot, run: Run, seed: int) -> tuple[float, ...]:
    """The steps of the first runner, for one who follows."""
    if not run.follows:
        return ()
    first = shot.runs[0]
    return lay_course(_segments(shot, first, seed), _habits(first), _seed(shot, first, seed)).steps


def _habits(run: Run) -> Habits:
    if not run.limps:
        return Habits()
    return Habits(limp_from_s=run.start_s + LIMP_AFTER_S, limp_foot="left", limp_points=LIMP_POINTS)


def _seed(shot: Shot, run: Run, seed: int) -> int:
    """Both feet of a runner share one course; another take is another run."""
    return seed + sum(f"{shot.scene} {run.runner} {run.seconds} {run.speed_mps}".encode())
