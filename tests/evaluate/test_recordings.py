"""The firmware's detector on open recordings of people."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from runslate.evaluate.document import document
from runslate.evaluate.emulated.altered import MOUNTINGS, Altered, detect
from runslate.evaluate.emulated.changes import CHANGES, Change, mounting
from runslate.evaluate.found import Found
from runslate.evaluate.recordings import Item, find, read
from runslate.evaluate.run import chosen, evaluate, in_processes
from runslate.gait.length import stride_lengths
from runslate.gait.truth import sensor_truth
from runslate.sim.course import Segment
from runslate.sim.warped import WarpedRunner, load_sources

FOLDER = Path(os.environ.get("RUNSLATE_DATA", ""))

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not os.environ.get("RUNSLATE_DATA") or not FOLDER.is_dir(),
        reason="RUNSLATE_DATA does not name a folder of recordings; set it to test on them.",
    ),
]


def items(set_name: str, part: str = "") -> list[Item]:
    try:
        found = [item for item in find(FOLDER, set_name) if part in item.file]
    except Exception as error:  # a folder without this set
        pytest.skip(str(error))
    return found


def figures(work: list[Item]) -> dict[str, Any]:
    return document([evaluate(item) for item in work])["sets"]["pooled"]  # type: ignore[no-any-return]


def jogs() -> list[Item]:
    chosen = [item for item in items("pyshoe_vicon") if read(item).activity == "jog"]
    return chosen or pytest.skip("the folder holds no jogging")


def test_joggers_in_a_vicon_room() -> None:
    found = figures(jogs())
    assert found["stride_f1"] >= 0.995
    assert found["running_f1"] >= 0.98
    assert found["stride_time_err_pct"] <= 1.0
    assert found["stride_length_err_pct_median"] <= 3.0
    assert found["stride_length_err_pct_p90"] <= 7.0
    assert found["class_accuracy"] == 1.0


def altered(item: Item, change: Change) -> Found:
    return detect(Altered("", item, change))[0]


def test_six_other_mountings_give_the_same_strides() -> None:
    jog = jogs()[-1]
    own = altered(jog, CHANGES[0])
    for number in range(1, MOUNTINGS + 1):
        turned = altered(jog, mounting(number))
        assert turned.begin_s.size == own.begin_s.size
        assert np.abs(turned.begin_s - own.begin_s).max() < 0.02
        assert np.array_equal(turned.running, own.running)


def test_a_slow_jogger_runs_and_a_hurried_walker_does_not() -> None:
    slow, fast = (change for change in CHANGES if change.name in ("tempo x 0.8", "tempo x 1.25"))
    assert altered(jogs()[1], slow).running.mean() > 0.9
    (walk,) = items("ipol_walk", "S17_T1_lf")
    assert not altered(walk, fast).running.any()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_other_sensors_and_tempos_change_neither_strides_nor_labels() -> None:
    results = in_processes(evaluate, chosen(FOLDER, "emulated_perturbed"))
    found = document(list(results))
    assert found["sets"]["pooled"]["false_strides_per_min"] <= 0.05
    runs = {name: row for name, row in found["activities"].items() if name.endswith(", running")}
    assert len(runs) == len(CHANGES)
    for name, row in runs.items():
        assert row["stride_f1"] >= 0.985, name
        assert row["running_f1"] >= 0.95, name
        assert row["class_accuracy"] >= 0.94, name  # without a gyroscope, a slow runner is taken for a walker


def test_an_outdoor_run_beside_a_foot_pod() -> None:
    found = figures(items("wmf_stryd_run", "run_out"))
    assert abs(found["stride_count_err"]) <= 1
    assert abs(found["cadence_err_pct"]) <= 1.0
    assert abs(found["gct_bias_pct"]) <= 6.0
    assert found["class_accuracy"] == 1.0
    assert found["host"]["sensors_flagged"] == 1


def test_walkers_never_run() -> None:
    found = figures(items("ipol_walk", "_T1_rf")[:6])
    assert found["false_strides_per_min"] == 0.0
    assert found["stride_f1"] > 0.85


def test_walkers_contacts_scatter_little_within_a_recording() -> None:
    found = figures([item for item in items("ipol_walk") if "_lb" not in item.file])
    assert found["ic_sd_ms"] <= 12.0
    assert found["tc_sd_ms"] <= 8.0
    assert found["false_strides_per_min"] == 0.0
    assert found["class_accuracy"] == 1.0


@pytest.mark.parametrize(("activity", "least"), [("walk", 0.96), ("other_slow_gait", 0.6)])
def test_walkers_in_a_vicon_room_never_run(activity: str, least: float) -> None:
    found = figures([item for item in items("pyshoe_vicon") if read(item).activity == activity])
    assert found["stride_f1"] >= least
    assert found["false_strides_per_min"] == 0.0
    assert found["class_accuracy"] == 1.0


def test_contacts_at_a_sacrum_are_the_hosts() -> None:
    found = figures(items("alcantara_grf"))
    assert found["detector"] == "host reference"
    assert found["contact_f1"] > 0.99
    assert found["gct_mae_ms"] <= 13.0


def test_real_strides_at_another_pace_obey_gravity_and_go_as_far_as_they_should() -> None:
    jog = load_sources(FOLDER)[1]
    run = Segment("run", 10.0, 180.0, 1.15 * jog.length_m * 180.0 / 120.0)
    made = WarpedRunner((Segment("stand", 2.0), run, Segment("stand", 2.0)), jog)
    t = np.arange(0.0, made.duration_s, 1e-3)
    accel, gyro = made.sample(t)
    assert gyro is not None
    ic = made.truth().ic_s[3:-3]
    strides = np.stack([ic[:-1], ic[1:]], axis=1)
    assert sensor_truth(t, accel, gyro, strides).force_g == pytest.approx(1.0, abs=0.04)
    assert np.nanmedian(stride_lengths(t, accel, gyro, strides)) == pytest.approx(1.15 * jog.length_m, rel=0.1)


def test_the_pressed_runners_reach_the_corners_and_say_what_they_are() -> None:
    work = chosen(FOLDER, "emulated_warped")
    names = [piece.item.file for piece in work]
    for words in ("2.5 mps", "9 mps", "140 spm", "280 spm", "80 ms", "300 ms"):
        assert any(words in name for name in names), words
    (corner,) = [piece for piece in work if piece.item.file == "9 mps, 280 spm, 80 ms"]
    result = evaluate(corner)
    assert result.activity == "run, pressed"
    assert result.score.running.f1 == 1.0
    assert float(np.abs(result.score.gct_ms).mean()) < 6.0
