"""Two laptops and one node: both read it, one frees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from runslate.drain import drain_node
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.node import Node
from runslate.ownership import claim, owner_of, release
from runslate.rolling import start_reel
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec
from runslate.sim.sim import Sim


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    spec = NodeSpec("tag", Standing(6.0), start="record", clock="stepped")
    with Sim([spec], tmp_path / "sim", listed=False) as sim:
        opened = Node.open(sim.ports["tag"])
        yield opened
        opened.close()


def test_only_the_owner_frees_what_both_have_read(node: Node, tmp_path: Path) -> None:
    mine, theirs = Library(tmp_path / "mine"), Library(tmp_path / "theirs")
    claim(node, mine)
    start_reel(node, 3)
    node.stop()
    (read,) = drain_node(node, theirs)
    assert (read.state, read.freed_pages) == ("whole", 0)
    assert any("space was not freed" in note for note in read.notes)
    (owned,) = drain_node(node, mine)
    assert owned.freed_pages == read.pages == owned.pages
    assert node.reels() == []
    logs = [library.reel(node.uid, read.reel_id).read() for library in (mine, theirs)]
    assert logs[0] == logs[1] != b""


def test_a_node_changes_hands_only_when_its_owner_gives_it_up(node: Node, tmp_path: Path) -> None:
    mine, theirs = Library(tmp_path / "mine"), Library(tmp_path / "theirs")
    claim(node, mine)
    with pytest.raises(RunslateError, match="node release"):
        claim(node, theirs)
    with pytest.raises(RunslateError, match="Only its owner"):
        release(node, theirs)
    release(node, mine)
    assert claim(node, theirs) == ""
    assert claim(node, mine, force=True) == theirs.id
    assert owner_of(node) == mine.id
