"""Metrics and intensity against runners whose numbers are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from analysis.synthetic import US, contacts, join, samples, strides
from runslate.analysis.intensity import intensity
from runslate.analysis.metrics import cadence_curve, runner_metrics, symmetry_index_pct
from runslate.analysis.quantities import QUANTITIES
from runslate.analysis.samples import SampleTable

LEFT = contacts(5, 30, 0.7)
BOTH = join(strides(LEFT, "left", 0.24), strides(LEFT[:-1] + 0.35, "right", 0.26))


def test_the_numbers_of_a_runner_with_two_tags() -> None:
    values = runner_metrics("Ann", BOTH).values
    assert values["cadence_spm"] == pytest.approx(120 / 0.7)
    assert values["gct_ms"] == pytest.approx(250)
    assert values["flight_ms"] == pytest.approx(100)  # 350 ms to the other foot, less 250 on ground
    assert values["duty_factor"] == pytest.approx(0.25 / 0.7)
    assert values["si_gct_pct"] == pytest.approx(200 * 0.02 / 0.5)
    assert values["stride_cv_pct"] == pytest.approx(0, abs=1e-3)


def test_one_tag_gives_no_flight_and_no_symmetry() -> None:
    values = runner_metrics("Ann", strides(LEFT, "left")).values
    assert values["flight_ms"] is None
    assert values["si_gct_pct"] is None
    assert values["cadence_spm"] == pytest.approx(120 / 0.7)


def test_a_tag_without_a_gyroscope_has_a_cadence_and_no_contact_time() -> None:
    unknown = replace(BOTH, gct_ms=np.zeros(len(BOTH)), swing_ms=np.zeros(len(BOTH)))
    values = runner_metrics("Ann", unknown).values
    assert values["cadence_spm"] == pytest.approx(120 / 0.7)
    told = ("gct_ms", "swing_ms", "duty_factor", "gct_cv_pct", "flight_ms", "si_gct_pct")
    assert {name: values[name] for name in told} == dict.fromkeys(told)


def test_walking_and_a_missed_contact_do_not_change_the_typical_stride() -> None:
    gap = strides(np.delete(LEFT, 10), "left")
    walk = strides(contacts(40, 55, 1.2), "left", 0.7)
    walk = replace(walk, running=np.zeros(len(walk), bool))
    values = runner_metrics("Ann", join(gap, walk)).values
    assert values["cadence_spm"] == pytest.approx(120 / 0.7)


def test_every_metric_has_a_definition_and_every_value_a_metric() -> None:
    assert set(runner_metrics("Ann", BOTH).values) == {q.name for q in QUANTITIES}
    assert all(q.unit and q.definition and q.source and q.error for q in QUANTITIES)


def test_too_few_strides_give_none_instead_of_a_number() -> None:
    assert set(runner_metrics("Ann", strides(LEFT[:3])).values.values()) == {None}


def test_the_cadence_curve_is_of_steps_not_strides() -> None:
    _, spm = cadence_curve(BOTH)
    assert spm == pytest.approx(np.full(len(BOTH), 120 / 0.7))


def test_symmetry_index_is_symmetric_and_zero_for_equal_feet() -> None:
    assert symmetry_index_pct(240, 260) == symmetry_index_pct(260, 240) == pytest.approx(8)
    assert symmetry_index_pct(250, 250) == 0


TAKE = (0, 40 * US)


def test_rest_has_no_intensity_and_running_has() -> None:
    curve = intensity([samples(contacts(10, 30), 40)], TAKE)
    seconds = curve.t_us / US
    assert curve.value_g[seconds < 8] == pytest.approx(0, abs=1e-3)
    running = curve.value_g[(seconds > 12) & (seconds < 28)]
    # The mean of the bumps: 8 g * 0.06 s * sqrt(pi) each 0.7 s.
    assert running == pytest.approx(np.full(running.size, 8 * 0.06 * np.pi**0.5 / 0.7), rel=0.08)


def test_intensity_does_not_depend_on_how_the_tag_is_mounted() -> None:
    table = samples(contacts(10, 30), 40)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    turned = replace(table, accel_g=(table.accel_g @ turn).astype(np.float32))
    assert intensity([turned], TAKE).value_g == pytest.approx(intensity([table], TAKE).value_g, abs=1e-5)


def test_a_gap_of_the_reel_gives_no_value_instead_of_a_low_one() -> None:
    table = samples(contacts(2, 38), 40)
    kept = (table.t_us < 15 * US) | (table.t_us > 20 * US)
    holed = SampleTable("a", "left", table.t_us[kept], table.accel_g[kept])
    curve = intensity([holed], TAKE)
    inside = (curve.t_us >= 13.5 * US) & (curve.t_us <= 21.5 * US)
    assert np.isnan(curve.value_g[inside]).all()
    assert np.isfinite(curve.value_g[~inside]).all()


def test_without_samples_there_is_no_intensity() -> None:
    assert np.isnan(intensity([], TAKE).value_g).all()
