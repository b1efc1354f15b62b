"""The second opinion against emulated runners whose contacts are known."""

from __future__ import annotations

import numpy as np
import pytest
from gait.feet import Floats, mounting, running_foot
from runslate.gait.reference import strides
from runslate.sim.scene import demo_scene

LEAD = demo_scene(40, seed=2, runners=2).specs(2, "parametric")[0].motion
TRUTH = LEAD.truth()
CONTACT_S = float(np.nanmedian(TRUTH.tc_s - TRUTH.ic_s))


def played(rate_hz: float = 417.0) -> tuple[Floats, Floats, Floats]:
    """The lead's shoe at a rate: times, acceleration, rotation."""
    t_s = np.arange(0, LEAD.duration_s, 1 / rate_hz)
    accel, gyro = LEAD.sample(t_s)
    assert gyro is not None
    return t_s, accel, gyro


def one_to_one(found: Floats, true: Floats) -> Floats:
    """Errors of contacts, if each true one has exactly one beside it."""
    assert found.size == true.size
    return found - true


@pytest.mark.parametrize("rate_hz", [100, 417, 1667])
def test_every_contact_of_a_runner_is_found_once(rate_hz: float) -> None:
    t_s, accel, gyro = played(rate_hz)
    contacts, toe_offs, running = strides(t_s, accel, gyro)
    error = one_to_one(contacts, np.asarray(TRUTH.ic_s))
    assert np.ptp(np.percentile(error, [5, 95])) < 0.03
    assert np.nanmedian(toe_offs - contacts) == pytest.approx(CONTACT_S, abs=0.025)
    assert running[:-1].mean() > 0.95


def test_it_needs_no_gyroscope() -> None:
    t_s, accel, _ = played()
    contacts, toe_offs, running = strides(t_s, accel, None)
    one_to_one(contacts, np.asarray(TRUTH.ic_s))
    assert np.nanmedian(toe_offs - contacts) == pytest.approx(CONTACT_S, abs=0.05)
    assert running[:-1].mean() > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_the_mounting_changes_nothing(seed: int) -> None:
    t_s, accel, gyro = played()
    turn = mounting(seed)
    first, _, _ = strides(t_s, accel, gyro)
    turned, _, _ = strides(t_s, accel @ turn, gyro @ turn)
    assert turned == pytest.approx(first, abs=0.002)


def test_a_resting_or_shaken_tag_runs_nowhere() -> None:
    noise = np.random.default_rng(3)
    t_s = np.arange(0, 30, 1 / 417)
    resting = np.array([0.0, 0.0, 1.0]) + 0.01 * noise.normal(size=(t_s.size, 3))
    assert not strides(t_s, resting, noise.normal(size=(t_s.size, 3)))[2].any()
    shaking = 3 * np.sin(2 * np.pi * 5 * t_s)[:, None] * np.ones(3)
    assert not strides(t_s, resting + shaking, 200 * shaking)[2].any()


def test_slow_strides_with_long_contact_are_walking() -> None:
    foot = running_foot(1.0, 1.3, 15)
    _, _, running = strides(foot.t_s, foot.accel_g, foot.gyro_dps)
    assert not running.any()


def test_no_stride_is_joined_over_a_hole() -> None:
    t_s, accel, gyro = played()
    middle = float(np.median(TRUTH.ic_s))
    kept = np.abs(t_s - middle) > 1.0
    contacts, toe_offs, running = strides(t_s[kept], accel[kept], gyro[kept])
    assert not (np.abs(contacts - middle) < 1.0).any()
    last_before = np.flatnonzero(contacts < middle)[-1]
    assert not running[last_before]
    assert not np.abs(toe_offs[last_before] - middle) < 0.9
    assert contacts.size == pytest.approx(np.sum(np.abs(np.asarray(TRUTH.ic_s) - middle) > 1.0), abs=2)


def test_nothing_comes_of_nothing() -> None:
    assert all(column.size == 0 for column in strides(np.empty(0), np.empty((0, 3)), None))
    assert all(column.size == 0 for column in strides([0.0], [[0.0, 0.0, 1.0]], [[0.0, 0.0, 0.0]]))
