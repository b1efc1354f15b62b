"""What real sensors and odd movements do to the stride detector, on MicroPython."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from firmware.strides_kit import Floats, shoe
from firmware.strides_vm import IC, ROOT, STRIDE, TICK_S, detect, micropython, period_ticks, quantise
from runslate.sim.course import Segment
from runslate.sim.parametric import ParametricRunner

RUN = [(0.68 + 0.03 * (i % 4), 0.22 + 0.02 * (i % 3)) for i in range(16)]
PROVISIONAL = 32


@pytest.mark.parametrize(
    ("speed", "cadence", "gct_ms"),
    [(8.0, 250.0, 80.0), (5.5, 200.0, 110.0), (3.3, 165.0, 250.0), (2.0, 140.0, 370.0), (1.6, 120.0, 450.0)],
)
def test_contacts_from_a_sprinters_to_a_shufflers(speed: float, cadence: float, gct_ms: float) -> None:
    segments = (Segment("stand", 2.0), Segment("run", 12.0, cadence, speed, gct_ms), Segment("stand", 1.0))
    runner = ParametricRunner(segments, seed=3)
    t = np.arange(0.0, runner.duration_s, 0.001)
    accel, gyro = runner.sample(t)
    assert gyro is not None
    (found,) = detect([quantise(t, accel, gyro)])
    assert abs(len(found.begin) - runner.truth().strides()) <= 1
    assert np.median(found.gct) * 1e3 == pytest.approx(gct_ms, abs=12)
    assert found.running.mean() > 0.9


@pytest.mark.parametrize(("stray", "lost"), [(20, 0), (0, 12), (20, 12)])
def test_uneven_and_lost_samples(tmp_path: Path, stray: int, lost: int) -> None:
    runner = shoe(RUN, noise=0.3)
    source = tmp_path / "samples"
    source.write_bytes(runner.samples().tobytes())
    script = ROOT / "tests/firmware/vm/strides_uneven.py"
    command = [micropython(), "-X", "heapsize=384k", str(script), str(ROOT / "firmware"), str(source)]
    text = subprocess.run([*command, str(stray), str(lost)], check=True, capture_output=True, text=True).stdout
    rows = np.array([[int(x) for x in line.split()] for line in text.splitlines()])
    strides = rows[rows[:, 0] == STRIDE]
    assert len(strides) == len(RUN)
    assert strides[:, 3] * TICK_S == pytest.approx([d for d, _ in RUN], abs=0.006)
    assert strides[:, 4] * TICK_S == pytest.approx([g for _, g in RUN], abs=0.010)


def test_a_provisional_contact_comes_early_and_is_near() -> None:
    (found,) = detect([shoe(RUN).samples()])
    ic = found.events[found.events["kind"] == IC]
    early = ic[(ic["flags"] & PROVISIONAL) != 0]
    final = ic[(ic["flags"] & PROVISIONAL) == 0]
    assert len(early) >= len(RUN) // 2
    pairs = [(e, final[np.argmin(np.abs(final["tick"].astype(int) - int(e["tick"])))]) for e in early]
    told = [(int(e["tick"]) + 40 * int(e["p"][1]), int(f["tick"]) + 40 * int(f["p"][1])) for e, f in pairs]
    assert all(first < last for first, last in told)
    assert np.median([e["p"][1] for e in early]) <= 30
    stray_ms = [abs(int(e["tick"]) - int(f["tick"])) / 40 for e, f in pairs]
    assert np.median(stray_ms) < 10


@pytest.mark.parametrize("rate_hz", [104, 417])
def test_the_sensors_own_delay_is_taken_off(rate_hz: int) -> None:
    runner = shoe(RUN)
    period = period_ticks(rate_hz)
    late = period * TICK_S
    shifted = [
        np.interp(runner.t - delay * late, runner.t, column)
        for delay, columns in ((0.45, runner.accel.T), (0.68, runner.gyro.T))
        for column in columns
    ]
    delayed = np.stack(shifted, axis=1)
    (found,) = detect([quantise(runner.t, delayed[:, :3], delayed[:, 3:], period, still_s=0.0)], period)
    begin = found.begin - runner.contact[:-1]
    assert np.mean(begin) == pytest.approx(0.0, abs=0.003)


def pedals(rpm: float, seconds: float = 30.0) -> tuple[Floats, Floats, Floats]:
    """A foot on a pedal: the ankle tilts it to and fro by 22 degrees, the crank carries it round; a rough road."""
    t = np.arange(0.0, seconds, 0.001)
    turn = 2 * np.pi * rpm / 60
    pitch = np.radians(22) * np.sin(turn * t)
    pull = 0.17 * turn**2 / 9.81
    x, z = -pull * np.cos(turn * t), 1.0 - pull * np.sin(turn * t)
    rng = np.random.default_rng(1)
    rough = np.stack([np.convolve(rng.normal(0, 0.07, t.size), np.ones(12), "same") for _ in range(3)], axis=1)
    along, upright = x * np.cos(pitch) + z * np.sin(pitch), z * np.cos(pitch) - x * np.sin(pitch)
    accel = np.stack([along, np.zeros_like(t), upright], axis=1) + rough
    rate = np.degrees(np.gradient(pitch, t))
    return t, accel, np.stack([0.1 * rate, -rate, 0.05 * rate], axis=1)


@pytest.mark.parametrize("rpm", [65, 80, 95, 110])
def test_cycling_is_no_running(rpm: float) -> None:
    (found,) = detect([quantise(*pedals(rpm))])
    assert not found.running.any()
