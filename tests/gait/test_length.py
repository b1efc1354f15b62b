"""Stride length, speed and distance against a foot whose way is known."""

from __future__ import annotations

import numpy as np
import pytest
from gait.feet import mounting, running_foot
from runslate.errors import RunslateError
from runslate.gait.integrate import integrate
from runslate.gait.length import distance, distance_correction, mid_stances, stride_lengths


@pytest.mark.parametrize(("length_m", "stride_s"), [(0.9, 1.1), (2.4, 0.7), (4.2, 0.5)])
def test_walking_running_and_sprinting_strides_have_their_length(length_m: float, stride_s: float) -> None:
    foot = running_foot(length_m, stride_s)
    lengths = stride_lengths(foot.t_s, foot.accel_g, foot.gyro_dps, foot.bounds_s)
    assert lengths == pytest.approx(np.full(len(foot.bounds_s), length_m), rel=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_the_mounting_does_not_matter(seed: int) -> None:
    foot, turn = running_foot(), mounting(seed)
    lengths = stride_lengths(foot.t_s, foot.accel_g @ turn, foot.gyro_dps @ turn, foot.bounds_s)
    assert lengths == pytest.approx(np.full(len(foot.bounds_s), 2.4), rel=0.01)


def test_bounds_may_be_contacts_as_well_as_mid_stances() -> None:
    foot = running_foot()
    at_contact = foot.bounds_s - 0.1
    lengths = stride_lengths(foot.t_s, foot.accel_g, foot.gyro_dps, at_contact)
    assert lengths == pytest.approx(np.full(len(at_contact), 2.4), rel=0.01)


def test_uneven_samples_change_little_and_a_hole_gives_no_length() -> None:
    foot = running_foot(rate_hz=200)
    kept = np.random.default_rng(0).random(foot.t_s.size) > 0.12
    uneven = stride_lengths(foot.t_s[kept], foot.accel_g[kept], foot.gyro_dps[kept], foot.bounds_s)
    assert np.nanmedian(np.abs(uneven / 2.4 - 1)) < 0.03
    hole = (foot.t_s > foot.bounds_s[3, 0] + 0.3) & (foot.t_s < foot.bounds_s[3, 0] + 0.4)
    lengths = stride_lengths(foot.t_s[~hole], foot.accel_g[~hole], foot.gyro_dps[~hole], foot.bounds_s)
    assert np.flatnonzero(np.isnan(lengths)).tolist() == [3]


def test_a_slope_is_climbed_and_only_the_level_part_counts_as_length() -> None:
    foot = running_foot(climb_m=0.2)
    first, last = mid_stances(foot.t_s, foot.gyro_dps, foot.bounds_s)
    strides = integrate(foot.t_s, foot.accel_g, foot.gyro_dps, first, last)
    assert strides.length_m == pytest.approx(np.full(first.size, 2.4), rel=0.01)
    assert strides.climb_m == pytest.approx(np.full(first.size, 0.2), abs=0.02)
    assert strides.force_g == pytest.approx(np.ones(first.size), abs=0.005)


def test_a_constant_offset_of_the_accelerometer_is_taken_away_with_gravity() -> None:
    foot = running_foot()
    offset = np.array([0.0, 0.02, 0.0])
    lengths = stride_lengths(foot.t_s, foot.accel_g + offset, foot.gyro_dps, foot.bounds_s)
    assert lengths == pytest.approx(np.full(len(foot.bounds_s), 2.4), rel=0.01)


def test_a_distance_counts_a_stride_without_length_as_a_usual_one() -> None:
    found = distance([2.0, np.nan, 2.2, 2.1], [0.7, 0.7, 0.7, 0.7])
    assert found.distance_m == pytest.approx(8.4)
    assert found.speed_mps == pytest.approx(3.0)
    assert (found.strides, found.known) == (4, 3)
    assert np.isnan(distance([np.nan], [0.7]).distance_m)
    assert distance([], []).distance_m == 0


def test_a_belt_makes_a_runners_factor_and_a_wrong_distance_is_refused() -> None:
    factor = distance_correction(known_m=400.0, measured_m=380.0)
    assert distance([1.9] * 200, [0.7] * 200, factor).distance_m == pytest.approx(400.0)
    with pytest.raises(RunslateError, match=r"380\.0 m for a known distance of 800\.0 m"):
        distance_correction(known_m=800.0, measured_m=380.0)


def test_no_strides_and_no_samples_give_no_lengths() -> None:
    foot = running_foot()
    assert stride_lengths(foot.t_s, foot.accel_g, foot.gyro_dps, np.empty((0, 2))).size == 0
    beyond = foot.bounds_s + foot.t_s[-1]
    assert np.isnan(stride_lengths(foot.t_s, foot.accel_g, foot.gyro_dps, beyond)).all()
    nothing = np.empty((0, 3))
    assert np.isnan(stride_lengths(np.empty(0), nothing, nothing, foot.bounds_s)).all()
