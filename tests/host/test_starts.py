"""A host that is killed while it rolls leaves no reel that nobody ends, and another laptop's reel is let run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from runslate.arming import dock
from runslate.library import Library
from runslate.node import Node
from runslate.rig import Rig
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec
from runslate.sim.sim import Sim
from runslate.starts import Starts
from runslate.take import Take
from runslate_protocol.constants import State


class Killed(BaseException):
    """The host is gone between START and the saving of its take."""


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Sim]:
    with Sim([NodeSpec("tag", Standing(600.0))], tmp_path / "sim") as sim:
        yield sim


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "lib")


@pytest.fixture
def rolled_and_killed(sim: Sim, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_library: Library, _take: Take) -> Path:
        raise Killed

    with monkeypatch.context() as patched, Rig.find(library=library) as rig:
        patched.setattr(Library, "save_take", killed)
        with pytest.raises(Killed):
            rig.roll(library.new_take("S1", "1"))
    assert state(sim) == State.RECORDING
    assert library.takes() == []


def state(sim: Sim) -> int:
    node = Node.open(sim.ports["tag"])
    try:
        return node.status().state
    finally:
        node.close()


def test_the_next_cut_ends_a_reel_whose_host_was_killed_before_its_take_was_saved(
    sim: Sim, library: Library, rolled_and_killed: None
) -> None:
    with Rig.find(library=library) as rig:
        assert len(rig.stop_strays()) == 1
    assert state(sim) == State.IDLE


def test_the_next_drain_ends_and_brings_it_in(sim: Sim, library: Library, rolled_and_killed: None) -> None:
    with Rig.find(library=library) as rig:
        assert len(dock(rig, library)) == 1
        (drained,) = rig.drain()
    assert drained.state == "whole"
    assert drained.pages >= 2


def test_another_laptop_neither_cuts_nor_docks_it(sim: Sim, tmp_path: Path, rolled_and_killed: None) -> None:
    other = Library(tmp_path / "other")
    with Rig.find(library=other) as rig:
        assert rig.stop_strays() == dock(rig, other) == []
    assert state(sim) == State.RECORDING


def test_only_the_last_start_counts_and_a_damaged_note_is_none(tmp_path: Path) -> None:
    starts = Starts(tmp_path)
    first = starts.note("e6")
    assert starts.began("e6", first)
    assert not starts.began("e7", first)
    assert not starts.began("e6", first + 1)
    (tmp_path / "starts.json").write_text("{")
    assert not starts.began("e6", first)
    assert starts.began("e7", starts.note("e7"))
