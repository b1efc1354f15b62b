"""The suite's hands: what it can do to a board, for each kind of target."""

from __future__ import annotations

import os
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from unittest.mock import patch

from hil.hands import BOOT_PATIENCE_S, HeldPort, rewrite, wait_until
from hil.images import ROOT, image_path
from hil.targets import SEED, Target, Wiring
from runslate.errors import RunslateError
from runslate.firmware import firmware_path
from runslate.flash.build import build_files, digest
from runslate.link import Link
from runslate.node import Node
from runslate.port import Port, open_port
from runslate.sim.clock import BoardClock
from runslate.sim.course import Segment
from runslate.sim.imu import Imu
from runslate.sim.motion import Truth
from runslate.sim.node import NodeSpec, VirtualNode
from runslate.sim.nor import PowerLoss
from runslate.sim.parametric import ParametricRunner
from runslate.sim.pico.battery import Battery
from runslate.sim.pico.board import Device, EmulatedPico
from runslate.sim.pico.bus import I2cImu
from runslate.sim.pico.console import PicoConsole
from runslate.sim.pico.images import with_marks
from runslate.sim.pico.install import RawRepl, copy_files
from runslate.sim.pico.port import PicoPort
from runslate.sim.pico.talk import Talk
from runslate_protocol.constants import State

FIRST_BOOT_S = 60.0
"""Emulated time for the first boot, which moves files out of the reels' part of the flash."""

WATCHDOG_S = 9.0
"""The RP2040's watchdog lasts 8.3 s at most."""

FULL_MV = 4050.0
STORAGE_AT = (2048 - 1408) * 1024
"""Of the emulated Pico's flash: where the storage begins that the virtual node has as a whole."""

UID = b"HILBENCH"


class Bench(ABC):
    """What a test can do to the board beside talking to it."""

    uid: bytes | None = None

    def __init__(self) -> None:
        self._node: Node | None = None

    @abstractmethod
    def open_port(self) -> Port:
        """Open the board's port."""

    @abstractmethod
    def wait(self, seconds: float) -> None:
        """Let the board live for so long."""

    @abstractmethod
    def hold(self) -> None:
        """Stop reading the open port."""

    @abstractmethod
    def release(self) -> None:
        """Read the port again."""

    def cut_power(self) -> None:
        """Pull the plug and put it in again."""
        raise NotImplementedError

    def lamp(self) -> bool:
        """Whether the lamp is lit."""
        raise NotImplementedError

    def truth(self) -> Truth:
        """What the runner really did, from the start of the last recording on."""
        raise NotImplementedError

    def set_battery(self, millivolts: float) -> None:
        """Change the battery's voltage."""
        raise NotImplementedError

    def hang(self) -> None:
        """Stop the processor until its watchdog resets it."""
        raise NotImplementedError

    def losing_power(self, loss: PowerLoss) -> AbstractContextManager[None]:
        """Lose the power inside the flash operation that `loss` names; at the context's end it is back."""
        raise NotImplementedError

    def restart_with(self, change: Callable[[bytes], bytes] | None = None, wraps_in_s: float = 0.0) -> None:
        """Switch off and on again, with another content of the storage or the clock about to wrap."""
        raise NotImplementedError

    def rest(self) -> None:  # noqa: B027  (a board on a desk rests by itself)
        """Have the runner stand still until the next recording."""

    def close(self) -> None:  # noqa: B027  (a board on a desk stays as it is)
        """Give everything back."""

    def connect(self) -> Node:
        """Open the port, closing what was open, and greet the node, which may still be booting."""
        self.disconnect()
        deadline = time.monotonic() + BOOT_PATIENCE_S
        while True:
            link = None
            try:
                # A virtual node that is just being started keeps a copy of the port's lock for a moment.
                link = Link(self.open_port())
                self._node = Node(link)
                return self._node
            except RunslateError:
                if link is not None:
                    link.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def disconnect(self) -> None:
        """Close the port; the node goes on."""
        if self._node is not None:
            self._node.close()
            self._node = None

    def come_to_rest(self) -> None:
        """End what a test left recording, and close the port."""
        node = self._node or self.connect()
        try:
            if node.status().state == State.RECORDING:
                node.stop()
        finally:
            self.disconnect()


def make_runner() -> ParametricRunner:
    """Stands, then runs: the same motion on every emulated target."""
    return ParametricRunner((Segment("stand", 1.0), Segment("run", 60.0, 168.0, 3.2)), seed=SEED)


def image_bytes(image: Path) -> bytes:
    """The image's contents; empty when there is none, which the board then says."""
    return image.read_bytes() if image.exists() else b""


class SerialBench(Bench):
    """A board on a serial port."""

    def __init__(self, port: str) -> None:
        super().__init__()
        self._name = port
        self._port: HeldPort | None = None

    def open_port(self) -> Port:
        self._port = HeldPort(open_port(self._name))
        return self._port

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def hold(self) -> None:
        assert self._port is not None
        self._port.held = True

    def release(self) -> None:
        assert self._port is not None
        self._port.held = False


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

    def cut_power(self) -> None:
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

    def lamp(self) -> bool:
        return self._virtual.board.lamp

    def rest(self) -> None:
        self._virtual.board.imu.playback.zero_s = None

    def truth(self) -> Truth:
        return self._runner.truth()

    def close(self) -> None:
        self._virtual.stop()


class PicoBench(Bench):
    """An image on the emulated RP2040, on a blank flash or on one that something ran on before."""

    uid = UID

    def __init__(self, wiring: Wiring, image: Path, flash: bytes | None = None, others: Sequence[Device] = ()) -> None:
        super().__init__()
        self._runner = make_runner()
        self._wiring = wiring
        self._port: PicoPort | None = None
        self.imu = Imu(self._runner, seed=SEED, ppm=4300.0, start="record")
        sensor = I2cImu(self.imu, wiring.i2c_bus, wiring.int1_pin)
        self._battery = Battery(FULL_MV)
        self.pico = EmulatedPico(image, flash, [sensor, self._battery, *others], UID)
        self.pico.boot(FIRST_BOOT_S)

    def open_port(self) -> Port:
        self._port = PicoPort(self.pico)
        return self._port

    def wait(self, seconds: float) -> None:
        assert self._port is not None
        self._port.wait(seconds)

    def cut_power(self) -> None:
        assert self._port is not None
        self._port.power_cycle()

    def hold(self) -> None:
        assert self._port is not None
        self._port.hold()

    def release(self) -> None:
        assert self._port is not None
        self._port.release()

    def set_battery(self, millivolts: float) -> None:
        self._post(lambda: self._battery.set(millivolts))

    def hang(self) -> None:
        self._post(lambda: self.pico.stall(WATCHDOG_S))

    @contextmanager
    def losing_power(self, loss: PowerLoss) -> Iterator[None]:
        chip = self.pico.flash
        chip.loss = loss
        yield
        wait_until(lambda: chip.lost is not None)
        self._post(lambda: self.pico.power_cycle(chip.lost))

    def restart_with(self, change: Callable[[bytes], bytes] | None = None, wraps_in_s: float = 0.0) -> None:
        def job() -> None:
            flash = self.pico.flash_contents()
            self.pico.timer_starts_us = (1 << 30) - round(wraps_in_s * 1e6) if wraps_in_s else 0
            self.pico.power_cycle(flash if change is None else flash[:STORAGE_AT] + change(flash[STORAGE_AT:]))

        self._post(job)

    @contextmanager
    def watched(self) -> Iterator[list[float]]:
        """Collect the times from a rise of the sensor's interrupt until it is asked something, milliseconds."""
        imu = self.imu
        int1, read = imu.int1, imu.read
        rose: list[float] = []
        high = True
        reactions_ms: list[float] = []

        def watched_int1(t_s: float) -> bool:
            nonlocal high
            before, high = high, int1(t_s)
            if high and not before:
                rose.append(t_s)
            return high

        def watched_read(address: int, count: int, t_s: float) -> bytes:
            if rose:
                reactions_ms.append((t_s - rose.pop()) * 1e3)
            return read(address, count, t_s)

        with patch.object(imu, "int1", watched_int1), patch.object(imu, "read", watched_read):
            yield reactions_ms

    def _post(self, job: Callable[[], object]) -> None:
        assert self._port is not None
        done = threading.Event()
        self._port.post(lambda: (job(), done.set())[1])
        done.wait(BOOT_PATIENCE_S)

    def lamp(self) -> bool:
        return self.pico.gpio(self._wiring.lamp_pin)

    def rest(self) -> None:
        self.imu.playback.zero_s = None

    def truth(self) -> Truth:
        return self._runner.truth()


def erased(image: Path) -> bytes:
    """A flash with an image and a ring that is erased already, which takes a first boot a quarter of a minute."""
    return with_marks(EmulatedPico(image, uid=UID).flash_contents())


def stock_with_files(image: Path) -> bytes:
    """A flash with a stock image and the firmware's files; made once and kept in build/hil.

    Files are copied as a user would, and the reels' part of the flash is erased.
    """
    folder = ROOT / "build" / "hil"
    files = build_files(firmware_path())
    kept = folder / f"flash-{digest({**files, 'image': image_bytes(image)})[:16]}.bin"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(_install(image, files))
    return kept.read_bytes()


def _install(image: Path, files: dict[str, bytes]) -> bytes:
    pico = EmulatedPico(image, uid=UID)
    pico.boot()
    repl = RawRepl(PicoConsole(pico))
    repl.enter()
    copy_files(repl, files)
    pico.power_cycle()
    # The first start moves the files out of the reels' part; erasing that would take a quarter of a minute more.
    Talk(pico).greet(FIRST_BOOT_S)
    return with_marks(pico.flash_contents())


def make_bench(target: Target, name: str, folder: Path) -> Bench:
    """Set up the board that `--target` names.

    Raises:
        RunslateError: what is missing for it, and the cure.
    """
    if target.name == "virtual":
        return VirtualBench(folder)
    if target.name == "pico":
        image = image_path("runslate")
        return PicoBench(target.wiring, image, erased(image))
    if target.name == "pico-stock":
        image = image_path("stock")
        return PicoBench(target.wiring, image, stock_with_files(image))
    return SerialBench(name)
