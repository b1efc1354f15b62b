"""`runslate flash` where there is nothing to flash, and stopped by Ctrl-C."""

from __future__ import annotations

import os
import signal
import tty
from pathlib import Path

from host.commands import run, start
from host.flash.boards import boot_drive
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec
from runslate.sim.sim import Sim


def test_an_emulated_node_is_left_alone(tmp_path: Path) -> None:
    with Sim([NodeSpec("tag", Standing(60.0))], tmp_path / "sim") as sim:
        done = run("flash", "--port", sim.nodes["tag"].port)
        assert done.returncode == 1
        assert "is an emulated one" in done.stderr
        assert run("node", "info", "--json").returncode == 0


def test_a_drive_without_an_image_is_a_question(tmp_path: Path) -> None:
    done = run("flash", "--drive", str(boot_drive(tmp_path / "RPI-RP2")))
    assert done.returncode == 1
    assert "--image" in done.stderr


def test_without_a_board_it_says_what_to_look_at() -> None:
    done = run("flash")
    assert done.returncode == 1
    assert "No board is connected" in done.stderr


def test_a_missing_image_is_told_before_anything_is_asked() -> None:
    done = run("flash", "--image", "nowhere.uf2", "--port", "/dev/ttyNOPE")
    assert done.returncode == 1
    assert "nowhere.uf2" in done.stderr


def test_ctrl_c_says_what_state_the_board_is_in() -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    asked = start("flash", "--port", os.ttyname(theirs))
    assert os.read(ours, 1000)  # HELLO: the work has begun
    asked.send_signal(signal.SIGINT)
    out, said = asked.communicate(timeout=30)
    assert asked.returncode == 130
    assert "Stopped. Nothing was changed on the board." in said
    assert "Traceback" not in said
    assert out == ""
    os.close(ours)
    os.close(theirs)
