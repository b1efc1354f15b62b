"""What the host makes of open recordings of people."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(os.environ.get("RUNSLATE_DATA", ""))
TOOL = Path(__file__).resolve().parents[2] / "tools" / "score_gait.py"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not os.environ.get("RUNSLATE_DATA") or not FOLDER.is_dir(),
        reason="RUNSLATE_DATA does not name a folder of recordings; set it to test on them.",
    ),
]


@pytest.fixture(scope="module")
def score() -> ModuleType:
    """The tool that prints these figures."""
    spec = importlib.util.spec_from_file_location("score_gait", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def test_stride_lengths_against_cameras(score: ModuleType) -> None:
    errors = score.length_errors(FOLDER)
    assert {"jog", "walk"} <= set(errors)
    for activity, error in errors.items():
        assert np.median(np.abs(error)) <= 3.0, activity
        assert np.percentile(np.abs(error), 90) <= 7.0, activity


def test_sound_sensors_pass_and_the_weak_gyroscope_is_flagged(score: ModuleType) -> None:
    sound = score.sensor_truths(FOLDER, "pyshoe_vicon")
    assert len(sound) > 30
    assert [file for file, found in sound.items() if found.flagged] == []
    run = score.sensor_truths(FOLDER, "wmf_stryd_run")["run_out.csv.gz"]
    assert run.gyro_flagged
    assert run.gyro_scale == pytest.approx(1.15, abs=0.04)


def test_the_outdoor_run_is_within_ten_percent_once_its_scale_is_corrected(score: ModuleType) -> None:
    assert abs(score.outdoor_speed(FOLDER)["run_out.csv.gz"]) <= 10


def test_sacral_contacts_leaving_one_trial_out(score: ModuleType) -> None:
    counts, errors = score.sacral_contacts(FOLDER)
    assert max(abs(count) for count in counts) <= 1
    assert score.leaving_one_out(errors) <= 13.0


@pytest.mark.parametrize("gyro", [True, False])
def test_the_second_opinion_finds_jogging_strides_and_no_running_in_walks(score: ModuleType, gyro: bool) -> None:
    tallies = score.opinion(FOLDER, "pyshoe_vicon", gyro)
    jog = tallies.pop("jog")
    assert 2 * jog["hit"] / (2 * jog["hit"] + jog["missed"] + jog["extra"]) >= 0.985
    assert tallies["walk"]["hit"] > 400
    assert sum(tally["running"] for tally in tallies.values()) == 0
