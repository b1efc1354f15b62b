"""The stride detector on MicroPython, against a shoe whose instants are known."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from firmware.strides_kit import Shoe, shoe
from firmware.strides_vm import IC, ROOT, STRIDE, Found, detect, micropython, period_ticks, quantise
from scipy.spatial.transform import Rotation

# Uneven on purpose: a detector that only counts beats would not follow.
RUN = [(0.68 + 0.03 * (i % 4), 0.22 + 0.02 * (i % 3)) for i in range(20)]
WALK = [(1.10 + 0.02 * (i % 3), 0.69 + 0.01 * (i % 2)) for i in range(10)]
RATES_HZ = (104, 208, 417, 833, 1667)


def found_in(*shoes: Shoe, period: int = 96, **options: int) -> list[Found]:
    """What the detector makes of these shoes."""
    return detect([s.samples(period) for s in shoes], period=period, **options)


def test_every_stride_of_a_run_is_found_with_its_times() -> None:
    runner = shoe(RUN, noise=1.0)
    (found,) = found_in(runner)
    assert len(found.begin) == len(RUN)
    assert found.running.all()
    assert found.ic == pytest.approx(runner.contact, abs=0.005)
    assert found.duration == pytest.approx([d for d, _ in RUN], abs=0.004)
    assert found.gct == pytest.approx([gct for _, gct in RUN], abs=0.006)
    # The heel rises fastest 30 ms before a foot leaves the ground; this shoe's toe-off is that instant.
    assert found.tc - 0.030 == pytest.approx(runner.toe_off[1:], abs=0.008)


def test_a_stride_carries_its_peaks() -> None:
    runner = shoe(RUN, swing_dps=500.0)
    (found,) = found_in(runner)
    strides = found.events[found.events["kind"] == STRIDE]["p"]
    peak_mg = 1000 * np.linalg.norm(runner.accel, axis=1).max()
    assert strides[:, 3] == pytest.approx(peak_mg, rel=0.25)  # a shock of 12 ms falls between samples
    rate = np.linalg.norm(runner.gyro, axis=1).max()
    assert strides[:, 4] / 10 == pytest.approx(rate, rel=0.05)
    assert (strides[:, 1] + strides[:, 2] == strides[:, 0]).all()


def test_nothing_is_lost_before_the_mounting_is_known() -> None:
    (found,) = found_in(shoe(RUN, stand_s=0.3))
    age_ms = found.events[found.events["kind"] == IC]["p"][:, 1]
    assert age_ms[0] > 400, "the first contact was not held back: the test shows nothing"
    assert np.median(age_ms) < 130
    assert len(found.ic) == len(RUN) + 1
    assert (np.diff(found.ic) > 0).all()


def test_any_mounting_gives_the_same_strides() -> None:
    runner = shoe(RUN, noise=0.3)
    turns = [Rotation.random(random_state=k).as_matrix() for k in range(6)]
    straight, *turned = found_in(runner, *[runner.turned(m) for m in turns])
    for other in turned:
        assert other.begin == pytest.approx(straight.begin, abs=0.001)
        assert other.duration == pytest.approx(straight.duration, abs=0.001)
        assert other.gct == pytest.approx(straight.gct, abs=0.002)
        assert (other.running == straight.running).all()


@pytest.mark.parametrize("burst", [1, 5, 17, 200])
def test_the_size_of_a_burst_changes_nothing(burst: int) -> None:
    runner = shoe(RUN[:8] + WALK[:4], noise=1.0)
    (usual,) = found_in(runner)
    (other,) = found_in(runner, burst=burst)
    times = ["kind", "flags", "tick"]
    assert len(usual.events) > 30
    for name in times:
        assert (usual.events[name] == other.events[name]).all()
    assert (usual.events["p"] == other.events["p"]).all()


def test_a_reel_that_begins_late_in_the_count_of_ticks() -> None:
    runner = shoe(RUN[:6])
    (usual,) = found_in(runner)
    (late,) = found_in(runner, first_tick=2**30 - 1 - len(runner.samples()) * 96)
    assert late.begin == pytest.approx(usual.begin)
    assert late.gct == pytest.approx(usual.gct)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_all_rates_of_the_sensor_agree(rate_hz: int) -> None:
    runner = shoe(RUN, noise=0.3)
    (found,) = found_in(runner, period=period_ticks(rate_hz))
    assert len(found.begin) == len(RUN)
    assert found.duration == pytest.approx([d for d, _ in RUN], abs=0.008)
    assert found.gct == pytest.approx([gct for _, gct in RUN], abs=0.015)


def test_walking_has_strides_but_no_running_ones() -> None:
    (found,) = found_in(shoe(WALK, swing_dps=400.0))
    assert len(found.begin) == len(WALK)
    assert not found.running.any()


def test_walk_run_walk() -> None:
    (found,) = found_in(shoe(WALK + RUN + WALK))
    true = np.repeat([False, True, False], [len(WALK), len(RUN), len(WALK)])
    assert len(found.running) == len(true)
    assert (found.running != true).sum() <= 1  # the stride of the change itself may go either way


def test_a_pause_is_no_stride() -> None:
    (found,) = found_in(shoe([*RUN[:6], (4.0, 3.5), *RUN[:6]]))
    assert len(found.begin) == 12
    assert found.duration.max() < 1.0
    assert found.running.all()


def test_standing_and_fidgeting_are_no_strides() -> None:
    rng = np.random.default_rng(3)
    t = np.arange(0, 30, 0.0024)
    sway = np.cumsum(rng.normal(0, 1.5, (t.size, 3)), axis=0)
    sway -= np.stack([np.convolve(s, np.ones(800) / 800, "same") for s in sway.T], axis=1)
    gyro = np.clip(sway, -80, 80)
    accel = np.tile([0.2, 0.1, 0.97], (t.size, 1)) + rng.normal(0, 0.03, (t.size, 3))
    (found,) = detect([quantise(t, accel, gyro)])
    assert np.abs(gyro).max() > 50
    assert len(found.events) == 0


def test_clipping_is_told_apart() -> None:
    runner = shoe(RUN[:8])
    hard = shoe(RUN[:8])
    struck = np.abs(hard.t[:, None] - hard.contact[None, :]).min(axis=1) < 0.002
    hard.accel[struck, 1] = 40.0  # from the side: it must not tell forward from backward
    fast = shoe(RUN[:8])
    fast.gyro[:, 1] *= 4.5
    flags = [f.events[f.events["kind"] == STRIDE]["flags"] for f in found_in(runner, hard, fast)]
    assert [sorted(set(f & 6)) for f in flags] == [[0], [2], [4]]


def run_on_vm(tmp_path: Path, script: str, runner: Shoe, *numbers: int) -> str:
    """What a script of tests/firmware/vm prints about these samples."""
    source = tmp_path / "samples"
    source.write_bytes(runner.samples().tobytes())
    command = [
        micropython(),
        "-X",
        "heapsize=384k",
        str(ROOT / "tests/firmware/vm" / script),
        str(ROOT / "firmware"),
        str(source),
        *map(str, numbers),
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_feeding_allocates_nothing(tmp_path: Path) -> None:
    found = int(run_on_vm(tmp_path, "strides_locked.py", shoe(RUN + WALK), 96))
    assert found > 3 * len(RUN)


def test_no_stride_reaches_over_a_gap(tmp_path: Path) -> None:
    runner = shoe(RUN)
    hold = len(runner.samples())
    lost_at = int(runner.contact[8] / 0.0024)
    lines = run_on_vm(tmp_path, "strides_reel.py", runner, hold, lost_at, 250).splitlines()
    strides = [[int(x) for x in line.split()] for line in lines if line.startswith("3 ")]
    begin = np.array([s[2] for s in strides]) * 25e-6
    end = begin + np.array([s[3] for s in strides]) * 25e-6
    assert not ((begin < runner.contact[8]) & (end > runner.contact[8] + 0.6)).any()
    assert len(RUN) - 4 <= len(strides) < len(RUN)


def test_the_end_of_a_reel_brings_what_waited(tmp_path: Path) -> None:
    runner = shoe(RUN, stand_s=1.0)
    hold = int((runner.contact[1] + 0.2) / 0.0024)
    text = run_on_vm(tmp_path, "strides_reel.py", runner, hold, 0, 0)
    before, after = text.split("finish\n")
    assert before == "", "the mounting was known already: the test shows nothing"
    assert [line[0] for line in after.splitlines()].count("3") == 1
