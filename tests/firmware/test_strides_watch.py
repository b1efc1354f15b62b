"""Hits, limps and falls on MicroPython, on a shoe whose story is known."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from firmware.strides_kit import Floats, Shoe, shoe
from firmware.strides_vm import ROOT, TICK_S, detect, micropython
from scipy.spatial.transform import Rotation

HIT, LIMP, FALL = 4, 5, 6
AMBER, RED = 1, 2
FELL = 2


def running(strides: int, share: float = 1.0, seed: int = 1, time: float = 0.70) -> list[tuple[float, float]]:
    """Strides whose contact times scatter by 3 %, a foot pod's noise; `share` makes them longer or shorter."""
    rng = np.random.default_rng(seed)
    return [(time, 0.24 * share * (1 + 0.03 * rng.standard_normal())) for _ in range(strides)]


def alarms(runner: Shoe, kind: int) -> list[tuple[float, list[int]]]:
    """Instants and fields of one kind of alarm."""
    (found,) = detect([runner.samples()])
    events = found.events[found.events["kind"] == kind]
    return [(float(e["tick"]) * TICK_S, [int(p) for p in e["p"]]) for e in events]


@pytest.mark.parametrize("share", [0.95, 1.05])
def test_a_limp_of_ten_points_is_amber_within_twenty_strides(share: float) -> None:
    runner = shoe(running(80) + running(40, share, seed=2))
    (at, (now, usual, learned, level, _)), *_ = alarms(runner, LIMP)
    assert runner.contact[80] < at <= runner.contact[100]
    assert level == AMBER
    assert learned >= 20
    assert now / usual == pytest.approx(share, abs=0.03)


def test_a_heavy_limp_is_red() -> None:
    told = alarms(shoe(running(80) + running(40, 0.85, seed=2)), LIMP)
    assert [fields[3] for _, fields in told][-1] == RED


def test_running_on_as_before_is_no_limp() -> None:
    assert alarms(shoe(running(160)), LIMP) == []


def test_another_pace_is_no_limp() -> None:
    quicker = [(0.64, gct) for _, gct in running(60, 0.85, seed=3)]
    assert alarms(shoe(running(80) + quicker), LIMP) == []


def test_a_hit_is_told_once_against_the_runners_own_impacts() -> None:
    runner = shoe(running(30))
    struck = runner.contact[20]
    runner.accel[np.abs(runner.t - struck - 0.004) < 0.004] *= 3.0
    ((at, (peak, usual, *_)),) = alarms(runner, HIT)
    assert at == pytest.approx(struck, abs=0.02)
    assert usual == pytest.approx(9000, rel=0.25)
    assert peak > 1.75 * usual


def fallen(runner: Shoe, at: float, axis: Floats) -> Shoe:
    """From `at` on the shoe turns over by 80 degrees in 0.6 s, knocks, and lies."""
    after = runner.t > at
    since = runner.t[after] - at
    angle = np.radians(80) * np.clip(since / 0.6, 0, 1)
    accel, gyro = runner.accel.copy(), runner.gyro.copy()
    accel[after] = Rotation.from_rotvec(-angle[:, None] * axis).apply([0.0, 0.0, 1.0])
    accel[after, 2] += 9.0 * np.exp(-(((since - 0.4) / 0.01) ** 2))
    gyro[after] = np.where(since < 0.6, 80 / 0.6, 0.0)[:, None] * axis
    return replace(runner, accel=accel, gyro=gyro)


@pytest.mark.parametrize("axis", [[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0], [0, -1.0, 0]])
def test_a_fall_is_told_within_two_seconds(axis: list[float]) -> None:
    runner = shoe(running(20))
    at = float(runner.contact[15] + 0.45)
    runner = fallen(runner, at, np.array(axis))
    ((told, (peak, tilt, quiet_ms, kind, _)),) = alarms(runner, FALL)
    assert kind == FELL
    assert told == pytest.approx(at, abs=1.0)  # the last contact, maybe one that the fall itself made
    assert told + quiet_ms / 1000 < at + 2.0
    assert 45 <= tilt <= 120  # from a running foot's mean attitude, which is not flat
    assert peak > 6000


def test_stopping_and_walking_are_no_falls() -> None:
    walking = [(1.1, 0.7)] * 6
    for story in (running(15), running(15) + walking, [*running(10), (3.0, 2.5), *running(10)]):
        assert alarms(shoe(story), FALL) == []


def test_alarms_allocate_nothing(tmp_path: Path) -> None:
    runner = shoe(running(80) + running(30, 0.85, seed=2))
    runner.accel[np.abs(runner.t - runner.contact[20] - 0.004) < 0.004] *= 3.0
    runner = fallen(runner, float(runner.contact[105] + 0.45), np.array([1.0, 0, 0]))
    source = tmp_path / "samples"
    source.write_bytes(runner.samples().tobytes())
    script = ROOT / "tests/firmware/vm/strides_locked.py"
    command = [micropython(), "-X", "heapsize=384k", str(script), str(ROOT / "firmware"), str(source), "96"]
    subprocess.run(command, check=True)
    assert {kind for kind in (HIT, LIMP, FALL) if alarms(runner, kind)} == {HIT, LIMP, FALL}
