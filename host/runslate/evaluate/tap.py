"""The emulated sensor with a tap on its bus: what the firmware read is what a reel would hold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runslate.evaluate.found import Floats
from runslate.sim import registers as reg
from runslate.sim.imu import Imu

# The ranges that the firmware sets.
_WIDEST = 0x04  # CTRL1_XL: 32 or 16 g, by the part
_GYRO_DPS = 0.070  # per LSB at 2000 deg/s


@dataclass(frozen=True)
class Samples:
    """A reel's samples in physical units, as the host would decode them.

    Attributes:
        t_s: seconds of the recording (n,); accel_g (n, 3); gyro_dps (n, 3) or None without a gyroscope.
    """

    t_s: Floats
    accel_g: Floats
    gyro_dps: Floats | None

    def without_gyro(self) -> Samples:
        """Return the same of a part that has none."""
        return replace(self, gyro_dps=None)


class TappedImu(Imu):
    """Keeps every FIFO word that is read."""

    def read(self, address: int, count: int, t_s: float) -> bytes:
        """Return `count` bytes from a register on, as one burst at scene time `t_s`."""
        data = super().read(address, count, t_s)
        if address == reg.FIFO_DATA_OUT_TAG:
            self._kept.append(data)
        return data

    def power_on(self) -> None:
        """Set every register to its value after power-up and forget the FIFO and what was read."""
        super().power_on()
        self._kept: list[bytes] = []

    def samples(self, tick_hz: float, first_tick: float, period: int) -> Samples:
        """Return what was read, in order.

        Args:
            tick_hz: the sensor's true ticks per second.
            first_tick: its time stamp at second 0.
            period: ticks between samples.
        """
        words = np.frombuffer(b"".join(self._kept), np.uint8).reshape(-1, reg.WORD_BYTES)
        tags = words[:, 0] >> 3
        accel = _scaled(words, tags == reg.TAG_ACCEL, reg.accel_mg(self.part, _WIDEST) * 1e-3)
        gyro = _scaled(words, tags == reg.TAG_GYRO, _GYRO_DPS)
        stamps = words[tags == reg.TAG_TIMESTAMP, 1:5]
        start = int(np.ascontiguousarray(stamps[:1]).view("<u4")[0, 0]) if len(stamps) else 0
        n = len(accel) if not len(gyro) else min(len(accel), len(gyro))
        t_s = (start + period * np.arange(n, dtype=np.float64) - first_tick) / tick_hz
        return Samples(t_s, accel[:n], gyro[:n] if len(gyro) else None)


def _scaled(words: NDArray[np.uint8], mine: NDArray[np.bool_], per_lsb: float) -> Floats:
    counts = np.ascontiguousarray(words[mine, 1:]).view("<i2")
    return np.asarray(counts * per_lsb, dtype=np.float64)
