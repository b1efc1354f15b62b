"""The campaign: takes shot and drained while everything goes wrong, and what was lost in the end."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from runslate.faults.flashtruth import FlashTruth
from runslate.faults.host import Errand, HostProcesses
from runslate.faults.judge import Loss, node_loss, unreadable_takes
from runslate.faults.mishaps import Mishaps
from runslate.faults.stage import Actor, Stage
from runslate.library import Library

OWNER, READER = "library", "reader"
"""Folders of the library that owns the nodes, and of the other laptop's."""

ERRAND_S = {"shoot": 15.0, "cut": 8.0, "drain": 15.0}
"""How long a host may take before it is killed as hung; counted as a host kill too."""

QUIET_S = 120.0
"""The same where nothing befalls it: what is not done then never will be."""

SETTLED_S = 0.5
"""After the last mishap: a node that lost its power has it again."""

KILL_CHANCE = {"shoot": 0.35, "cut": 0.2, "drain": 0.4}
"""Share of hosts that are killed in their work."""

KILL_WITHIN_S = {"shoot": 4.0, "cut": 1.5, "drain": 2.5}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How long a campaign is, and how bad."""

    takes: int = 3
    nodes: int = 3
    scene_s: float = 24.0
    reader: bool = True
    """Another laptop reads all reels before the last drain; it frees nothing."""
    harm: float = 1.0
    """How often hosts are killed and nodes suffer, beside their links; 1 is the usual, 0 never."""
    tries: int = 12
    """Times that a person repeats a command before giving up; hosts are killed in the first half only."""


SHORT = Plan(takes=1, nodes=2, scene_s=10.0, reader=False, harm=0.25, tries=4)
"""Seconds long: for every change of the code."""


@dataclass
class Outcome:
    """What a campaign showed; `to_json` has the keys that others rely on."""

    seed: int
    mutant: str
    injected: Counter[str] = field(default_factory=Counter)
    loss: Loss = field(default_factory=Loss)
    takes: int = 0
    pages: int = 0
    events: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Give the outcome JSON-ready."""
        return {
            "seed": self.seed,
            "mutant": self.mutant or None,
            "injected": dict(sorted(self.injected.items())),
            "faults": sum(self.injected.values()),
            **asdict(self.loss),
            "takes": self.takes,
            "pages": self.pages,
            "events": self.events,
            "seconds": round(self.seconds, 1),
        }


def run_campaign(folder: Path, seed: int, plan: Plan, mutant: str = "", say: Say = lambda _: None) -> Outcome:
    """Shoot and drain takes while things go wrong; then compare with the nodes' flash.

    Args:
        folder: an empty one, for flash files, libraries and logs.
        seed: decides about runners and mishaps.
        plan: how long.
        mutant: what is broken in the host on purpose (see `mutants.MUTANTS`).
        say: told what goes on.
    """
    began = time.monotonic()
    own = Library(folder / OWNER)
    with Stage(folder, seed, plan.nodes, plan.scene_s, own.id) as stage:
        campaign = Campaign(stage, folder, seed, plan, mutant, say)
        campaign.run()
        outcome = campaign.judge()
    outcome.seconds = time.monotonic() - began
    return outcome


class Campaign:
    """The errands of one campaign on an open stage, and its figures so far."""

    def __init__(
        self, stage: Stage, folder: Path, seed: int, plan: Plan, mutant: str = "", say: Say = lambda _: None
    ) -> None:
        self._stage = stage
        self._folder = folder
        self._seed = seed
        self._plan = plan
        self._mutant = mutant
        self._say = say
        self._rng = random.Random(f"campaign {seed}")
        self._mishaps = Mishaps(stage.actors, seed, plan.harm)
        self._hosts = HostProcesses()
        self._killed: Counter[str] = Counter()
        self._pages = dict.fromkeys(stage.uids, 0)

    def run(self) -> None:
        """Shoot and drain all takes; the library that owns the nodes drains last, for it frees their flash."""
        for number in range(1, self._plan.takes + 1):
            self._say(f"take {number} of {self._plan.takes}")
            self.shoot()
            if number == self._plan.takes and self._plan.reader:
                self.drain(READER)
            self.drain(OWNER, self._mutant)

    def shoot(self) -> None:
        """Shoot one take; one that was spoilt is shot again while it is not in the library or no node has any of it."""
        before = self._takes()
        for _ in range(self._plan.tries):
            if self._send("shoot", OWNER, self._mutant, kill=self._kills("shoot")):
                break
            self._repeat("cut", OWNER, self._mutant)
            recorded = any(len(actor.truth.pages) > self._pages[actor.uid] for actor in self._stage.actors)
            if recorded and self._takes() > before:
                break
        self._pages = {actor.uid: len(actor.truth.pages) for actor in self._stage.actors}

    def _takes(self) -> int:
        return len(Library(self._folder / OWNER).takes())

    def drain(self, library: str, mutant: str = "") -> None:
        """Drain all nodes into a library with a host that is broken in this way."""
        self._repeat("drain", library, mutant)

    def _repeat(self, work: str, library: str, mutant: str) -> None:
        """Do as a person does: the same command again until it says that all is well, at last with a good cable.

        A host that is broken on purpose gets no good cable: that would hide what is wrong with it.
        """
        for number in range(self._plan.tries):
            kill = number < self._plan.tries // 2 and self._kills(work)
            if self._send(work, library, mutant, kill=kill):
                return
        if mutant or not self._send_quietly(work, library):
            self._say(f"{work} into {library} was given up after {self._plan.tries} tries")

    def _send_quietly(self, work: str, library: str) -> bool:
        time.sleep(SETTLED_S)
        with self._stage.quiet():
            return self._send(work, library, "", kill=False, quiet=True)

    def _kills(self, work: str) -> bool:
        return self._rng.random() < KILL_CHANCE[work] * self._plan.harm

    def _send(self, work: str, library: str, mutant: str, *, kill: bool, quiet: bool = False) -> bool:
        """Send a host on an errand among mishaps; True when it came back with all done."""
        self._stage.look()
        errand = Errand(
            work, self._folder / library, self._stage.registry, self._stage.uids, self._plan.scene_s, mutant
        )
        process = self._hosts.start(errand)
        end = time.monotonic() + (self._rng.uniform(0.05, KILL_WITHIN_S[work]) if kill else ERRAND_S[work])
        if quiet:
            process.join(QUIET_S)
        else:
            self._accompany(process, work, end)
        if process.is_alive():
            process.kill()
            self._killed["host_kill"] += 1
        process.join()
        self._stage.look()
        return process.exitcode == 0

    def _accompany(self, process: BaseProcess, work: str, end: float) -> None:
        """Let mishaps befall the nodes until a host ends by itself, or until its end has come."""
        strike = time.monotonic() + self._mishaps.gap_s(work)
        while process.is_alive() and time.monotonic() < end:
            process.join(min(0.05, max(0.0, strike - time.monotonic())))
            if time.monotonic() >= strike:
                self._mishaps.strike(work)
                strike = time.monotonic() + self._mishaps.gap_s(work)

    def loss(self, library: str) -> Loss:
        """What a library lacks of all that the nodes' flash ever held."""
        return sum((node_loss(self._folder / library, each.uid, each.truth, {}) for each in self._stage.actors), Loss())

    def judge(self) -> Outcome:
        """Compare the libraries with the flash."""
        outcome = Outcome(self._seed, self._mutant)
        outcome.injected = self._stage.injected() + self._mishaps.counts + self._killed
        for actor in self._stage.actors:
            acknowledged = actor.witness.acknowledged()
            outcome.pages += len(actor.truth.pages)
            outcome.events += len(actor.truth.events() | acknowledged)
            outcome.loss += node_loss(self._folder / OWNER, actor.uid, actor.truth, acknowledged)
            outcome.loss += self._reader_loss(actor)
        unreadable, outcome.takes = unreadable_takes(self._folder / OWNER)
        outcome.loss.unreadable_takes = len(unreadable)
        for sentence in unreadable:
            self._say(sentence)
        return outcome

    def _reader_loss(self, actor: Actor) -> Loss:
        """What another laptop lacks of the reels that were in flash when it read."""
        stored = {reel for log in self._folder.glob(f"{READER}/reels/{actor.uid}-*") for reel in [log.name[-8:]]}
        seen = FlashTruth({key: page for key, page in actor.truth.pages.items() if f"{key[0]:08x}" in stored})
        return node_loss(self._folder / READER, actor.uid, seen, {})
