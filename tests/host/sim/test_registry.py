"""Emulated nodes are found by others while they live, and only then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from runslate.discovery import find_ports
from runslate.sim import registry
from runslate.sim.registry import SimEntry, list_ports, register, unregister


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_entries_come_by_name_and_go() -> None:
    ben = SimEntry("ben", "/dev/null", os.getpid(), "e6" * 8)
    ada = SimEntry("ada", "/dev/zero", os.getpid(), "e7" * 8)
    register(ben)
    register(ada)
    assert list_ports() == [ada, ben]
    unregister(ben)
    unregister(ben)
    assert list_ports() == [ada]


def test_a_dead_process_and_a_broken_file_are_swept_away() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    register(SimEntry("ghost", "/dev/null", done.pid, "00"))
    (registry.registry_folder() / "torn.json").write_text(json.dumps({"name": "torn"})[:-3])
    assert list_ports() == []
    assert list(registry.registry_folder().glob("*.json")) == []


def test_a_port_that_is_away_is_not_found_and_its_entry_stays_for_when_it_is_back() -> None:
    register(SimEntry("tag", "/dev/pts/none", os.getpid(), "00"))
    assert find_ports() == []
    register(SimEntry("tag", "/dev/null", os.getpid(), "00"))
    assert [port.device for port in find_ports()] == ["/dev/null"]


def test_two_runs_may_use_one_name() -> None:
    mine = SimEntry("ada", "/dev/null", os.getpid(), "00")
    theirs = SimEntry("ada", "/dev/zero", os.getppid(), "01")
    register(mine)
    register(theirs)
    unregister(mine)
    assert list_ports() == [theirs]


def test_nobody_there_is_an_empty_list() -> None:
    assert list_ports() == []
