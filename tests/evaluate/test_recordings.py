"""The firmware's detector on open recordings of people."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from runslate.evaluate.document import document
from runslate.evaluate.emulated.mountings import MOUNTINGS, detect
from runslate.evaluate.recordings import Item, find, read
from runslate.evaluate.run import evaluate

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


def test_six_other_mountings_give_the_same_strides() -> None:
    labelled = read(jogs()[-1])
    own, _ = detect(labelled, 0)
    for number in range(1, MOUNTINGS + 1):
        turned, _ = detect(labelled, number)
        assert turned.begin_s.size == own.begin_s.size
        assert np.abs(turned.begin_s - own.begin_s).max() < 0.02
        assert np.array_equal(turned.running, own.running)


def test_an_outdoor_run_beside_a_foot_pod() -> None:
    found = figures(items("wmf_stryd_run", "run_out"))
    assert abs(found["stride_count_err"]) <= 1
    assert abs(found["gct_bias_pct"]) <= 6.0
    assert found["host"]["sensors_flagged"] == 1


def test_walkers_never_run() -> None:
    found = figures(items("ipol_walk", "_T1_rf")[:6])
    assert found["false_strides_per_min"] == 0.0
    assert found["stride_f1"] > 0.85


def test_walkers_contacts_scatter_little_within_a_recording() -> None:
    found = figures([item for item in items("ipol_walk") if "_lb" not in item.file])
    assert found["ic_sd_ms"] <= 12.0
    assert found["tc_sd_ms"] <= 8.0


def test_walkers_in_a_vicon_room_never_run() -> None:
    found = figures([item for item in items("pyshoe_vicon") if read(item).activity == "walk"])
    assert found["stride_f1"] >= 0.96
    assert found["false_strides_per_min"] == 0.0
    assert found["class_accuracy"] == 1.0


def test_contacts_at_a_sacrum_are_the_hosts() -> None:
    found = figures(items("alcantara_grf"))
    assert found["detector"] == "host reference"
    assert found["contact_f1"] > 0.99
    assert found["gct_mae_ms"] <= 13.0
