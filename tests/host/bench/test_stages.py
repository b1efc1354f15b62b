"""Each cycle is booked once, under the innermost stage, without what the probes cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from runslate.bench.probes import CALIBRATION_CALLS, CALIBRATION_PIN, NOTHING_PIN, PROBES
from runslate.bench.stages import StageWatch
from runslate.sim.pico.board import EmulatedPico

PIN = {probe.stage: probe.pin for probe in PROBES}
LOOP, CALL, INSIDE, OUTSIDE = 100, 40, 7, 11
"""Cycles: of the calibration loop's turn, of the call in it; of a probe, in the stage and in its caller."""


class FakeBoard:
    """Pins and a cycle counter."""

    def __init__(self) -> None:
        self.cycles_busy = 0.0
        self._listeners: dict[int, Callable[[bool], None]] = {}

    def watch(self, pin: int, changed: Callable[[bool], None]) -> None:
        self._listeners[pin] = changed

    def edge(self, pin: int, high: bool, after: float) -> None:
        self.cycles_busy += after
        self._listeners[pin](high)

    def calibrate(self) -> None:
        self.edge(CALIBRATION_PIN, True, 0)
        self.edge(CALIBRATION_PIN, False, CALIBRATION_CALLS * (LOOP + CALL))
        self.edge(CALIBRATION_PIN, True, 5)
        for _ in range(CALIBRATION_CALLS):
            self.edge(NOTHING_PIN, True, LOOP)
            self.edge(NOTHING_PIN, False, CALL + INSIDE)
            self.cycles_busy += OUTSIDE
        self.edge(CALIBRATION_PIN, False, 0)


def watched() -> tuple[FakeBoard, StageWatch]:
    board = FakeBoard()
    watch = StageWatch(cast("EmulatedPico", board))
    board.calibrate()
    return board, watch


def test_the_cost_of_a_probe_is_found() -> None:
    _, watch = watched()
    assert watch.overhead() == (CALL + INSIDE, OUTSIDE - CALL)


def test_cycles_belong_to_the_innermost_stage() -> None:
    board, watch = watched()
    before = watch.ledger.copy()
    board.edge(PIN["record"], True, 0)
    board.edge(PIN["packer"], True, 1000)
    board.edge(PIN["page"], True, 200)
    board.edge(PIN["page"], False, 300)
    board.edge(PIN["packer"], False, 50)
    board.edge(PIN["record"], False, 4)
    added = watch.ledger.minus(before)
    assert (added.cycles["record"], added.cycles["packer"], added.cycles["page"]) == (1004, 250, 300)
    assert (added.calls["page"], added.children["packer"]) == (1, 1)


def test_what_is_booked_adds_up_to_what_the_bare_firmware_takes() -> None:
    board, watch = watched()
    before, began = watch.ledger.copy(), board.cycles_busy
    board.edge(PIN["record"], True, 0)
    for _ in range(10):
        board.edge(PIN["bus"], True, 500)
        board.edge(PIN["bus"], False, 900)
    board.edge(PIN["record"], False, 0)
    net = watch.net(watch.ledger.minus(before))
    probes = 10 * (INSIDE + OUTSIDE)
    assert net["record"] + net["bus"] == board.cycles_busy - began - probes - (CALL + INSIDE)
