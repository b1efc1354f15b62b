"""The emulated sensor on the emulated Pico's SPI, with real bit times, and an interrupt pin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runslate.sim.imu import Imu
from runslate.sim.pico.wired import Int1Line, Pointer

BYTE_BITS = 8
READ = 0x80
"""First bit of a transfer: the sensor answers; without it, it is written to."""

_R_TX_EMPTY = 1 << 4


class SpiImu:
    """The register model on one of the RP2040's SPI masters, a chip select and an interrupt pin.

    Nothing answers on I2C, which a firmware may ask first.

    Args:
        imu: the register model; its scene time is the board's emulated time.
        bus: 0 or 1.
        cs_pin: GPIO of the chip select, low while a transfer lasts.
        int1_pin: GPIO that the part's INT1 is wired to.
    """

    def __init__(self, imu: Imu, bus: int, cs_pin: int, int1_pin: int) -> None:
        self._imu = imu
        self._bus = bus
        self._cs_pin = cs_pin
        self._int1 = Int1Line(imu, int1_pin)
        self._pointer = Pointer(imu)
        self._selected = False
        self._expects_register = False
        self._reads = False
        self._answer = 0
        self.bytes_moved = 0

    def attach(self, mcu: Any, now_us: Callable[[], float]) -> None:
        """Connect to a chip that was just powered on."""
        self._now_us = now_us
        self._master = mcu.spi[self._bus]
        self._alarm = mcu.clock.create_alarm(self._shifted)
        self._master.on_transmit = self._on_transmit
        mcu.gpio[self._cs_pin].add_listener(self._on_select)
        for master in mcu.i2c:
            _leave_unanswered(master)
        self._int1.attach(mcu, now_us)

    def board_reset(self) -> None:
        """Forget a transfer that the board's reset cut short."""
        self._alarm.cancel()
        self._selected = False

    def power_lost(self) -> None:
        """The sensor loses its supply together with the board."""
        self.board_reset()
        self._imu.power_on()

    def _on_select(self, state: Any, _before: Any) -> None:
        # 0: driven low. Released or high, the sensor does not listen.
        low = int(state) == 0
        if low and not self._selected:
            self._expects_register = True
            self._pointer.begin()
        elif not low and self._selected:
            self._int1.update()
        self._selected = low

    def _on_transmit(self, value: int) -> None:
        self.bytes_moved += 1
        self._answer = self._exchange(value) if self._selected else 0xFF
        self._alarm.schedule(BYTE_BITS * 1e9 / self._master.clock_frequency)

    def _shifted(self) -> None:
        self._master.complete_transmit(self._answer)

    def _exchange(self, value: int) -> int:
        now_s = self._now_us() / 1e6
        if self._expects_register:
            self._expects_register = False
            self._reads = bool(value & READ)
            self._pointer.register = value & ~READ
            return 0xFF
        if self._reads:
            return self._pointer.read(now_s)
        self._pointer.write(value, now_s)
        return 0xFF


def _leave_unanswered(master: Any) -> None:
    """Nobody pulls SDA low on this I2C bus: every address is refused."""

    def refuse(_address: int, _mode: int) -> None:
        master.complete_connect(False)
        # The abort has emptied the transmit FIFO; rp2040py does not say so, and the SDK waits.
        master._set_interrupts(_R_TX_EMPTY)

    master.on_start = lambda repeated: master.complete_start()
    master.on_connect = refuse
    master.on_stop = master.complete_stop
