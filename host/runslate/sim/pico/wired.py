"""What every wiring of the emulated sensor shares: its interrupt pin and its register pointer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from runslate.sim import registers as reg
from runslate.sim.imu import Imu

SNAPSHOT = 14
"""Registers read together at the start of a burst (temperature, rates, accelerations): the part's
own block-data-update keeps them from changing between the bytes of one burst."""

_FIFO_LAST = reg.FIFO_DATA_OUT_TAG + 6


class Int1Line:
    """The part's INT1 on a GPIO: it rises by itself at the watermark and falls with a drain.

    Args:
        imu: the register model.
        pin: GPIO number.
    """

    def __init__(self, imu: Imu, pin: int) -> None:
        self._imu = imu
        self._number = pin

    def attach(self, mcu: Any, now_us: Callable[[], float]) -> None:
        """Connect to a chip that was just powered on."""
        self._now_us = now_us
        self._pin = mcu.gpio[self._number]
        self._rise = mcu.clock.create_alarm(self.update)
        self.update()

    def update(self) -> None:
        """Set the level for now, and be there when it rises; call it after every transfer."""
        now_s = self._now_us() / 1e6
        high = self._imu.int1(now_s)
        self._pin.set_input_value(high)
        rises_s = math.inf if high else self._imu.next_int1_s(now_s)
        if math.isfinite(rises_s):
            self._rise.schedule(max(0.0, rises_s - now_s) * 1e9 + 1.0)
        else:
            self._rise.cancel()


class Pointer:
    """Where a transfer stands in the registers: it counts up, and goes round in the FIFO's seven.

    Args:
        imu: the register model.
    """

    def __init__(self, imu: Imu) -> None:
        self._imu = imu
        self.register = 0
        self._snapshot = b""

    def begin(self) -> None:
        """A transfer starts: what it reads is taken together."""
        self._snapshot = b""

    def write(self, value: int, now_s: float) -> None:
        """The next byte of a writing transfer."""
        self._imu.write(self.register, bytes((value,)), now_s)
        self.register = (self.register + 1) & 0xFF

    def read(self, now_s: float) -> int:
        """The next byte of a reading transfer."""
        if reg.FIFO_DATA_OUT_TAG <= self.register <= _FIFO_LAST:
            return self._fifo_byte(now_s)
        if not self._snapshot:
            self._snapshot = self._imu.read(self.register, SNAPSHOT, now_s)
        value, self._snapshot = self._snapshot[0], self._snapshot[1:]
        self.register = (self.register + 1) & 0xFF
        return value

    def _fifo_byte(self, now_s: float) -> int:
        # The model keeps its place inside the word; a burst goes round its seven registers.
        last = self.register == _FIFO_LAST
        self.register = reg.FIFO_DATA_OUT_TAG if last else self.register + 1
        return self._imu.read(reg.FIFO_DATA_OUT_TAG, 1, now_s)[0]
