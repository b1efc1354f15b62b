"""`runslate sim` keeps nodes up for other processes and takes them down with it, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from runslate.sim.registry import list_ports

_MAIN = "from runslate.cli import main; main()"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[str]]]:
    """A list for started commands; what is left of them at the end is killed."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def run(started: list[subprocess.Popen[str]], *options: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    line = [sys.executable, "-c", _MAIN, "sim", *options]
    started.append(subprocess.Popen(line, stdout=pipe, stderr=pipe, text=True))
    return started[-1]


def virtual_machines(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in listed.stdout.split()]


def gone(pids: list[int]) -> bool:
    return not any(os.path.exists(f"/proc/{pid}") for pid in pids)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc to look for processes")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nodes_are_found_while_it_runs_and_none_is_left(
    command: list[subprocess.Popen[str]], ending: signal.Signals
) -> None:
    one = run(command, "--runners", "1", "--seed", "5", "--json")
    two = run(command, "--runners", "2", "--seed", "6", "--json")
    told = []
    for process in (one, two):
        assert process.stdout is not None
        told += json.loads(process.stdout.readline())["nodes"]
    assert sorted(node["port"] for node in told) == sorted(entry.port for entry in list_ports())
    assert [entry.name for entry in list_ports()] == ["ada", "ada", "ben"]
    machines = virtual_machines(two.pid)
    assert len(machines) == 2
    two.send_signal(ending)
    assert two.wait(10) == (-ending if ending == signal.SIGKILL else 0)
    end = time.monotonic() + 5.0
    while not gone(machines) and time.monotonic() < end:
        time.sleep(0.02)
    assert gone(machines)
    assert [entry.name for entry in list_ports()] == ["ada"]


def test_a_wrong_choice_is_a_sentence_and_not_a_traceback(command: list[subprocess.Popen[str]]) -> None:
    process = run(command, "--clock", "sundial")
    out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert out == ""
    assert "--clock sundial is not known. It can be wall or stepped." in err
    assert "Traceback" not in err
