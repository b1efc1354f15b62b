"""Figures against known strides and contacts: the truth's own faults are not the detector's."""

from __future__ import annotations

import numpy as np
import pytest
from evaluate.made import found
from runslate.evaluate.figures import of_recordings
from runslate.evaluate.score import Score, score
from runslate.evaluate.truth import Known

STRIDE_S = 0.78
LANDINGS = [2.0 + STRIDE_S * n for n in range(12)]
MID_STANCES = np.array(LANDINGS) + 0.16


def cameras(mid_stances: np.ndarray) -> Known:
    return Known(start_s=mid_stances[:-1], end_s=mid_stances[1:], length_m=np.full(mid_stances.size - 1, 1.5))


def scored(landings: list[float], mid_stances: np.ndarray, running: bool = True) -> Score:
    return score(found(landings, running), cameras(mid_stances), True, 12.0, np.full(len(landings) - 1, 1.53))


def test_every_stride_found_at_another_instant_of_the_stance_is_right() -> None:
    figures = scored(LANDINGS, MID_STANCES)
    assert (figures.strides.hits, figures.strides.misses, figures.strides.extras) == (11, 0, 0)
    assert figures.running.f1 == 1.0
    assert figures.stride_time_pct == pytest.approx(0.0, abs=1e-9)
    assert np.allclose(figures.length_pct, 2.0)
    assert figures.distance_pct == pytest.approx(2.0)


def test_a_misplaced_instant_of_the_cameras_costs_nothing() -> None:
    misplaced = MID_STANCES.copy()
    misplaced[5] -= 0.36  # 0.42 s, then 1.14 s, where the foot did 0.78 twice
    figures = scored(LANDINGS, misplaced)
    assert figures.strides.f1 == 1.0
    assert figures.running.f1 == 1.0
    assert figures.stride_time_pct == pytest.approx(0.0, abs=1e-9)
    assert figures.length_pct.size == 9


def test_mid_stance_may_be_anywhere_in_a_long_stance() -> None:
    landings = LANDINGS[:6] + [t + 2.0 for t in LANDINGS[6:]]
    mid_stances = np.array(landings) + 0.16
    mid_stances[5] += 1.2  # it stood for two seconds after the sixth landing
    assert scored(landings, mid_stances).strides.f1 == 1.0


def test_missed_and_invented_strides_are_counted() -> None:
    missing = LANDINGS[:5] + LANDINGS[6:]
    assert (scored(missing, MID_STANCES).strides.misses, scored(missing, MID_STANCES).strides.extras) == (1, 0)
    invented = sorted([*LANDINGS, LANDINGS[5] + 0.3])
    assert (scored(invented, MID_STANCES).strides.misses, scored(invented, MID_STANCES).strides.extras) == (0, 1)


def test_what_the_cameras_did_not_see_is_neither_right_nor_wrong() -> None:
    half = scored(LANDINGS, MID_STANCES[4:9])
    assert (half.strides.hits, half.strides.misses, half.strides.extras) == (4, 0, 0)


def test_a_stride_with_a_stop_in_it_need_not_be_called_running() -> None:
    landings = LANDINGS[:6] + [t + 1.0 for t in LANDINGS[6:]]
    detected = found(landings)
    detected.running[5] = False
    figures = score(detected, cameras(np.array(landings) + 0.16), True, 12.0, None)
    assert figures.running.f1 == 1.0
    detected.running[3] = False
    assert score(detected, cameras(np.array(landings) + 0.16), True, 12.0, None).running.misses == 1


def test_contacts_give_instants_contact_times_and_outliers() -> None:
    ic = np.array(LANDINGS)
    known = Known(ic_s=ic, tc_s=ic + 0.24, whole=True)
    late = [t + 0.012 for t in LANDINGS]
    late[4] += 0.2
    figures = of_recordings([score(found(late), known, True, 12.0, None)])
    assert figures["ic_bias_ms"] == pytest.approx(12.0)
    assert figures["ic_sd_ms"] == pytest.approx(0.0, abs=0.01)
    assert figures["ic_outliers"] == 1
    assert figures["tc_bias_ms"] == pytest.approx(22.0)
    assert figures["gct_mae_ms"] == pytest.approx(10.0)
    assert figures["stride_f1"] == 1.0


def test_running_where_nobody_runs_is_counted_by_the_minute() -> None:
    walking = score(found(LANDINGS), Known(), False, 30.0, None)
    quiet = score(found(LANDINGS, running=False), Known(), False, 30.0, None)
    figures = of_recordings([walking, quiet])
    assert figures["false_strides_per_min"] == 11.0
    assert figures["class_accuracy"] == 0.5
    assert figures["stride_f1"] is None


def test_means_of_a_foot_pod_are_compared_on_its_own_clock() -> None:
    known = Known(cadence_spm=120 / STRIDE_S / 1.02, gct_ms=255.0, clock=1.02, steady_s=(3.0, 9.0), count=11)
    figures = score(found(LANDINGS), known, True, 12.0, None)
    assert figures.cadence_pct == pytest.approx(0.0, abs=1e-9)
    assert figures.mean_gct_pct == pytest.approx(0.0, abs=1e-9)
    assert figures.count_error == 0


def test_a_stretch_without_strides_is_wrong_by_its_whole_cadence() -> None:
    windows = np.array([[2.0, 10.0, 150.0], [100.0, 108.0, 150.0]])
    figures = score(found(LANDINGS), Known(windows=windows), True, 110.0, None)
    assert np.allclose(figures.windows_spm, [120 / STRIDE_S - 150.0, 150.0])
