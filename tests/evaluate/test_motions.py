"""Movements that are made for the evaluation obey physics and are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from evaluate.made import runner
from runslate.sim.course import FEET, Habits, Segment
from runslate.sim.falling import Fallen
from runslate.sim.motion import Motion
from runslate.sim.notrunning import KINDS, not_running
from runslate.sim.parametric import ParametricRunner
from runslate.sim.rigid import Turned, any_mounting

RATE_HZ = 250.0


def sampled(motion: Motion, start: float = 0.0, end: float | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    t = np.arange(start, motion.duration_s if end is None else end, 1.0 / RATE_HZ)
    accel, gyro = motion.sample(t)
    assert gyro is not None
    return t, accel, gyro


def carried(gyro: np.ndarray, accel: np.ndarray) -> np.ndarray:
    """Specific force in the attitude of the first sample."""
    from scipy.spatial.transform import Rotation

    attitude = Rotation.identity()
    out = np.empty_like(accel)
    for n in range(len(accel)):
        out[n] = attitude.apply(accel[n])
        attitude = attitude * Rotation.from_rotvec(np.radians(gyro[n]) / RATE_HZ)
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_run_is_pulled_by_gravity_alone_in_the_mean(kind: str) -> None:
    # A foot or a hand that comes back to where it was has felt one g upwards in the mean, however it turned.
    _, accel, gyro = sampled(not_running(kind, 16.0, seed=5), 2.0, 14.0)
    force = carried(gyro, accel).mean(axis=0)
    assert np.linalg.norm(force) == pytest.approx(1.0, abs=0.05)


def test_the_kinds_move_as_their_names_say() -> None:
    def rates(kind: str) -> float:
        return float(np.linalg.norm(sampled(not_running(kind, 30.0, seed=1))[2], axis=1).max())

    assert rates("standing") < 200.0 < rates("sitting, leg bounce") < 900.0
    assert rates("driving") < 300.0
    _, _, gyro = sampled(not_running("cycling", 60.0, seed=2))
    swings = np.abs(np.fft.rfft(gyro[:, 1]))
    fastest = np.fft.rfftfreq(len(gyro), 1.0 / RATE_HZ)[swings.argmax()]
    assert 60.0 / 60.0 < fastest < 110.0 / 60.0


def test_the_same_seed_makes_the_same_movement() -> None:
    first, again, other = (sampled(not_running("cycling", 5.0, seed)) for seed in (1, 1, 2))
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])


def test_another_mounting_changes_axes_only() -> None:
    straight = runner(3.0)
    t, accel, gyro = sampled(straight)
    turn = any_mounting(4)
    turned_accel, turned_gyro = Turned(straight, turn).sample(t)
    assert turned_gyro is not None
    assert np.allclose(np.linalg.norm(accel, axis=1), np.linalg.norm(turned_accel, axis=1))
    assert np.allclose(np.cross(turned_accel, turned_gyro), np.cross(accel, gyro) @ turn.T)


@pytest.mark.parametrize("seed", range(4))
def test_who_falls_tumbles_knocks_the_ground_and_lies(seed: int) -> None:
    whole = runner(20.0)
    fallen = Fallen(whole, 12.0, seed)
    t, before, _ = sampled(fallen, 0.0, 12.0)
    assert np.array_equal(before, whole.sample(t)[0])
    t, accel, gyro = sampled(fallen, 12.0)
    assert np.linalg.norm(accel[t < 13.0], axis=1).max() > 4.0
    lies = t > 14.0
    assert np.linalg.norm(accel[lies], axis=1) == pytest.approx(1.0, abs=0.02)
    assert np.linalg.norm(gyro[lies], axis=1).max() < 10.0
    upright = before[-750:].mean(axis=0)
    tilt = np.degrees(np.arccos(upright @ accel[-1] / np.linalg.norm(upright) / np.linalg.norm(accel[-1])))
    assert 55.0 < tilt < 125.0
    # The turn that gravity shows is the one that the gyroscope shows.
    assert np.degrees(np.linalg.norm(np.radians(gyro[t < 13.0]).sum(axis=0) / RATE_HZ)) == pytest.approx(tilt, abs=5.0)
    truth = fallen.truth()
    assert truth.stumbles == (12.0,)
    assert truth.ic_s.max() < 12.0


def contact_ms(habits: Habits, foot: str, **run: float) -> tuple[float, float]:
    """Mean contact time before and after the 30th second."""
    segments = (Segment("stand", 2.0), Segment("run", 60.0, 168.0, 3.2, **run))
    truth = ParametricRunner(segments, foot, 5, habits).truth()  # type: ignore[arg-type]
    contact, early = (truth.tc_s - truth.ic_s)[:-1] * 1e3, truth.ic_s[:-1] < 30.0
    return float(contact[early].mean()), float(contact[~early].mean())


def test_a_limp_moves_the_symmetry_index_by_its_points() -> None:
    habits = Habits(limp_from_s=30.0, limp_points=10.0, gct_stray=0.0)
    (left, left_after), (right, right_after) = (contact_ms(habits, foot) for foot in ("left", "right"))
    assert 200 * (left - right) / (left + right) == pytest.approx(0.0, abs=0.2)
    assert 200 * (left_after - right_after) / (left_after + right_after) == pytest.approx(-10.0, abs=0.2)


def test_a_cambered_road_adds_to_the_runners_own_asymmetry() -> None:
    habits = Habits(asymmetry_pct=3.0, gct_stray=0.0)
    left, right = (contact_ms(habits, foot, asymmetry_pct=2.0)[0] for foot in FEET[::-1])
    assert 200 * (left - right) / (left + right) == pytest.approx(5.0, abs=0.2)


def rise_m(climb_m: float) -> float:
    """How much higher a walk ends, integrated twice from what its sensor felt."""
    walk = Segment("walk", 12.0, 100.0, 0.5, climb_m=climb_m)
    _, accel, gyro = sampled(ParametricRunner((Segment("stand", 2.0), walk, Segment("stand", 2.0)), "right", 1))
    up = accel[0] / np.linalg.norm(accel[0])
    speed = np.cumsum(carried(gyro, accel) @ up - 1.0) / RATE_HZ * 9.80665
    return float(speed.sum() / RATE_HZ)


def test_stairs_rise_by_what_was_asked_for() -> None:
    steps = ParametricRunner((Segment("stand", 2.0), Segment("walk", 12.0, 100.0, 0.5)), "right", 1).truth().ic_s.size
    # Against the same walk on the level: both drift alike.
    assert rise_m(0.34) - rise_m(0.0) == pytest.approx(0.34 * steps, rel=0.05)
    assert rise_m(-0.34) - rise_m(0.0) == pytest.approx(-0.34 * steps, rel=0.05)
