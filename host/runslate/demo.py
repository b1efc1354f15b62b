"""The demo: a running scene on emulated nodes, from the sensor's registers to the verdict.

Nothing between is faked: the nodes run the real firmware, the host talks to them as to any other
board. What really happened is known to the emulation alone; it is read after the analysis, and only
to be printed beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, get_args

from runslate import demo_truth, hostclock
from runslate.analysis.take import Analysis, analyse
from runslate.bar.shelf import keep_bests
from runslate.derive import derive
from runslate.discovery import PortInfo
from runslate.drain import Drained, Progress
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.node import Node
from runslate.opening import open_nodes
from runslate.port import Port
from runslate.report import write_report
from runslate.report.document import take_document
from runslate.rig import Rig
from runslate.sim.node import NodeSpec
from runslate.sim.patient import PatientWall
from runslate.sim.scene import Scene, Waveform, demo_scene, other_foot
from runslate.sim.sim import Sim
from runslate.take import Take

WAVEFORMS = get_args(Waveform)
"""What a user calls them; recorded are real strides, warped in time to the scene's cadence."""

LENGTHS = {"virtual": (3, 40.0), "pico": (2, 20.0)}
"""By target: runners and seconds when none are given. Two runners wear three tags, as many as two cores carry."""

FULL_MV, FLAT_MV = 4050.0, 3200.0
"""Of a LiPo cell; the firmware closes its reel below 3300 mV."""

FLAT_AT = 0.5
"""Of the scene's length: when the reel of a runner named by --fault ends."""

CLOSING_S = 2.5
"""From a flat battery to the end of the reel: the firmware looks once a second and believes the
third low reading, so 2 to 3 s."""

TAIL_S = 0.5
"""The take is cut this long after the scene: everybody stands by then."""

Watch = Callable[[Rig, Take, float], None]
"""Shows a rolling take for some seconds."""


class Emulated(Protocol):
    """What the demo needs of an emulated node."""

    @property
    def spec(self) -> NodeSpec:
        """What it is."""
        ...

    @property
    def truth_file(self) -> Path:
        """What really happened to it."""
        ...


class Stage(Protocol):
    """What the demo needs of the emulation, whatever its boards are."""

    epoch_s: float
    """The host's monotonic time at scene time 0."""

    @property
    def nodes(self) -> Mapping[str, Emulated]:
        """The nodes by name."""
        ...

    def open_port(self, name: str) -> Port:
        """Open a node's port."""
        ...

    def begin(self) -> float:
        """Let all motions begin now; returns the scene time of their zero."""
        ...

    def write_truth(self) -> None:
        """Write the truth files."""
        ...


@dataclass(frozen=True)
class Plan:
    """What the demo shall play."""

    runners: int = 3
    seconds: float = 40.0
    seed: int = 1
    waveform: Waveform = "parametric"
    target: str = "virtual"
    flat: tuple[str, ...] = ()
    """Runners whose batteries go flat half-way."""


@dataclass
class Cue:
    """When the scene begins, on the emulation's clock; unknown until all nodes record."""

    zero_s: float = float("inf")
    dark_s: dict[str, float] = field(default_factory=dict)
    """By runner, seconds of the scene: when reels end for a flat battery."""

    def battery_mv(self, runner: str, now_s: float) -> float:
        """Return a battery's voltage at an instant of the emulation's clock."""
        flat = self.zero_s + self.dark_s.get(runner, float("inf")) - CLOSING_S
        return FLAT_MV if now_s >= flat else FULL_MV


@dataclass(frozen=True)
class Shown:
    """What the demo found."""

    document: dict[str, Any]
    """The keys of `runslate demo --json`."""
    result: Analysis
    report: Path
    drained: list[Drained]


def play(plan: Plan, shelf: Library, watch: Watch, progress: Progress | None = None) -> Shown:
    """Play the scene, shoot it as a take, drain, verify, analyse, and write the report.

    Args:
        plan: what is played.
        shelf: the library that the take goes into.
        watch: shows the rolling take.
        progress: told about pages while draining.

    Raises:
        RunslateError: a name that nobody has, no recordings for real strides, a node that fails.
    """
    scene = demo_scene(plan.seconds, plan.seed, plan.runners)
    cue = Cue(dark_s=dict.fromkeys(_flat_names(plan, scene), FLAT_AT * plan.seconds))
    specs = node_specs(plan, scene, cue)
    with _stage(plan.target, specs) as sim, _rig(sim, shelf) as rig:
        take = shelf.new_take("DEMO", "1")
        take.lead = shown_name(scene.lead)
        rig.start()
        rig.roll(take)
        cue.zero_s = sim.begin()
        watch(rig, take, plan.seconds + TAIL_S)
        rig.cut(take)
        drained = rig.drain(progress)
        if rig.problems:
            raise rig.problems[0]
        sim.write_truth()
        truths = [demo_truth.read(node.truth_file) for node in sim.nodes.values()]
    data = derive(shelf, take)
    result = analyse(data, plan.seed)
    keep_bests(shelf, take, result.bests)
    report = write_report(data, result, shelf.take_folder(take.name) / "report.html")
    document = take_document(data, result)
    document |= {"seed": plan.seed, "report": str(report), "waveform": plan.waveform}
    demo_truth.compare(document, data, truths, _dark_us(sim, cue))
    return Shown(document, result, report, drained)


def node_specs(plan: Plan, scene: Scene, cue: Cue) -> list[NodeSpec]:
    """Make the emulated nodes: the lead wears two tags, everybody else one."""
    lead = scene.parts[0]
    second = replace(lead, name=f"{lead.name}-2", foot=other_foot(lead.foot))
    wearing = Scene(scene.seconds, (lead, second, *scene.parts[1:]))
    specs = wearing.specs(plan.seed, plan.waveform)
    for spec in specs:
        spec.runner = shown_name(spec.name.partition("-")[0])
        spec.battery = _battery(cue, spec.runner)
        # The movement begins when all nodes record, not while they still boot.
        spec.start = "record"
    return specs


@contextmanager
def _stage(target: str, specs: list[NodeSpec]) -> Iterator[Stage]:
    """Start the emulation; its time, which a busy computer makes slower, is the host's meanwhile."""
    if target == "pico":
        from runslate.sim.pico.lockstep import PicoSim

        with PicoSim(specs) as boards:
            yield boards
        return
    wall = PatientWall(1.0)
    with hostclock.follow(wall), Sim(specs, listed=False, wall=wall) as sim:
        yield sim


def shown_name(name: str) -> str:
    """Write a scene's name as a person's."""
    return name.capitalize()


def _battery(cue: Cue, runner: str) -> Callable[[float], float]:
    return lambda now_s: cue.battery_mv(runner, now_s)


def _dark_us(sim: Stage, cue: Cue) -> dict[str, int]:
    """Host time, within half a second, at which reels ended for a flat battery."""
    zero = sim.epoch_s + cue.zero_s
    return {name: round((zero + s) * 1e6) for name, s in cue.dark_s.items()}


def _flat_names(plan: Plan, scene: Scene) -> list[str]:
    cast = {part.name.lower(): shown_name(part.name) for part in scene.parts}
    unknown = [name for name in plan.flat if name.lower() not in cast]
    if unknown:
        raise RunslateError(
            f"Nobody called {unknown[0]} runs in this scene.",
            f"Its runners are {', '.join(cast.values())}.",
            "Name one of them after `flat:`.",
        )
    return [cast[name.lower()] for name in plan.flat]


@contextmanager
def _rig(sim: Stage, shelf: Library) -> Iterator[Rig]:
    """Open all nodes of the emulation and pair each with its runner and foot."""
    ports = [PortInfo(name, "virtual", "emulated node", name) for name in sim.nodes]
    nodes, problems = open_nodes(ports, sim.open_port)
    with Rig(nodes, shelf) as rig:
        if problems:
            raise problems[0]
        specs = {node.spec.uid.hex(): node.spec for node in sim.nodes.values()}
        rig.each(lambda node: pair(node, specs[node.uid]))
        if rig.problems:
            raise rig.problems[0]
        yield rig


def pair(node: Node, spec: NodeSpec) -> bool:
    """Tell a node who wears it and where; the answer is always true."""
    for setting in ("name", "runner", "foot"):
        node.set(setting, getattr(spec, setting))
    node.settings()
    return True
