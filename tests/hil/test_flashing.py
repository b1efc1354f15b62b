"""`runslate flash` in short: onto a stock board, stopped once in the middle. tests/host/flash stops it everywhere."""

from __future__ import annotations

import pytest
from hil.images import find_image
from hil.targets import PICO
from host.commands import run
from host.flash.boards import PATIENCE_S, UID, board
from runslate.firmware import firmware_path
from runslate.flash.build import firmware_version
from runslate.flash.session import Flasher
from runslate.node import Node

pytestmark = [pytest.mark.pico, pytest.mark.timeout(PICO.test_timeout_s)]

STOPPED_AT = "write node/lamp.mpy"


def stop_half_way(words: str, _done: int, _total: int) -> None:
    if words == STOPPED_AT:
        raise KeyboardInterrupt


def test_a_stock_board_becomes_a_node_though_it_was_stopped_and_lost_its_power() -> None:
    find_image("stock")
    with board() as (_, terminal):
        flasher = Flasher(firmware_path(), stop_half_way, PATIENCE_S, PATIENCE_S)
        with pytest.raises(KeyboardInterrupt):
            flasher.put_files(terminal.port)
        terminal.power_cycle()
        done = run("flash", "--port", terminal.port, timeout=PICO.test_timeout_s)
        assert done.returncode == 0, done.stderr
        node = Node.open(terminal.port)
        assert node.hello.uid == UID
        assert node.hello.firmware == firmware_version(firmware_path())
        assert node.hello.crash == ""
        node.close()
