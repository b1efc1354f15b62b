"""From pin edges to cycles: each cycle belongs to the innermost probed function that runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from runslate.bench.probes import CALIBRATION_CALLS, CALIBRATION_PIN, NOTHING_PIN, PROBES
from runslate.sim.pico.board import EmulatedPico

OUTSIDE = "around the loop"
CALIBRATION = "nothing"


@dataclass
class Ledger:
    """Cycles and calls by stage, gross: with what the probes themselves cost.

    Attributes:
        cycles: cycles awake in a stage, without those of the stages that it called.
        calls: how often the stage was entered.
        children: how often a stage called another one.
    """

    cycles: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    children: dict[str, int] = field(default_factory=dict)

    def minus(self, before: Ledger) -> Ledger:
        """What was added since `before`."""
        return Ledger(
            {k: v - before.cycles.get(k, 0.0) for k, v in self.cycles.items()},
            {k: v - before.calls.get(k, 0) for k, v in self.calls.items()},
            {k: v - before.children.get(k, 0) for k, v in self.children.items()},
        )

    def copy(self) -> Ledger:
        """A ledger that stays as this one is now."""
        return Ledger(dict(self.cycles), dict(self.calls), dict(self.children))


class StageWatch:
    """Follows the probes' pins of one board from its power-on.

    Args:
        pico: a board that has just been switched on.
    """

    def __init__(self, pico: EmulatedPico) -> None:
        self._busy: Callable[[], float] = lambda: pico.cycles_busy
        self._stack = [OUTSIDE]
        self._since = 0.0
        self.ledger = Ledger()
        self._direct = 0.0
        self._loops: list[tuple[float, Ledger]] = []
        for probe in PROBES:
            pico.watch(probe.pin, partial(self._edge, probe.stage))
        pico.watch(NOTHING_PIN, partial(self._edge, CALIBRATION))
        pico.watch(CALIBRATION_PIN, self._calibration_edge)

    def _book(self) -> None:
        now = self._busy()
        stage = self._stack[-1]
        self.ledger.cycles[stage] = self.ledger.cycles.get(stage, 0.0) + now - self._since
        self._since = now

    def _edge(self, stage: str, high: bool) -> None:
        self._book()
        ledger = self.ledger
        if high:
            parent = self._stack[-1]
            ledger.children[parent] = ledger.children.get(parent, 0) + 1
            ledger.calls[stage] = ledger.calls.get(stage, 0) + 1
            self._stack.append(stage)
        elif self._stack[-1] == stage:
            self._stack.pop()

    def _calibration_edge(self, high: bool) -> None:
        self._book()
        if high:
            self._loops.append((self._busy(), self.ledger.copy()))
        else:
            began, before = self._loops[-1]
            self._loops[-1] = (self._busy() - began, self.ledger.minus(before))

    def overhead(self) -> tuple[float, float]:
        """Cycles of one probed call that are the probe's: inside the stage, and in its caller."""
        (direct, _), (wrapped, ledger) = self._loops
        inside = ledger.cycles[CALIBRATION] / CALIBRATION_CALLS
        return inside, (wrapped - direct) / CALIBRATION_CALLS - inside

    def net(self, ledger: Ledger) -> dict[str, float]:
        """Cycles of each stage without what the probes cost."""
        inside, outside = self.overhead()
        return {
            stage: cycles - inside * ledger.calls.get(stage, 0) - outside * ledger.children.get(stage, 0)
            for stage, cycles in ledger.cycles.items()
            if stage != CALIBRATION
        }
