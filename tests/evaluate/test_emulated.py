"""What the firmware makes of emulated runners and of people who do not run: a slice of each set, all of it if long."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from runslate.evaluate.document import document
from runslate.evaluate.emulated.scenario import Scenario
from runslate.evaluate.run import Work, chosen, evaluate, in_processes
from runslate.sim.notrunning import not_running


def figures(work: list[Work]) -> dict[str, Any]:
    return document([evaluate(piece) for piece in work])["sets"]["pooled"]  # type: ignore[no-any-return]


def whole(name: str) -> dict[str, Any]:
    results = list(in_processes(evaluate, chosen(None, name)))
    return document(results)["sets"]["pooled"]  # type: ignore[no-any-return]


def test_runners_from_slow_to_sprinting_are_found_stride_by_stride() -> None:
    runners = chosen(None, "emulated_parametric")
    found = figures([runners[0], runners[len(runners) // 2], runners[-1]])
    assert found["stride_f1"] >= 0.99
    assert found["running_f1"] >= 0.99
    assert found["gct_rmse_ms"] <= 8.0


def test_the_grid_reaches_its_corners() -> None:
    names = [work.item.file for work in chosen(None, "emulated_parametric")]
    for words in ("2.5 mps", "9 mps", "140 spm", "280 spm", "80 ms", "300 ms"):
        assert any(words in name for name in names), words


def test_who_cycles_is_no_runner() -> None:
    cyclist = Scenario("others", "cycling", (partial(not_running, "cycling", 60.0, 0),), runs=False)
    found = figures([cyclist])
    assert found["false_strides_per_min"] == 0.0
    assert found["class_accuracy"] == 1.0


@pytest.mark.long
def test_nobody_runs_who_does_not() -> None:
    found = whole("emulated_others")
    assert found["false_strides_per_min"] <= 0.2
    assert found["class_accuracy"] >= 0.97


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_runner_of_the_grid() -> None:
    found = whole("emulated_parametric")
    assert found["stride_f1"] >= 0.99
    assert found["ic_sd_ms"] <= 4.0
    assert found["tc_sd_ms"] <= 6.0
    assert found["gct_rmse_ms"] <= 8.0


@pytest.mark.long
@pytest.mark.timeout(600)
def test_limps_and_falls_are_told_of_in_time() -> None:
    limps = whole("emulated_limps")["alarms"]
    told = max(limps["limps_told_in_time"], limps["host_limps_told_in_time"])
    assert told == limps["limps"] == 12
    falls = whole("emulated_falls")["alarms"]
    assert falls["falls_told_in_time"] == falls["falls"] == 24
    assert whole("emulated_stumbles")["alarms"]["false_falls"] == 0


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_two_healthy_hours_pass_quietly() -> None:
    hours = whole("emulated_hours")["alarms"]
    assert hours["healthy_hours"] >= 2.0
    assert hours["false_falls"] == 0
    assert hours["false_ambers"] + hours["host_false_ambers"] <= 1
    assert hours["false_reds"] == hours["host_false_reds"] == 0
