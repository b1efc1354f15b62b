"""An emulated RP2040 with our image or stock MicroPython, as the suite's board."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from hil.bench import FULL_MV, RESTART_S, UID, Bench, leave_node, make_runner, restarting
from hil.hands import BOOT_PATIENCE_S, wait_until
from hil.images import ROOT
from hil.targets import SEED, Wiring
from runslate import hostclock
from runslate.firmware import firmware_path
from runslate.flash.build import build_files, digest
from runslate.flash.repl import Repl
from runslate.port import Port
from runslate.sim.imu import Imu
from runslate.sim.motion import Truth
from runslate.sim.nor import PowerLoss
from runslate.sim.pico.battery import Battery
from runslate.sim.pico.board import Device, EmulatedPico
from runslate.sim.pico.bus import I2cImu
from runslate.sim.pico.console import PicoConsole
from runslate.sim.pico.flash import FLASH_BYTES
from runslate.sim.pico.images import with_marks
from runslate.sim.pico.install import RawRepl, copy_files
from runslate.sim.pico.port import PicoPort
from runslate.sim.pico.talk import Talk
from runslate.sim.pico.wire import Wire

FIRST_BOOT_S = 60.0
"""Emulated time for the first boot, which moves files out of the reels' part of the flash."""

WATCHDOG_S = 9.0
"""The RP2040's watchdog lasts 8.3 s at most."""

STORAGE_AT = (2048 - 1408) * 1024
"""Of the emulated Pico's flash: where the storage begins that the virtual node has as a whole."""

CRYSTAL_PPM = 80.0
"""How much faster than the host's the emulated board's clock is where the two are compared."""


class PicoBench(Bench):
    """An image on the emulated RP2040, on a blank flash or on one that something ran on before."""

    uid = UID

    def __init__(
        self,
        wiring: Wiring,
        image: Path,
        flash: bytes | None = None,
        others: Sequence[Device] = (),
        flash_bytes: int = FLASH_BYTES,
    ) -> None:
        super().__init__()
        self._runner = make_runner()
        self._wiring = wiring
        self._port: PicoPort | None = None
        self.imu = Imu(self._runner, seed=SEED, ppm=4300.0, start="record")
        sensor = I2cImu(self.imu, wiring.i2c_bus, wiring.int1_pin)
        self._battery = Battery(FULL_MV)
        devices = [sensor, self._battery, Wire(*wiring.loopback), *others]
        self.pico = EmulatedPico(image, flash, devices, UID, flash_bytes)
        self.pico.boot(FIRST_BOOT_S)

    def open_port(self) -> Port:
        self._port = PicoPort(self.pico)
        return self._port

    def wait(self, seconds: float) -> None:
        assert self._port is not None
        self._port.wait(seconds)

    def lose_power(self) -> None:
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

    @contextmanager
    def prompt(self) -> Iterator[Repl]:
        leave_node(self)
        repl = RawRepl(PicoConsole(self.pico))
        try:
            with restarting(repl):
                yield repl
        finally:
            self.pico.run_for(RESTART_S)
            self.pico.received.clear()

    @contextmanager
    def same_time(self) -> Iterator[float | None]:
        with hostclock.follow(SlowerTime(self.pico)):
            yield CRYSTAL_PPM

    def lamp(self) -> bool:
        return self.pico.gpio(self._wiring.lamp_pin)

    def rest(self) -> None:
        self.imu.playback.zero_s = None

    def truth(self) -> Truth:
        return self._runner.truth()


class SlowerTime:
    """The time of a host whose clock is behind the emulated board's by CRYSTAL_PPM."""

    def __init__(self, pico: EmulatedPico) -> None:
        self._pico = pico

    def now_us(self) -> int:
        return round(self._pico.now_us() / (1.0 + CRYSTAL_PPM * 1e-6))


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


def image_bytes(image: Path) -> bytes:
    """The image's contents; empty when there is none, which the board then says."""
    return image.read_bytes() if image.exists() else b""
