"""Shooting a take of the story with emulated nodes: from boot to the drained library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from runslate import hostclock
from runslate.demo import pair
from runslate.discovery import PortInfo
from runslate.library import Library
from runslate.node import Node
from runslate.opening import close_all, open_nodes
from runslate.rig import Rig
from runslate.sim.clock import Wall
from runslate.sim.node import NodeSpec
from runslate.sim.sim import Sim
from runslate.story.scenes import Shot, specs

BOOT_S = 30.0
"""Longest wait for a node that restarts."""

LOOK_S = 0.3
"""How often it is looked for."""


@dataclass(frozen=True)
class Stage:
    """Where the story is shot.

    Attributes:
        library: what the takes go into.
        wall: the story's time, which may be faster than the wall's.
        seed: makes the clocks' errors, the noise and the runners' habits.
    """

    library: Library
    wall: Wall
    seed: int

    def shoot(self, shot: Shot) -> str:
        """Shoot a take, drain and verify it; returns its name.

        Raises:
            RunslateError: a node failed.
        """
        nodes = specs(shot, self.seed)
        with Sim(nodes, listed=False, wall=self.wall) as sim, rig_of(sim, nodes, self.library) as rig:
            take = self.library.new_take(shot.scene, "1")
            take.lead = shot.lead
            rig.start()
            rig.roll(take)
            sim.begin()
            hostclock.sleep(shot.seconds)
            rig.cut(take)
            rig.drain()
            _no_problem(rig)
        return take.name


@contextmanager
def rig_of(sim: Sim, nodes: list[NodeSpec], library: Library) -> Iterator[Rig]:
    """Tell every node what it is for, then open all of them for a take."""
    by_uid = {spec.uid.hex(): spec for spec in nodes}
    with Rig(_open(sim)) as rig:
        rig.each(lambda node: _prepare(node, by_uid[node.uid]))
        _no_problem(rig)
    with Rig(_open(sim), library) as rig:
        yield rig


def _prepare(node: Node, spec: NodeSpec) -> bool:
    """Pair a tag, or make a treadmill's node count; always true."""
    if spec.belt is None:
        return pair(node, spec)
    for key, value in {"name": spec.name, "role": "belt", "pulse_um": str(spec.belt.pulse_um)}.items():
        node.set(key, value)
    node.reset()  # a role is taken on at boot
    return True


def _open(sim: Sim) -> list[Node]:
    """Open every node; one that restarts is waited for."""
    ports = [PortInfo(name, "virtual", "emulated node", name) for name in sim.nodes]
    end_us = hostclock.now_us() + round(BOOT_S * 1e6)
    while True:
        nodes, problems = open_nodes(ports, sim.open_port)
        if not problems:
            return nodes
        close_all(nodes)
        if hostclock.now_us() > end_us:
            raise problems[0]
        hostclock.sleep(LOOK_S)


def _no_problem(rig: Rig) -> None:
    if rig.problems:
        raise rig.problems[0]
