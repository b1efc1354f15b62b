"""A movement goes through the emulated sensor into the firmware's detector on the MicroPython VM, alike every time."""

from __future__ import annotations

import numpy as np
import pytest
from evaluate.made import runner
from runslate.evaluate.found import Found
from runslate.evaluate.play import play
from runslate.evaluate.tap import Samples
from runslate.sim.motion import Standing
from runslate.sim.rigid import Turned, any_mounting


@pytest.fixture(scope="module")
def played() -> tuple[Found, Samples]:
    return play(runner(12.0))


def test_every_contact_of_a_runner_is_found_at_its_instant(played: tuple[Found, Samples]) -> None:
    truth = runner(12.0).truth()
    found, _ = played
    assert found.ic_s.size == truth.ic_s.size
    assert np.abs(found.ic_s - truth.ic_s).max() < 0.06
    assert found.begin_s.size == truth.ic_s.size - 1
    assert found.running.all()


def test_the_tapped_samples_are_those_of_the_movement(played: tuple[Found, Samples]) -> None:
    _, samples = played
    late_s = 0.5 * 96 * 25e-6  # the part's filters
    inside = (samples.t_s > late_s) & (samples.t_s < 15.9)
    accel, gyro = runner(12.0).sample(samples.t_s[inside] - late_s)
    assert gyro is not None
    assert samples.gyro_dps is not None
    assert np.median(np.abs(samples.accel_g[inside] - accel)) < 0.02
    assert np.median(np.abs(samples.gyro_dps[inside] - gyro)) < 1.0
    assert np.allclose(np.diff(samples.t_s), 96 * 25e-6)


def test_two_plays_are_alike_to_the_last_bit(played: tuple[Found, Samples]) -> None:
    again, samples = play(runner(12.0))
    assert np.array_equal(again.ic_s, played[0].ic_s)
    assert np.array_equal(again.gct_s, played[0].gct_s)
    assert np.array_equal(samples.accel_g, played[1].accel_g)


def test_a_sensor_whose_clock_is_off_tells_true_times(played: tuple[Found, Samples]) -> None:
    slow, _ = play(runner(12.0), ppm=-30_000.0)
    assert slow.begin_s.size == played[0].begin_s.size
    assert np.median(np.abs(slow.begin_s - played[0].begin_s)) < 0.003
    assert slow.duration_s.mean() == pytest.approx(played[0].duration_s.mean(), rel=0.001)


def test_another_mounting_gives_the_same_strides(played: tuple[Found, Samples]) -> None:
    turned, _ = play(Turned(runner(12.0), any_mounting(2)))
    assert turned.begin_s.size == played[0].begin_s.size
    assert np.abs(turned.begin_s - played[0].begin_s).max() < 0.01


def test_who_stands_makes_no_strides() -> None:
    found, _ = play(Standing(8.0))
    assert found.begin_s.size == found.ic_s.size == 0
