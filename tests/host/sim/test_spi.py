"""The sensor on the emulated SPI: the bytes that the register model gives, after their bit times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runslate.sim import registers as reg
from runslate.sim.imu import Imu
from runslate.sim.motion import Standing
from runslate.sim.pico.spi import SpiImu

CS, INT1, HZ = 17, 6, 8_000_000.0


class Alarm:
    def __init__(self, clock: Clock, then: Callable[[], None]) -> None:
        self._clock, self._then = clock, then

    def schedule(self, nanos: float) -> None:
        self._clock.due[self._then] = self._clock.nanos + nanos

    def cancel(self) -> None:
        self._clock.due.pop(self._then, None)


class Clock:
    def __init__(self) -> None:
        self.nanos = 0.0
        self.due: dict[Callable[[], None], float] = {}

    def create_alarm(self, then: Callable[[], None]) -> Alarm:
        return Alarm(self, then)

    def run_until(self, nanos: float) -> None:
        while self.due and min(self.due.values()) <= nanos:
            then = min(self.due, key=lambda each: self.due[each])
            self.nanos = self.due.pop(then)
            then()
        self.nanos = nanos


class Pin:
    def __init__(self) -> None:
        self.level = False
        self.listeners: list[Callable[[int, int], None]] = []

    def add_listener(self, listener: Callable[[int, int], None]) -> None:
        self.listeners.append(listener)

    def set_input_value(self, level: bool) -> None:
        self.level = level

    def drive(self, state: int) -> None:
        for listener in self.listeners:
            listener(state, 1 - state)


class Master:
    """The chip's side: what on_transmit is given, what complete_transmit returns."""

    clock_frequency = HZ
    on_transmit: Callable[[int], None]

    def __init__(self) -> None:
        self.answers: list[int] = []

    def complete_transmit(self, value: int) -> None:
        self.answers.append(value)


class Chip:
    """As much of rp2040py's chip as the sensor touches."""

    def __init__(self, imu: Imu) -> None:
        self.clock = Clock()
        self.gpio = [Pin() for _ in range(30)]
        self.spi = [Master(), Master()]
        self.i2c: list[Any] = []
        self.sensor = SpiImu(imu, 0, CS, INT1)
        self.sensor.attach(self, lambda: self.clock.nanos / 1000.0)

    def transfer(self, data: bytes) -> bytes:
        master = self.spi[0]
        master.answers.clear()
        self.gpio[CS].drive(0)
        for value in data:
            master.on_transmit(value)
            self.clock.run_until(self.clock.nanos + 8e9 / HZ)
        self.gpio[CS].drive(1)
        return bytes(master.answers)

    def read(self, register: int, count: int) -> bytes:
        return self.transfer(bytes([register | 0x80]) + bytes(count))[1:]

    def write(self, register: int, value: int) -> None:
        self.transfer(bytes([register, value]))


def recording() -> Chip:
    chip = Chip(Imu(Standing(60.0)))
    for register, value in (
        (reg.CTRL1_XL, 0x84),
        (reg.CTRL2_G, 0x8C),
        (reg.CTRL10_C, 0x20),
        (reg.FIFO_CTRL1, 192),
        (reg.FIFO_CTRL3, 0x88),
        (reg.INT1_CTRL, 0x08),
        (reg.FIFO_CTRL4, 0x86),
    ):
        chip.write(register, value)
    return chip


def test_reading_and_writing_follow_the_first_byte_and_count_up() -> None:
    chip = Chip(Imu(Standing(60.0)))
    assert chip.read(reg.WHO_AM_I, 1) == bytes([reg.WHO_AM_I_VALUE])
    chip.transfer(bytes([reg.CTRL1_XL, 0x64, 0x6C]))
    assert chip.read(reg.CTRL1_XL, 2) == bytes([0x64, 0x6C])


def test_without_chip_select_nothing_is_heard() -> None:
    chip = Chip(Imu(Standing(60.0)))
    for value in (reg.CTRL1_XL, 0x64):
        chip.spi[0].on_transmit(value)
        chip.clock.run_until(chip.clock.nanos + 8e9 / HZ)
    assert chip.read(reg.CTRL1_XL, 1) == b"\0"


def test_bytes_take_their_bits() -> None:
    chip = Chip(Imu(Standing(60.0)))
    before = chip.clock.nanos
    chip.read(reg.WHO_AM_I, 7)
    assert chip.clock.nanos - before == 8 * 8e9 / HZ


def test_a_burst_goes_round_the_fifo_and_int1_follows_the_watermark() -> None:
    chip = recording()
    pin = chip.gpio[INT1]
    assert not pin.level
    chip.clock.run_until(0.2e9)
    assert pin.level
    words = chip.read(reg.FIFO_DATA_OUT_TAG, 7 * 190)
    assert {tag >> 3 for tag in words[::7]} == {reg.TAG_GYRO, reg.TAG_ACCEL, reg.TAG_TIMESTAMP}
    level, status = chip.read(reg.FIFO_STATUS1, 2)
    chip.read(reg.FIFO_DATA_OUT_TAG, 7 * (level | (status & 3) << 8))
    assert not pin.level
