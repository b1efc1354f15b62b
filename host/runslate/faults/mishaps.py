"""What befalls nodes and hosts beside their links, drawn from the seed."""

from __future__ import annotations

import math
import random
import threading
from collections import Counter

from runslate.faults.stage import Actor
from runslate.sim.nor import PowerLoss

KINDS = ("hangup", "deaf_host", "power_loss", "torn_flash")
"""The port comes back under another name; the host does not read; the plug is pulled; or inside of a flash write."""

WEIGHTS = {"shoot": (3, 4, 1, 1), "cut": (2, 3, 0, 0), "drain": (3, 6, 1, 1)}
"""How often each of KINDS befalls a node while a host shoots, cuts or drains."""

GAP_S = {"shoot": 1.2, "cut": 1.0, "drain": 2.0}
"""Mean time between mishaps."""

DEAF_S = 0.3
OFF_S = 0.2
"""How long a node is without power."""

OPERATIONS = 60
"""A torn write falls into one of so many flash operations to come."""


class Mishaps:
    """Does to nodes what the seed says, `harm` times as often as usual."""

    def __init__(self, actors: list[Actor], seed: int, harm: float = 1.0) -> None:
        self._harm = harm
        self.counts: Counter[str] = Counter()
        self._actors = actors
        self._rng = random.Random(f"mishaps {seed}")

    def gap_s(self, work: str) -> float:
        """Draw the time until the next mishap."""
        return self._rng.expovariate(self._harm / GAP_S[work]) if self._harm else math.inf

    def strike(self, work: str) -> None:
        """Let one mishap befall one node."""
        kind = self._rng.choices(KINDS, WEIGHTS[work])[0]
        actor = self._rng.choice(self._actors)
        self.counts[kind] += 1
        if kind == "hangup":
            actor.proxy.hang_up()
        elif kind == "deaf_host":
            actor.proxy.hold(DEAF_S)
        elif kind == "power_loss":
            actor.node.kill()
            self._power_up(actor)
        else:
            flash = actor.node.board.flash
            flash.loss = PowerLoss(self._rng.randrange(1 << 30), None, self._rng.randint(1, OPERATIONS))
            self._power_up(actor)

    def _power_up(self, actor: Actor) -> None:
        threading.Timer(OFF_S, self._restart, (actor,)).start()

    def _restart(self, actor: Actor) -> None:
        actor.node.board.flash.loss = None
        actor.node.restart("power on")
