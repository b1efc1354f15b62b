"""What commands do to the disk and to a take when they are called wrongly, and what they say of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pytest
from runslate.bar.shelf import earlier_marks, keep_bests
from runslate.examine import examine
from runslate.library import Library
from runslate.node import Node
from runslate.personal import keep_factor
from runslate_protocol.constants import State
from runslate_protocol.messages import StatusReply

from host.commands import call, run
from host.quick import quick_sim
from host.takemaker import Runner, make_take
from host.test_arming import spec


def shown_as(status: Callable[[Node], StatusReply], state: State, node: Node) -> StatusReply:
    """A node's status with another state and little room."""
    return replace(status(node), state=state, seconds_left=3)


def test_the_version_is_told() -> None:
    assert run("--version").stdout == f"runslate {version('runslate')}\n"


def test_a_drain_makes_no_library_of_a_folder_named_by_mistake(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "notes.txt").write_text("mine")
    with quick_sim([spec("mary", 1)], tmp_path / "sim"):
        for folder in (notes, tmp_path / "tpyo"):
            said = call("drain", "--library", str(folder))
            assert said.returncode == 1
            assert f"There is no library at {folder}" in said.stderr
    assert [path.name for path in notes.iterdir()] == ["notes.txt"]
    assert not (tmp_path / "tpyo").exists()


def test_a_cut_with_a_port_that_fails_marks_the_end_first(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib")
    take = make_take(library, "S1", 1, "Ada", [Runner("Ada", [(2, 9)])])
    take.end_us = None
    library.save_take(take)
    done = call("cut", "--port", "/dev/ttyNOPE", "--json")
    assert done.returncode == 0
    assert "There is no port /dev/ttyNOPE" in done.stderr
    assert "Ada" in str(json.loads(done.stdout)["not_reached"])
    assert library.open_take() is None


def test_a_cut_of_nothing_says_why_no_tag_was_asked(tmp_path: Path) -> None:
    Library(tmp_path / "lib")
    done = run("cut", "--port", "/dev/ttyNOPE")
    assert done.returncode == 1
    assert "No take rolls" in done.stderr
    assert "There is no port /dev/ttyNOPE" in done.stderr


def test_a_disarm_in_the_middle_of_a_take_is_refused(tmp_path: Path) -> None:
    with quick_sim([spec("mary", 1)], tmp_path / "sim"):
        call("roll", "--lead", "mary")
        done = call("disarm")
        assert done.returncode == 1
        assert "runslate cut" in done.stderr
        assert "is cut" in call("cut").stdout


def test_a_consent_in_other_letters_is_of_the_runner_who_ran(tmp_path: Path) -> None:
    make_take(Library(tmp_path / "lib"), "S1", 1, "Ada", [Runner("Ada", [(2, 9)])])
    call("runner", "consent", "ada", "--by", "Ada", "--scope", "all")
    (known,) = json.loads(call("runner", "list", "--json").stdout)["runners"]
    assert (known["runner"], known["consent"]["scope"]) == ("Ada", "all")


def test_records_from_before_a_calibration_do_not_stand_beside_those_after_it(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib")
    first, second = (make_take(library, "S1", n, "Ada", [Runner("Ada", [(2, 9)])]) for n in (1, 2))
    first.provisional = False
    library.save_take(first)
    keep_bests(library, first, {"Ada": {"fastest_stride": 4.0}})
    assert [mark.value for mark in earlier_marks(library, second)] == [4.0]
    keep_factor(library, "Ada", 108.0, 100.0, first.name)
    assert earlier_marks(library, second) == []


def test_a_node_that_erases_has_no_fault_and_a_full_one_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status = Node.status

    said: dict[State, dict[str, object]] = {}
    with quick_sim([spec("mary", 1)], tmp_path / "sim"):
        for state in (State.PREPARING, State.IDLE):
            shown = partial(shown_as, status, state)
            monkeypatch.setattr(Node, "status", lambda node, shown=shown: shown(node))
            (said[state],) = [check for check in examine(None, None) if check["check"] == "room"]
    assert said[State.PREPARING]["passed"]
    assert "preparing" in str(said[State.PREPARING]["detail"])
    assert not said[State.IDLE]["passed"]


def test_an_armed_node_is_not_called_wrong(tmp_path: Path) -> None:
    with quick_sim([spec("mary", 1)], tmp_path / "sim"):
        call("arm", "--at", "00:00:01")
        checks = examine(None, tmp_path / "lib")
        assert [check for check in checks if not check["passed"]] == []
        assert "never began" in call("disarm").stdout
