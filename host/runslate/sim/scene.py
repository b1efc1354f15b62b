"""Scenes: who runs when, and the motions and nodes that play them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from runslate.errors import RunslateError
from runslate.sim.course import FEET, Foot, Habits, Segment, lay_course
from runslate.sim.motion import Motion
from runslate.sim.node import NodeSpec
from runslate.sim.parametric import ParametricRunner
from runslate.sim.warped import WarpedRunner, choose_source, load_sources

Waveform = Literal["parametric", "recorded"]

NAMES = ("ada", "ben", "cleo", "dora", "emil", "fay")
# Everybody stands this long before the first one moves: the tags learn their clocks meanwhile.
_QUIET_S = 2.0
_SHORTEST_S = 15.0
# Nobody who runs for a camera holds one pace: parts of the lead's run, as shares of the lead's cadence. Who runs
# in step goes along with each change, which no stranger does.
_CHANGES = (1.0, 1.025, 0.985, 1.015, 0.99)


@dataclass(frozen=True)
class Part:
    """One runner's part in a scene: segments that follow each other from 0 s."""

    name: str
    segments: tuple[Segment, ...]
    seed: int
    foot: Foot = "right"


@dataclass(frozen=True)
class Scene:
    """Several runners on one scene time; the first part is the lead's."""

    seconds: float
    parts: tuple[Part, ...]

    @property
    def lead(self) -> str:
        """Name of the lead."""
        return self.parts[0].name

    def motions(self, waveform: Waveform = "parametric", recordings: Path | None = None) -> dict[str, Motion]:
        """Return each runner's motion by name.

        Args:
            waveform: "parametric", or "recorded" (real strides, warped to the cadence).
            recordings: folder of open recordings for "recorded"; None: $RUNSLATE_DATA.

        Raises:
            RunslateError: "recorded" without usable recordings.
        """
        if waveform == "parametric":
            return {p.name: ParametricRunner(p.segments, p.foot, p.seed) for p in self.parts}
        sources = load_sources(recordings)
        return {
            p.name: WarpedRunner(p.segments, choose_source(sources, _cadence(p), p.seed), p.foot, p.seed)
            for p in self.parts
        }

    def specs(
        self,
        seed: int = 0,
        waveform: Waveform = "parametric",
        recordings: Path | None = None,
        flat_at_s: dict[str, float] | None = None,
    ) -> list[NodeSpec]:
        """Return a node for each runner, named after the runner.

        Args:
            seed: makes clock errors, biases and noise.
            waveform, recordings: see `motions`.
            flat_at_s: scene times at which batteries are flat, by name.

        Raises:
            RunslateError: see `motions`; or a name in `flat_at_s` that is not in the scene.
        """
        motions = self.motions(waveform, recordings)
        strangers = sorted(set(flat_at_s or {}) - set(motions))
        if strangers:
            raise RunslateError(
                f"Nobody called {strangers[0]} runs in this scene.",
                f"Its runners are {', '.join(motions)}.",
                "Name one of them.",
            )
        flat = flat_at_s or {}
        return [
            NodeSpec(
                name=part.name,
                motion=motions[part.name],
                runner=part.name,
                foot=part.foot,
                seed=seed,
                flat_at_s=flat.get(part.name),
            )
            for part in self.parts
        ]


def demo_scene(seconds: float = 40.0, seed: int = 0, runners: int = 3) -> Scene:
    """Return the scene of the demo: the lead alone, one joins in step, others at other paces.

    Then they drop out, the one in step first, and the lead finishes alone.

    Raises:
        RunslateError: fewer than one or more than six runners, or too short a scene.
    """
    if not 1 <= runners <= len(NAMES) or seconds < _SHORTEST_S:
        raise RunslateError(
            f"A scene of {runners} runners and {seconds:g} s cannot be made.",
            f"One to {len(NAMES)} runners and at least {_SHORTEST_S:g} s are possible.",
            "Ask for numbers in that range.",
        )
    rng = np.random.default_rng([seed, 0x5CE])
    cadence = float(rng.uniform(164.0, 174.0))
    lead = Part(
        NAMES[0],
        _changing(_one_run(seconds, _QUIET_S, 0.93 * seconds, cadence, float(rng.uniform(3.2, 3.9)))),
        seed=int(rng.integers(1 << 30)),
    )
    parts = [lead]
    for index in range(1, runners):
        # Joining between 30 and 55 % of the scene, leaving between 70 and 84 % in the same order.
        share = (index - 1) / max(runners - 2, 1)
        start, stop = (0.30 + 0.22 * share) * seconds, (0.68 + 0.16 * share) * seconds
        own_seed = int(rng.integers(1 << 30))
        if index == 1:
            segments = _in_step(lead, seconds, start, stop, rng)
        else:
            other = cadence * (0.90 if index % 2 == 0 else 1.08) + float(rng.uniform(-2.0, 2.0))
            segments = _one_run(seconds, start, stop, other, float(rng.uniform(2.6, 3.4)))
        parts.append(Part(NAMES[index], segments, own_seed))
    return Scene(seconds, tuple(parts))


def _one_run(
    seconds: float, start_s: float, stop_s: float, cadence_spm: float, speed_mps: float
) -> tuple[Segment, ...]:
    return (
        Segment("stand", start_s),
        Segment("run", stop_s - start_s, cadence_spm, speed_mps),
        Segment("stand", seconds - stop_s),
    )


def _changing(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Let the run go faster and slower: at the same length of stride."""
    stand, run, rest = segments
    parts = [
        replace(
            run,
            seconds=run.seconds / len(_CHANGES),
            cadence_spm=run.cadence_spm * change,
            speed_mps=run.speed_mps * change,
        )
        for change in _CHANGES
    ]
    return stand, *parts, rest


def _in_step(
    lead: Part, seconds: float, start_s: float, stop_s: float, rng: np.random.Generator
) -> tuple[Segment, ...]:
    """Run with the lead's steps, a little early or late as people who run in step are."""
    course = lay_course(lead.segments, Habits(), lead.seed)
    run = lead.segments[1]
    late = float(rng.uniform(-15.0, 15.0)) / 360.0 * 120.0 / run.cadence_spm
    stand, own, rest = _one_run(
        seconds, start_s, stop_s, run.cadence_spm, run.speed_mps * float(rng.uniform(0.95, 1.05))
    )
    return stand, replace(own, beat=tuple(t + late for t in course.steps)), rest


def _cadence(part: Part) -> float:
    return max(segment.cadence_spm for segment in part.segments)


def other_foot(foot: Foot) -> Foot:
    """Return the other foot, for a second tag on the same runner."""
    return FEET[1 - FEET.index(foot)]
