"""The firmware on MicroPython's unix VM, as the suite's board."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hil.bench import FULL_MV, UID, SerialBench, make_runner
from hil.hands import rewrite, wait_until
from hil.targets import SEED
from runslate.sim.clock import BoardClock
from runslate.sim.imu import Imu
from runslate.sim.motion import Truth
from runslate.sim.node import NodeSpec, VirtualNode
from runslate.sim.nor import PowerLoss


class VirtualBench(SerialBench):
    """The firmware on MicroPython's unix VM."""

    uid = UID

    def __init__(self, folder: Path) -> None:
        self._runner = make_runner()
        self._millivolts = FULL_MV
        spec = NodeSpec("hil", self._runner, uid=UID, seed=SEED, start="record", battery=lambda _: self._millivolts)
        self._virtual = VirtualNode(spec, folder)
        self._virtual.start()
        super().__init__(self._virtual.port)

    @property
    def imu(self) -> Imu:
        """The emulated sensor."""
        return self._virtual.board.imu

    def lose_power(self) -> None:
        self._virtual.kill()
        self._virtual.restart()

    def set_battery(self, millivolts: float) -> None:
        self._millivolts = millivolts

    def hang(self) -> None:
        assert self._virtual.pid is not None
        os.kill(self._virtual.pid, signal.SIGSTOP)

    @contextmanager
    def losing_power(self, loss: PowerLoss) -> Iterator[None]:
        flash = self._virtual.board.flash
        flash.loss = loss
        yield
        wait_until(lambda: bool(loss.during) and not self._virtual.alive())
        flash.loss = None
        self._virtual.restart()

    def restart_with(self, change: Callable[[bytes], bytes] | None = None, wraps_in_s: float = 0.0) -> None:
        self._virtual.kill()
        board = self._virtual.board
        if change is not None:
            rewrite(board.flash, change)
        if wraps_in_s:
            offset = (1 << 30) - round((self._virtual.clock.now() + wraps_in_s) * 1e6)
            board.ticks = BoardClock(0.0, offset)
        self._virtual.restart()

    @contextmanager
    def same_time(self) -> Iterator[float | None]:
        yield self._virtual.spec.board_ppm

    def lamp(self) -> bool:
        return self._virtual.board.lamp

    def rest(self) -> None:
        self._virtual.board.imu.playback.zero_s = None

    def truth(self) -> Truth:
        return self._runner.truth()

    def close(self) -> None:
        self._virtual.stop()
