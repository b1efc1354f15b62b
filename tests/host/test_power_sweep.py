"""Power lost in the operations of a node's life: it boots, keeps every page and setting, and misses 250 ms at most."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from runslate.drain import drain_node
from runslate.library import Library
from runslate.node import Node
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec, VirtualNode

from host.powerloss.session import STORAGE, Life, live
from host.powerloss.states import Replay
from host.powerloss.sweep import Result, all_pages, sweep

MISSING_MS = 250.0


@pytest.fixture(scope="module")
def life() -> Life:
    return live(seed=1, rounds=7)


def swept(life: Life, every: int) -> Result:
    with tempfile.TemporaryFile() as log:
        return sweep(life, log, every=every)


def test_a_sample_of_the_states(life: Life) -> None:
    result = swept(life, every=9)
    assert result.violations == []
    assert result.booted == result.states > 250
    assert result.lost_again > 50
    assert {"first boot", "record", "armed", "free", "setting"} <= result.by_phase.keys()
    assert {"before", "torn", "half", "erase"} == result.by_form.keys()
    assert 0 < max(result.missing_ms) <= MISSING_MS
    assert result.pages_checked > 10_000


@pytest.mark.long
def test_every_state(life: Life) -> None:
    result = swept(life, every=1)
    assert result.violations == []
    assert result.booted == result.states >= 2000
    assert result.missing_ms_max <= MISSING_MS


def test_the_sweep_sees_a_page_that_is_gone(life: Life) -> None:
    """A page that the flash has forgotten for whatever reason is told: else nothing above would mean anything."""
    replay = Replay(life, STORAGE)
    for _ in replay.states(seed=1, every=10_000):
        pass
    (reel, index), page = max(replay.promised.items())
    at = replay.image.find(page)
    with tempfile.TemporaryFile() as log:
        forgetful = Life([*life.operations, life.operations[-1]], life.names)
        forgetful.operations[-1] = forgetful.operations[-1].__class__("program", at, bytes(256), 0, "fault")
        forgetful.operations.append(forgetful.operations[-1])
        result = sweep(forgetful, log, every=len(forgetful.operations) - 1)
    assert any(f"page {index} of reel {reel:08x} is gone" in sentence for sentence in result.violations)


def test_a_node_boots_and_drains_after_power_loss(life: Life, tmp_path: Path) -> None:
    """The same through the whole firmware and the host: every page that flash holds is in the library."""
    replay = Replay(life, STORAGE)
    wanted = [n for n, operation in enumerate(life.operations) if operation.phase == "armed"][20::90]
    for state in replay.states(seed=2):
        if state.number not in wanted or state.form != "torn 0.5":
            continue
        folder = tmp_path / str(state.number)
        folder.mkdir()
        image = bytearray(replay.image)
        address, data = state.changed
        image[address : address + len(data)] = data
        (folder / "tag.flash").write_bytes(image)
        _boots_and_drains(folder, len(all_pages(image)))


def _boots_and_drains(folder: Path, pages: int) -> None:
    virtual = VirtualNode(NodeSpec("tag", Standing(1.0), flash_bytes=STORAGE), folder)
    virtual.start()
    try:
        node = Node.open(virtual.port)
        assert node.hello.crash == ""
        drained = drain_node(node, Library(folder / "lib"))
        node.close()
    finally:
        virtual.stop()
    assert sum(result.pages for result in drained) == pages
    assert {result.state for result in drained} <= {"whole", "gaps"}
