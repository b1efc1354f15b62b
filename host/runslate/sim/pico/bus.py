"""The emulated sensor on the emulated Pico: I2C with real bit times, and an interrupt pin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runslate.sim.imu import Imu
from runslate.sim.pico.dreq import connect_requests
from runslate.sim.pico.wired import Int1Line, Pointer

START_BITS = 1
BYTE_BITS = 9
"""Eight bits and the acknowledge."""

CYCLE_NS = 8.0
"""One system clock at 125 MHz, in which the master counts its SCL periods."""

_R_TX_EMPTY = 1 << 4


class I2cImu:
    """The register model on one of the RP2040's I2C masters and an interrupt pin.

    Args:
        imu: the register model; its scene time is the board's emulated time.
        bus: 0 or 1.
        int1_pin: GPIO that the part's INT1 is wired to.
        address: seven bits.
    """

    def __init__(self, imu: Imu, bus: int, int1_pin: int, address: int = 0x6A) -> None:
        self._imu = imu
        self._bus = bus
        self._int1 = Int1Line(imu, int1_pin)
        self._pointer = Pointer(imu)
        self._address = address
        self._next: Callable[[], None] | None = None
        self._selected = False
        self._expects_register = False
        self.bytes_moved = 0

    def attach(self, mcu: Any, now_us: Callable[[], float]) -> None:
        """Connect to a chip that was just powered on."""
        self._now_us = now_us
        self._alarm = mcu.clock.create_alarm(self._fire)
        self._master = master = mcu.i2c[self._bus]
        master.on_start = lambda repeated: self._after(START_BITS, master.complete_start)
        master.on_connect = self._on_connect
        master.on_write_byte = lambda value: self._after(BYTE_BITS, lambda: self._write(value))
        master.on_read_byte = lambda acknowledge: self._read()
        master.on_stop = lambda: self._after(START_BITS, self._stop)
        connect_requests(mcu, self._bus)
        self._int1.attach(mcu, now_us)

    def board_reset(self) -> None:
        """Forget a transfer that the board's reset cut short."""
        self._alarm.cancel()
        self._next = None
        self._selected = False

    def power_lost(self) -> None:
        """The sensor loses its supply together with the board."""
        self.board_reset()
        self._imu.power_on()

    def _now_s(self) -> float:
        return self._now_us() / 1e6

    def _after(self, bits: int, then: Callable[[], None]) -> None:
        self._next = then
        period = self._master.scl_low_period + self._master.scl_high_period
        self._alarm.schedule(bits * period * CYCLE_NS)

    def _fire(self) -> None:
        then, self._next = self._next, None
        if then is not None:
            then()

    def _on_connect(self, address: int, mode: int) -> None:
        self._selected = address == self._address
        self._expects_register = not mode
        self._pointer.begin()
        self._after(BYTE_BITS, self._acknowledge_address)

    def _acknowledge_address(self) -> None:
        self._master.complete_connect(self._selected)
        if not self._selected:
            # The abort has emptied the transmit FIFO; rp2040py does not say so, and the SDK waits.
            self._master._set_interrupts(_R_TX_EMPTY)

    def _write(self, value: int) -> None:
        self.bytes_moved += 1
        if self._expects_register:
            self._pointer.register = value
            self._expects_register = False
        else:
            self._pointer.write(value, self._now_s())
        self._master.complete_write(self._selected)

    def _read(self) -> None:
        # The value is the one at the start of the byte: later the part shifts it out.
        self.bytes_moved += 1
        value = self._pointer.read(self._now_s())
        self._after(BYTE_BITS, lambda: self._master.complete_read(value))

    def _stop(self) -> None:
        self._selected = False
        self._int1.update()
        self._master.complete_stop()
