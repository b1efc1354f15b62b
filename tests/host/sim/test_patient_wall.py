"""A wall that waits for its nodes: it runs ahead of nobody, and hangs with nobody."""

from __future__ import annotations

import time

import pytest
from runslate.sim import patient
from runslate.sim.clock import WallClock
from runslate.sim.patient import SLACK_S, PatientWall

PACE = 200.0
A_WHILE_S = 0.05
"""Of the computer's time: ten seconds of the wall's."""


def test_it_runs_so_much_faster_while_nobody_is_awaited() -> None:
    wall = PatientWall(PACE)
    before = wall.now_s()
    time.sleep(A_WHILE_S)
    assert wall.now_s() - before > A_WHILE_S * PACE / 2


def test_it_stands_still_for_the_node_that_is_late_and_never_goes_back() -> None:
    wall = PatientWall(PACE)
    quick, late = WallClock(wall.now_s(), wall), WallClock(wall.now_s(), wall)
    due = late.now() + 0.1
    quick.wait_until(due + 100.0)
    late.wait_until(due)
    time.sleep(A_WHILE_S)
    assert late.now() == pytest.approx(due + SLACK_S, abs=1e-3)
    late.wait_until(due)  # it asks for a time that has passed
    time.sleep(A_WHILE_S)
    stood = due + 2 * SLACK_S
    assert late.now() == pytest.approx(stood, abs=1e-3)
    late.follow()  # switched off: only the other one counts
    time.sleep(A_WHILE_S)
    assert stood + 1.0 < quick.now() <= due + 100.0 + SLACK_S


def test_a_node_that_hangs_is_waited_for_so_long_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient, "PATIENCE_S", A_WHILE_S)
    wall = PatientWall(PACE)
    clock = WallClock(wall.now_s(), wall)
    due = clock.now()
    clock.wait_until(due)
    time.sleep(2 * A_WHILE_S)
    clock.now()
    time.sleep(A_WHILE_S)
    assert clock.now() > due + 5 * SLACK_S


def test_firmware_that_polls_for_a_deadline_gets_there() -> None:
    clock = WallClock(0.0, PatientWall(PACE))
    begun = clock.now()
    clock.wait_until(begun)
    for _ in range(20_000):
        clock.spend()
    time.sleep(A_WHILE_S)
    assert clock.now() > begun + SLACK_S + 0.3
