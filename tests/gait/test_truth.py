"""Gravity as the sensor's truth: wrong scales are found, right ones are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from gait.feet import mounting, running_foot
from runslate.gait.truth import sensor_truth

FOOT = running_foot(2.7, 0.7, 30)


def test_a_sound_sensor_shows_one_g_and_is_not_flagged() -> None:
    turn = mounting(1)
    found = sensor_truth(FOOT.t_s, FOOT.accel_g @ turn, FOOT.gyro_dps @ turn, FOOT.bounds_s)
    assert found.force_g == pytest.approx(1, abs=0.005)
    assert found.rest_g == pytest.approx(1, abs=0.001)
    assert (found.flagged, found.sentence, found.gyro_scale) == (False, "", 1.0)


@pytest.mark.parametrize("wrong", [0.87, 1.15])
def test_a_gyroscope_out_of_scale_is_flagged_and_its_scale_found(wrong: float) -> None:
    found = sensor_truth(FOOT.t_s, FOOT.accel_g, FOOT.gyro_dps * wrong, FOOT.bounds_s)
    assert found.gyro_flagged
    assert not found.accel_flagged
    assert found.gyro_scale == pytest.approx(1 / wrong, rel=0.01)
    assert f"multiplied by {1 / wrong:.2f}" in found.sentence


def test_an_accelerometer_out_of_scale_is_not_blamed_on_the_gyroscope() -> None:
    found = sensor_truth(FOOT.t_s, FOOT.accel_g * 1.06, FOOT.gyro_dps, FOOT.bounds_s)
    assert found.accel_flagged
    assert not found.gyro_flagged
    assert "At rest it shows 1.06 g" in found.sentence


def test_too_few_strides_say_nothing_and_rest_alone_is_still_checked() -> None:
    few = sensor_truth(FOOT.t_s, FOOT.accel_g, FOOT.gyro_dps * 0.8, FOOT.bounds_s[:3])
    assert np.isnan(few.force_g)
    assert not few.flagged
    without_gyro = sensor_truth(FOOT.t_s, FOOT.accel_g * 0.9, None, FOOT.bounds_s)
    assert without_gyro.accel_flagged
    assert without_gyro.strides == 0


def test_a_foot_that_never_rests_has_no_value_at_rest() -> None:
    running = (FOOT.t_s > 2.3) & (FOOT.t_s < 2 + 30 * 0.7 - 0.2)
    found = sensor_truth(FOOT.t_s[running], FOOT.accel_g[running], FOOT.gyro_dps[running], FOOT.bounds_s[1:-1])
    assert np.isnan(found.rest_g)
    assert found.force_g == pytest.approx(1, abs=0.005)
