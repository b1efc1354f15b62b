"""The whole case, from the first no to the audit: every beat is one of Runslate's own commands."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from host.commands import COMMAND

Beats = dict[str, dict[str, Any]]

LIMP_BEGINS_S = 33.0
"""Of the take: three seconds of standing, half a minute of running."""


@pytest.fixture(scope="module")
def beats(tmp_path_factory: pytest.TempPathFactory) -> Beats:
    """The answers by the titles of the beats."""
    folder = tmp_path_factory.mktemp("story")
    command = [*COMMAND, "demo", "--story", "--json"]
    environment = os.environ | {"XDG_RUNTIME_DIR": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {beat["beat"]: beat["answer"] for beat in json.loads(done.stdout)["beats"]}


pytestmark = pytest.mark.timeout(600)


def test_asked_and_refused(beats: Beats) -> None:
    assert beats["she asks to run beside the lead"]["state"] == "asked"
    assert beats["the first no"]["state"] == "refused"


def test_two_short_runs_do_not_count_and_two_good_ones_recommend_her(beats: Beats) -> None:
    tries = [beats[f"a timed run, {word}"] for word in ("too short", "too slow", "good", "good again")]
    assert [each["met"] for each in tries] == [0, 0, 1, 2]
    assert [each["recommended"] for each in tries] == [False, False, False, True]


def test_a_display_that_says_too_much_is_noticed(beats: Beats) -> None:
    (note,) = beats["a timed run, good"]["notes"][-2:-1]
    assert "too high" in note
    assert "The belt node counts" in note


def test_the_joint_take_is_cleared_and_the_next_names_who_is_not(beats: Beats) -> None:
    joint = beats["they run together"]
    assert beats["the lead's word"]["state"] == "granted"
    assert {name for stretch in joint["company"] for name in stretch["runners"]} >= {"Bea"}
    assert joint["clearance"]["uncleared"] == []
    stranger = beats["a third runner, whom nobody cleared"]["clearance"]["uncleared"]
    assert [found["runner"] for found in stranger] == ["Cleo"]


def test_the_chase_is_on_the_beat_of_its_score_only(beats: Beats) -> None:
    assert beats["a chase carried by its score"]["beat"]["on_beat"]
    assert not beats["by no other tempo"]["beat"]["on_beat"]


def test_the_sprint_was_held_in_one_take(beats: Beats) -> None:
    pace = beats["a sprint held in one long take"]["pace"]["Ada"]
    assert pace["longest_run_s"] == pytest.approx(36.0, abs=1.5)


def test_the_ankle_is_one_incident_at_its_time(beats: Beats) -> None:
    (found,) = [each for each in beats["what the record says of it"]["incidents"] if "limp" in each["title"]]
    minutes, seconds = found["take_time"].split(":")[1:]
    assert found["runner"] == "Ada"
    assert 60 * int(minutes) + float(seconds) == pytest.approx(LIMP_BEGINS_S, abs=2.0)
    assert beats["the safety file"]["state"] == "closed"


def test_the_rule_holds_in_one_scene_always_and_in_no_other(beats: Beats) -> None:
    found = beats["does the rule hold?"]
    assert (found["holds"], found["total"], found["unknown"]) == (3, 5, 0)
    assert {name: group["word"] for name, group in found["by"].items()} == {"12": "always", "31": "never"}
    assert [(each["kind"], each["partners"]) for each in found["exceptions"]] == [
        ("pair", ["Bea"]),
        ("group", ["Bea", "Cleo"]),
    ]
