"""A register model of the LSM6DSO32 and LSM6DSOX: bytes in and out, a time with every access.

It knows nothing of how it is wired: the device channel of the virtual node and an emulated bus use
the same `read` and `write`. Times are scene seconds and must not go back.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from runslate.errors import RunslateError
from runslate.sim import registers as reg
from runslate.sim.fifo import Fifo
from runslate.sim.motion import Motion, Playback

_RESET_VALUES = {reg.CTRL3_C: reg.IF_INC, 0x18: 0xE0}  # CTRL9_XL is E0 after power-up

# Samples lag behind the movement: the group delay at low frequency of a second-order low-pass,
# sqrt(2) / (2 pi f), with corners at ODR/2 (accelerometer) and about ODR/3 (gyroscope, LPF2).
_ACCEL_DELAY_PERIODS = 0.45
_GYRO_DELAY_PERIODS = 0.68

_ACCEL_NOISE_G = 0.0027  # 190 ug/sqrt(Hz) over 208 Hz
_GYRO_NOISE_DPS = 0.06  # 3.8 mdps/sqrt(Hz) over 208 Hz
_NOISE_ROWS = 8192

# The board warms the part from the room's temperature to this much above it.
_ROOM_C = 22.0
_WARMING_C = 6.0
_WARMING_S = 300.0


class Imu:
    """One part with its own clock error, biases and noise.

    Args:
        motion: what the shoe does.
        part: "LSM6DSO32", "LSM6DSOX", or "none" for a board without a sensor.
        ppm: error of its oscillator; rates and time stamps follow it alike.
        seed: makes biases and noise.
        start: "scene" (the motion runs with the scene time) or "record" (it begins at 0 when the
            FIFO is enabled).
        on_play: called with the scene time and the end of the motion whenever the FIFO is enabled,
            and with two equal times when it is disabled.

    Raises:
        RunslateError: an unknown part.
    """

    def __init__(
        self,
        motion: Motion,
        part: str = "LSM6DSO32",
        ppm: float = 0.0,
        seed: int = 0,
        start: str = "scene",
        on_play: Callable[[float, float], None] | None = None,
    ) -> None:
        if part not in (*reg.ACCEL_MG, "none"):
            raise RunslateError(
                f"There is no model of a sensor called {part}.",
                f"Known are {', '.join(reg.ACCEL_MG)} and none.",
                "Choose one of them.",
            )
        self.part = part
        self.playback = Playback(motion, 0.0 if start == "scene" else None)
        self._on_record = start == "record"
        self._on_play = on_play
        self._rate = reg.TICK_HZ * (1.0 + ppm * 1e-6)
        self._fine = max(-128, min(127, round(ppm * 1e-6 / reg.FREQ_FINE_STEP))) & 0xFF
        rng = np.random.default_rng([seed, 0x1A6])
        self._noise = rng.standard_normal((_NOISE_ROWS, 6))
        self._accel_bias = rng.normal(0.0, 0.010, 3)
        self._gyro_bias = rng.normal(0.0, 0.3, 3)
        self._registers = bytearray(256)
        self._fifo: Fifo | None = None
        self._stamp_zero = 0
        self.power_on()

    def power_on(self) -> None:
        """Set every register to its value after power-up and forget the FIFO."""
        self._registers[:] = bytes(256)
        for address, value in _RESET_VALUES.items():
            self._registers[address] = value
        self._registers[reg.WHO_AM_I] = reg.WHO_AM_I_VALUE
        self._registers[reg.INTERNAL_FREQ_FINE] = self._fine
        self._fifo = None

    def read(self, address: int, count: int, t_s: float) -> bytes:
        """Return `count` bytes from a register on, as one burst at scene time `t_s`."""
        if self.part == "none":
            return b"\xff" * count
        if address == reg.FIFO_DATA_OUT_TAG:
            return self._read_fifo(count, t_s)
        self._refresh(address, address + count, t_s)
        if not self._registers[reg.CTRL3_C] & reg.IF_INC:
            return bytes(self._registers[address : address + 1]) * count
        return bytes(self._registers[address : address + count])

    def write(self, address: int, data: bytes | memoryview, t_s: float) -> None:
        """Write bytes from a register on, as one burst at scene time `t_s`."""
        for offset, value in enumerate(data):
            self._write_one(address + offset, value, t_s)

    def int1(self, t_s: float) -> bool:
        """Return the level of the INT1 pin."""
        routed = self._registers[reg.INT1_CTRL]
        fifo = self._fifo
        if not routed or fifo is None:
            return False
        level = fifo.advance(self._tick(t_s))
        return bool(
            (routed & reg.INT1_FIFO_TH and 0 < self._watermark() <= level)
            or (routed & reg.INT1_FIFO_OVR and fifo.overrun)
            or (routed & reg.INT1_FIFO_FULL and level >= reg.FIFO_WORDS)
        )

    def next_int1_s(self, t_s: float) -> float:
        """Return the scene time from `t_s` on at which INT1 will rise (inf: never)."""
        if self._fifo is None or not self._registers[reg.INT1_CTRL] & reg.INT1_FIFO_TH:
            return np.inf
        if not self._watermark():
            return np.inf
        self._fifo.advance(self._tick(t_s))
        # A hair later than the tick itself, or rounding could put it just before.
        due = (self._fifo.due_tick(self._watermark()) + 0.01) / self._rate
        return max(t_s, due)

    def _tick(self, t_s: float) -> int:
        return int(t_s * self._rate)

    def _watermark(self) -> int:
        return self._registers[reg.FIFO_CTRL1] | (self._registers[reg.FIFO_CTRL2] & 1) << 8

    def _read_fifo(self, count: int, t_s: float) -> bytes:
        if self._fifo is None:
            return bytes(count)
        self._fifo.advance(self._tick(t_s))
        return self._fifo.read(count)

    # Registers whose contents follow the time.

    def _refresh(self, start: int, end: int, t_s: float) -> None:
        if start <= reg.FIFO_STATUS2 and end > reg.FIFO_STATUS1:
            self._refresh_status(end > reg.FIFO_STATUS2, t_s)
        if start < reg.TIMESTAMP0 + 4 and end > reg.TIMESTAMP0:
            self._put(reg.TIMESTAMP0, self._stamp(t_s).to_bytes(4, "little"))
        if start < reg.OUT_END and end > reg.STATUS_REG:
            self._refresh_outputs(t_s)

    def _refresh_status(self, clears: bool, t_s: float) -> None:
        level, status = 0, 0
        fifo = self._fifo
        if fifo is not None:
            level = fifo.advance(self._tick(t_s))
            status |= reg.STATUS2_WTM if 0 < self._watermark() <= level else 0
            status |= reg.STATUS2_FULL if level >= reg.FIFO_WORDS else 0
            status |= reg.STATUS2_OVR if fifo.overrun else 0
            status |= reg.STATUS2_OVR_LATCHED if fifo.overrun_latched else 0
            if clears:
                fifo.overrun_latched = False
        self._put(reg.FIFO_STATUS1, bytes((level & 0xFF, status | level >> 8)))

    def _refresh_outputs(self, t_s: float) -> None:
        registers = self._registers
        celsius = _ROOM_C + _WARMING_C * (1.0 - float(np.exp(-t_s / _WARMING_S)))
        self._put(reg.OUT_TEMP_L, round((celsius - 25.0) * 256).to_bytes(2, "little", signed=True))
        accel_on, gyro_on = registers[reg.CTRL1_XL] >> 4, registers[reg.CTRL2_G] >> 4
        registers[reg.STATUS_REG] = 0x04 | (0x01 if accel_on else 0) | (0x02 if gyro_on else 0)
        period = reg.period_ticks(accel_on) or reg.period_ticks(gyro_on)
        if not period:
            return
        tick = self._tick(t_s) // period * period
        accel, gyro = self._samples(np.array([tick], dtype=np.int64))
        if gyro_on:
            self._put(reg.OUTX_L_G, gyro.astype("<i2").tobytes())
        if accel_on:
            self._put(reg.OUTX_L_A, accel.astype("<i2").tobytes())

    def _put(self, address: int, data: bytes) -> None:
        self._registers[address : address + len(data)] = data

    def _stamp(self, t_s: float) -> int:
        if not self._registers[reg.CTRL10_C] & reg.TIMESTAMP_EN:
            return 0
        return (self._tick(t_s) - self._stamp_zero) & 0xFFFFFFFF

    # Writes and what they set going.

    def _write_one(self, address: int, value: int, t_s: float) -> None:
        if address == reg.CTRL3_C and value & reg.SW_RESET:
            filling = self._fifo is not None
            self.power_on()
            if filling:
                self._play(False, t_s)
            return
        if address == reg.TIMESTAMP2:
            if value == reg.TIMESTAMP_RESET_KEY:
                self._stamp_zero = self._tick(t_s)
                self._restart_fifo(t_s)
            return
        if address in (reg.WHO_AM_I, reg.INTERNAL_FREQ_FINE) or address >= reg.OUT_TEMP_L:
            return
        if address == reg.CTRL10_C and value & ~self._registers[address] & reg.TIMESTAMP_EN:
            self._stamp_zero = self._tick(t_s)
        old = reg.fifo_plan(self._registers)
        was = self._registers[address]
        self._registers[address] = value
        new = reg.fifo_plan(self._registers)
        scaled = address in (reg.CTRL1_XL, reg.CTRL2_G) and value != was
        if new != old or (scaled and new is not None):
            self._restart_fifo(t_s)
            if (old is None) != (new is None):
                self._play(new is not None, t_s)

    def _restart_fifo(self, t_s: float) -> None:
        """The FIFO begins anew: its first sample is the next one on the rate's grid."""
        plan = reg.fifo_plan(self._registers)
        if plan is None:
            self._fifo = None
            return
        first = (self._tick(t_s) // plan.period + 1) * plan.period
        mode = self._registers[reg.FIFO_CTRL4] & 7
        self._fifo = Fifo(plan, first, self._stamp_zero, self._samples, stop_when_full=mode == reg.MODE_FIFO)

    def _play(self, enabled: bool, t_s: float) -> None:
        if enabled and self._on_record:
            self.playback.zero_s = t_s
        if self._on_play is not None:
            self._on_play(t_s, self.playback.end_s if enabled else t_s)

    # From movement to counts.

    def _samples(self, ticks: NDArray[np.int64]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        registers = self._registers
        period = reg.period_ticks(registers[reg.CTRL1_XL] >> 4)
        period = period or reg.period_ticks(registers[reg.CTRL2_G] >> 4)
        # One sample more in front: the gyroscope's longer delay is interpolated from its neighbour.
        earlier = np.concatenate((ticks[:1] - period, ticks)).astype(np.float64)
        earlier -= _ACCEL_DELAY_PERIODS * period
        accel_g, gyro_dps = self.playback.sample(earlier / self._rate)
        lag = _GYRO_DELAY_PERIODS - _ACCEL_DELAY_PERIODS
        gyro_dps = (1.0 - lag) * gyro_dps[1:] + lag * gyro_dps[:-1]
        noise = self._noise[(ticks // period) % _NOISE_ROWS]
        accel_g = accel_g[1:] + self._accel_bias + noise[:, :3] * _ACCEL_NOISE_G
        gyro_dps = gyro_dps + self._gyro_bias + noise[:, 3:] * _GYRO_NOISE_DPS
        return (
            _counts(accel_g * (1e3 / reg.accel_mg(self.part, registers[reg.CTRL1_XL]))),
            _counts(gyro_dps * (1e3 / reg.gyro_mdps(registers[reg.CTRL2_G]))),
        )


def _counts(values: NDArray[np.float64]) -> NDArray[np.int16]:
    """Round and saturate as the part does."""
    return np.asarray(np.clip(np.rint(values), -32768, 32767), dtype=np.int16)
