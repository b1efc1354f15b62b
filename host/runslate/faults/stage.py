"""The campaign's stage: emulated nodes with the real firmware, each behind a bad link, and what can befall them."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from runslate.errors import RunslateError
from runslate.faults.flashtruth import FlashTruth
from runslate.faults.witness import Witness
from runslate.node import Node
from runslate.port import SerialPort, open_port
from runslate.proxy.listing import Listing
from runslate.proxy.relay import Proxy
from runslate.proxy.wire import Chances
from runslate.sim.course import Segment
from runslate.sim.flash import SECTOR
from runslate.sim.node import NodeSpec, VirtualNode
from runslate.sim.nor import Kind
from runslate.sim.parametric import ParametricRunner
from runslate.sim.registry import folder_below
from runslate.sim.sim import Sim

LINK = Chances(
    drop=0.03, flip=0.03, duplicate=0.03, insert=0.03, cut=0.03, stall=0.002, jitter=0.1, hangup=0.0005,
    stall_s=0.2, jitter_s=0.004,
)  # fmt: skip
"""One frame in four is hit by something: far worse than any cable, so that a minute shows thousands of mishaps."""

AWAY_S = 0.3
"""How long a port is gone when it hangs up."""

REUSED_S = 3.0
"""The system gives pseudo-terminals the names of earlier ones, which another campaign's host may still try to open."""

STAND_S = 1.0
"""Before they run: the sensor has to see 1 g at rest."""


@dataclass
class Actor:
    """One node of the campaign with its link."""

    name: str
    uid: str
    node: VirtualNode
    proxy: Proxy
    witness: Witness
    truth: FlashTruth = field(default_factory=FlashTruth)

    def look(self) -> None:
        """Take in what its flash file holds now, and what was erased since the last look."""
        self.truth.look((self.node.folder / f"{self.name}.flash").read_bytes())

    def watch_erases(self) -> None:
        """Miss no page that is freed between two looks."""
        flash = self.node.board.flash

        def before(kind: Kind, address: int, _data: bytes) -> None:
            if kind == "erase":
                self.truth.erased(flash.read(address, SECTOR))

        flash.on_change = before


class Stage:
    """Nodes that run a scene whenever a reel is started on them, faster than the wall.

    Args:
        folder: for flash files, logs and the ports' registry.
        seed: makes runners and mishaps.
        nodes: how many.
        scene_s: how long they run per take.
        owner: id of the library that may free their flash.
        link: what their links do.
    """

    def __init__(self, folder: Path, seed: int, nodes: int, scene_s: float, owner: str, link: Chances = LINK) -> None:
        self.registry = folder / "run"
        self.registry.mkdir(parents=True, exist_ok=True)
        self.actors: list[Actor] = []
        self._link = link
        self._owner = owner
        self._seed = seed
        self._sim = Sim([_spec(n, seed, scene_s) for n in range(nodes)], folder / "nodes", listed=False)
        self._open = ExitStack()

    def __enter__(self) -> Stage:
        with ExitStack() as opened:
            opened.enter_context(self._sim)
            for number, (name, node) in enumerate(self._sim.nodes.items()):
                self.actors.append(self._actor(opened, number, name, node))
            self._open = opened.pop_all()
        return self

    def _actor(self, opened: ExitStack, number: int, name: str, node: VirtualNode) -> Actor:
        uid = node.spec.uid.hex()
        listing = opened.enter_context(Listing(node.port, os.getpid(), uid, name, folder_below(self.registry)))
        witness = Witness()
        _pair(node.port, self._owner)
        proxy = Proxy(
            _open_own(node.port),
            self._link,
            self._seed * 1000 + number,
            away_s=AWAY_S,
            on_front=listing.move,
            tap=witness.tap,
        )
        actor = Actor(name, uid, node, opened.enter_context(proxy), witness)
        actor.watch_erases()
        return actor

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def uids(self) -> tuple[str, ...]:
        """Unique ids of all nodes."""
        return tuple(actor.uid for actor in self.actors)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Let all links be good ones for a while."""
        for actor in self.actors:
            actor.proxy.harm(Chances())
        try:
            yield
        finally:
            for actor in self.actors:
                actor.proxy.harm(self._link)

    def look(self) -> None:
        """Take in what all flash files hold now."""
        for actor in self.actors:
            actor.look()

    def injected(self) -> Counter[str]:
        """Count what all wires did so far, by kind."""
        return sum((actor.proxy.counts for actor in self.actors), Counter())


def _pair(port: str, owner: str) -> None:
    """Done before the link goes bad: pairing has a person beside it."""
    node = Node.open(port)
    node.set("library", owner)
    node.close()


def _spec(number: int, seed: int, scene_s: float) -> NodeSpec:
    course = (Segment("stand", STAND_S), Segment("run", scene_s, cadence_spm=168 + 4 * number, speed_mps=3.4))
    motion = ParametricRunner(course, foot=("left", "right")[number % 2], seed=seed + number)
    return NodeSpec(f"tag{number}", motion, seed=seed * 100 + number, start="record", clock="stepped")


def _open_own(device: str) -> SerialPort:
    """Open a node's port, also when somebody else tries it just now."""
    end = time.monotonic() + REUSED_S
    while True:
        try:
            return open_port(device)
        except RunslateError:
            if time.monotonic() > end:
                raise
        time.sleep(0.1)
