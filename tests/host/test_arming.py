"""Untethered takes: nodes armed by cable, marks with no port, one drain that joins everything."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from runslate import hostclock
from runslate.arming import Armed, ArmedNode, Plan, armed_in, next_time, roll_marked
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.node import Node
from runslate.sim.course import Segment
from runslate.sim.node import NodeSpec
from runslate.sim.parametric import ParametricRunner
from runslate_protocol.constants import State

from host.commands import call
from host.quick import quick_sim

RUN = (Segment("stand", 2), Segment("run", 60, cadence_spm=172, speed_mps=3.2))


def spec(name: str, seed: int) -> NodeSpec:
    motion = ParametricRunner(RUN, foot="left", seed=seed)
    return NodeSpec(name, motion, runner=name, foot="left", seed=seed, start="record")


def told(*words: str) -> dict:
    """Run a command in this process, which may live by an emulated wall; its document."""
    done = call(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def wait_for(port: str, state: State) -> None:
    """Poll one node until it is in this state."""
    node = Node.open(port)
    try:
        for _ in range(2000):
            if node.status().state == state:
                return
    finally:
        node.close()
    raise AssertionError(f"never {state.name}")


def slowest_round_trip_us(library: Library) -> float:
    """Of all clock comparisons: what a busy computer adds to a clock's uncertainty is in them."""
    return max(sample["rtt_us"] for store in library.reels() for sample in store.clock())


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("RUNSLATE_LIBRARY", str(tmp_path / "lib"))
    return Library(tmp_path / "lib")


@pytest.fixture
def no_cables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], AbstractContextManager[None]]:
    """Pull the cables for a while: other processes find no node in an empty registry."""

    @contextmanager
    def pulled() -> Iterator[None]:
        with monkeypatch.context() as patched:
            patched.setenv("XDG_RUNTIME_DIR", str(tmp_path))
            yield

    return pulled


def test_two_takes_are_marked_while_the_nodes_are_away_and_joined_by_one_drain(tmp_path, library, no_cables):
    with quick_sim([spec("mary", 1), spec("bob", 2)], tmp_path / "sim") as sim:
        armed = told("arm", "--on-motion")
        assert sorted(node["runner"] for node in armed["nodes"]) == ["bob", "mary"]
        assert armed["plan"]["preroll_s"] == 2
        wait_for(sim.ports["mary"], State.RECORDING)
        wait_for(sim.ports["bob"], State.RECORDING)
        with no_cables():
            for lead in ("mary", "bob"):
                assert told("roll", "--lead", lead)["end_us"] is None
                hostclock.sleep(2.0)  # the take itself
                assert told("cut")["end_us"] is not None
        drained = told("drain")
    assert drained["problems"] == []
    assert sorted(drained["stopped"]) == ["bob was recording: stopped.", "mary was recording: stopped."]
    assert [take["lead"] for take in drained["takes"]] == ["mary", "bob"]
    for take in drained["takes"]:
        assert (take["provisional"], take["gaps"], take["lost_pages"]) == (False, [], 0)
        assert all(runner["strides"] >= 2 for runner in take["runners"].values())
        assert take["time_uncertainty_us_p95"] < 2000 + slowest_round_trip_us(library)
    assert armed_in(library) is None


def test_a_node_disarmed_before_its_reel_began_leaves_final_takes(tmp_path, library, no_cables):
    with quick_sim([spec("mary", 1)], tmp_path / "sim"):
        told("arm", "--at", "00:00:01", "--preroll", "0")
        with no_cables():
            told("roll")
            told("cut")
        drained = told("drain")
    assert any("never began" in sentence for sentence in drained["stopped"])
    (take,) = library.takes()
    shown = told("takes", "show", take.name)
    assert not shown["provisional"]


def test_a_lead_that_wears_no_armed_node_is_refused_and_nothing_rolls(tmp_path, library):
    with quick_sim([spec("mary", 1)], tmp_path / "sim"):
        told("arm", "--on-motion")
        done = call("roll", "--lead", "nobody")
        told("disarm")
    assert done.returncode == 1
    assert "Armed runners: mary" in done.stderr
    assert library.open_take() is None


def test_a_take_whose_cables_were_pulled_can_be_cut(tmp_path, library, no_cables):
    with quick_sim([spec("mary", 1)], tmp_path / "sim"):
        told("roll", "--lead", "mary")
        with no_cables():
            assert told("cut")["end_us"] is not None
        drained = told("drain")
    assert drained["stopped"] == ["mary was recording: stopped."]
    assert drained["takes"][0]["provisional"] is False


def test_a_cut_that_reaches_no_tag_says_that_they_record_on(tmp_path, library, no_cables):
    with quick_sim([spec("mary", 1)], tmp_path / "sim"):
        told("roll")
        with no_cables():
            said = call("cut")
        told("roll")
        with no_cables():
            (missed,) = told("cut")["not_reached"]
    assert said.returncode == 0
    assert "is cut" not in said.stdout
    assert "No tag was reached" in said.stderr
    assert missed == "mary"
    assert missed in said.stderr


def test_a_cut_that_reaches_all_tags_says_nothing_of_the_kind(tmp_path, library):
    with quick_sim([spec("mary", 1)], tmp_path / "sim"):
        told("roll")
        said = call("cut")
    assert "is cut" in said.stdout
    assert "reached" not in said.stdout + said.stderr


def test_an_armed_node_tells_how_long_it_can_record_also_after_a_first_reel(tmp_path, library):
    with quick_sim([spec("mary", 1)], tmp_path / "sim"):
        told("record", "--seconds", "3")
        (armed,) = told("arm", "--on-motion")["nodes"]
        told("disarm")
        (facts,) = told("node", "info")["nodes"]
    assert armed["seconds_left"] > 200
    assert facts["seconds_left"] > 200


def test_nobody_wears_the_node_of_a_treadmill(library):
    nodes = [
        ArmedNode("a1", "tag", "mary", "left", 7),
        ArmedNode("b2", "belt", "belt", "", 8, worn=False),
    ]
    take = roll_marked(library, library.new_take("S1", "1"), Armed(Plan(), nodes))
    assert [member.runner for member in take.cast] == ["mary"]
    assert take.lead == "mary"


def test_no_take_rolls_without_a_runner(library):
    belt = ArmedNode("b2", "belt", "belt", "", 8, worn=False)
    with pytest.raises(RunslateError, match="worn by anybody"):
        roll_marked(library, library.new_take("S1", "1"), Armed(Plan(), [belt]))
    assert library.open_take() is None


@pytest.mark.parametrize(
    ("clock", "now", "wanted"),
    [
        ("14:30:00", "2026-05-01 14:29:58", 2),
        ("14:30", "2026-05-01 14:30:01", 86_399),
        ("00:00:05", "2026-05-01 23:59:59", 6),
    ],
)
def test_a_time_of_day_is_its_next_occurrence(clock, now, wanted):
    now_us = round(datetime.fromisoformat(now).timestamp() * 1e6)
    assert next_time(clock, now_us) == now_us // 1000 + wanted * 1000


@pytest.mark.parametrize(
    ("clock", "now", "wanted"),
    [
        ("02:45", "2026-10-25T02:30:00+01:00", "2026-10-25T02:45:00+01:00"),
        ("02:45", "2026-10-25T02:30:00+02:00", "2026-10-25T02:45:00+02:00"),
        ("14:00", "2026-10-24T15:00:00+02:00", "2026-10-25T14:00:00+01:00"),
    ],
)
def test_a_time_of_day_is_right_in_the_night_when_summer_time_ends(clock, now, wanted, berlin):
    at_ms = next_time(clock, round(datetime.fromisoformat(now).timestamp() * 1e6))
    assert at_ms == datetime.fromisoformat(wanted).timestamp() * 1000
    assert Plan(at_utc_ms=at_ms).words == f"at {clock}:00"


@pytest.fixture
def berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("clock", ["25:00:00", "noon", "12", ""])
def test_what_is_no_time_of_day_is_refused_with_an_example(clock):
    with pytest.raises(RunslateError, match="14:30:00"):
        next_time(clock, 0)
