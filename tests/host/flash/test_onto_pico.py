"""A stock board becomes a node, however often it is stopped on the way; reels and settings stay."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from host.commands import run
from host.flash import boards
from host.flash.boards import PATIENCE_S, REELS_AT, STOCK, UID, board
from runslate.errors import RunslateError
from runslate.firmware import firmware_path
from runslate.flash import session
from runslate.flash.build import build_files, firmware_version
from runslate.flash.install import board_facts, install, prepare
from runslate.flash.session import Flasher, Tell
from runslate.node import Node
from runslate.sim.pico.board import EmulatedPico
from runslate.sim.pico.console import PicoConsole
from runslate.sim.pico.install import RawRepl
from runslate_protocol.constants import State

pytestmark = [pytest.mark.pico, pytest.mark.timeout(900)]

SETTINGS = b'{"name": "left shoe", "runner": "ada"}'
TORN = (7, 23)
"""Kills in the middle of a file, by power loss."""


class KilledError(Exception):
    """The host dies here."""


@dataclass
class Stopped:
    """A board that was flashed with a stop before every step, not started since."""

    flash: bytes
    kills: int


def quiet(words: str, done: int, total: int) -> None:
    """Nobody looks."""


def one_step(pico: EmulatedPico, files: dict[str, bytes]) -> bool:
    """A run that dies before its second step; True when there was none left to die before."""
    begun: list[str] = []

    def before(words: str, number: int, total: int) -> None:
        # Comparing changes nothing: a run that dies behind it has to do it again.
        if begun and not begun[-1].startswith("compare"):
            raise KilledError
        begun.append(words)

    repl = RawRepl(PicoConsole(pico))
    repl.enter()
    board_facts(repl)
    prepare(repl, firmware_path())
    try:
        install(repl, files, before)
    except KilledError:
        return False
    return True


def tear(pico: EmulatedPico) -> None:
    """Pull the plug while a file is being written."""
    repl = RawRepl(PicoConsole(pico))
    repl.run("begin('node/app.mpy')")
    repl.start("for _ in range(40): target.write(bytes(512))")
    pico.run_for(0.3)


@pytest.fixture(scope="module")
def stopped() -> Stopped:
    """Flash a blank board; the host dies before every step, every other time with the power."""
    boards.need_board()
    files = build_files(firmware_path())
    pico = EmulatedPico(STOCK, uid=UID)
    pico.boot()
    repl = RawRepl(PicoConsole(pico))
    repl.enter()
    repl.run(f"f = open('/settings.json', 'wb'); f.write({SETTINGS!r}); f.close()")
    pico.power_cycle()
    flash = bytearray(pico.flash_contents())
    flash[REELS_AT:] = bytes(range(256)) * ((len(flash) - REELS_AT) // 256)
    pico = EmulatedPico(STOCK, bytes(flash), uid=UID)
    pico.boot()
    kills = 0
    while not one_step(pico, files):
        kills += 1
        if kills in TORN:
            tear(pico)
        if kills % 2:
            pico.power_cycle()
            pico.boot(60)
        assert pico.flash_contents()[REELS_AT:] == flash[REELS_AT:]
    return Stopped(pico.flash_contents(), kills)


@pytest.fixture(scope="module")
def finished(stopped: Stopped) -> bytes:
    """The same board after one run more: it has nothing to write, and starts the node."""
    assert stopped.kills >= len(build_files(firmware_path()))
    with board(stopped.flash) as (pico, terminal):
        done = flasher(firmware_path()).put_files(terminal.port)
        assert done.written == []
        assert (done.uid, done.firmware) == (UID.hex(), firmware_version(firmware_path()))
        node = greet(terminal.port)
        settings = node.settings()
        node.close()
        assert (settings["name"], settings["runner"]) == ("left shoe", "ada")
        return pico.flash_contents()


def flasher(firmware: Path, tell: Tell = quiet) -> Flasher:
    return Flasher(firmware, tell, PATIENCE_S, PATIENCE_S)


def test_killed_before_every_step_a_blank_board_still_becomes_a_node(finished: bytes) -> None:
    """And the reels' part holds marks now: the node has begun to erase what it did not write."""
    assert finished[REELS_AT] == 0x5E


def greet(port: str) -> Node:
    """Greet a node that may still be booting."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return Node.open(port)
        except RunslateError:
            if time.monotonic() > deadline:
                raise


def record(node: Node) -> None:
    """Make a reel of two seconds."""
    deadline = time.monotonic() + PATIENCE_S
    while node.status().pages_free < 150 and time.monotonic() < deadline:
        time.sleep(0.5)
    node.start(max_seconds=2)
    while node.status().state == State.RECORDING and time.monotonic() < deadline + PATIENCE_S:
        time.sleep(0.5)


def reels_of(node: Node) -> dict[int, list[bytes]]:
    return {reel.reel_id: sorted(node.fetch(reel.reel_id, 0, reel.pages)[0]) for reel in node.reels()}


def test_a_reflash_stopped_anywhere_keeps_reels_and_settings(
    finished: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = boards.changed_firmware(tmp_path / "later")
    files = build_files(later)
    monkeypatch.setattr(session, "build_files", lambda firmware: files)
    with board(finished) as (_, terminal):
        node = greet(terminal.port)
        node.set("runner", "grace")
        record(node)
        node.start()
        node.close()
        refused = run("flash", "--port", terminal.port)
        assert refused.returncode == 1
        assert "is recording" in refused.stderr
        assert "runslate cut" in refused.stderr
        node = greet(terminal.port)
        assert node.status().state == State.RECORDING
        node.stop()
        before = reels_of(node)
        assert [len(pages) > 3 for pages in before.values()] == [True, True]
        node.close()

        stops = stop_everywhere(later, terminal.port)
        assert stops[0] == "take main.py away"
        assert {"write node/lamp.mpy", "write node/version.mpy"} < set(stops)
        assert stops[-2:] == ["compare all files", "write main.py"]
        done = flasher(later).put_files(terminal.port)
        assert done.firmware == "9.9.9"
        node = greet(terminal.port)
        assert node.settings()["runner"] == "grace"
        assert reels_of(node) == before
        node.close()


def stop_everywhere(firmware: Path, port: str) -> list[str]:
    """Ctrl-C before every step in turn; returns what was about to be done."""
    stops: list[str] = []

    def tell(words: str, done: int, total: int) -> None:
        if total > 1 and words not in stops:
            stops.append(words)
            raise KeyboardInterrupt

    while True:
        run_of = flasher(firmware, tell)
        count = len(stops)
        with pytest.raises(KeyboardInterrupt):
            run_of.put_files(port)
        assert "Reels and settings are untouched" in run_of.state
        assert len(stops) == count + 1
        if stops[-1] == "write main.py":
            return stops


def test_a_board_that_is_deaf_to_ctrl_c_is_told_the_button() -> None:
    boards.need_board()
    pico = EmulatedPico(STOCK, uid=UID)
    pico.boot()
    repl = RawRepl(PicoConsole(pico))
    repl.enter()
    program = "import micropython\nmicropython.kbd_intr(-1)\nwhile True: pass"
    repl.run(f"f = open('/main.py', 'w'); f.write({program!r}); f.close()")
    with board(pico.flash_contents()) as (_, terminal):
        deaf = Flasher(firmware_path(), quiet, patience_s=4)
        with pytest.raises(RunslateError, match="BOOTSEL"):
            deaf.put_files(terminal.port)
        assert deaf.state == "Nothing was changed on the board."
