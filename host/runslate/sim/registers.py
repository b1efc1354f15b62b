"""Registers of the LSM6DSO32 and LSM6DSOX that the model knows, and what their bits mean.

Names and addresses are those of ST's data sheets (LSM6DSO32 DS13174, LSM6DSOX DS12814).
"""

from __future__ import annotations

from dataclasses import dataclass

FIFO_CTRL1 = 0x07
FIFO_CTRL2 = 0x08
FIFO_CTRL3 = 0x09
FIFO_CTRL4 = 0x0A
INT1_CTRL = 0x0D
WHO_AM_I = 0x0F
CTRL1_XL = 0x10
CTRL2_G = 0x11
CTRL3_C = 0x12
CTRL10_C = 0x19
STATUS_REG = 0x1E
OUT_TEMP_L = 0x20
OUTX_L_G = 0x22
OUTX_L_A = 0x28
OUT_END = 0x2E
FIFO_STATUS1 = 0x3A
FIFO_STATUS2 = 0x3B
TIMESTAMP0 = 0x40
TIMESTAMP2 = 0x42
INTERNAL_FREQ_FINE = 0x63
FIFO_DATA_OUT_TAG = 0x78

WHO_AM_I_VALUE = 0x6C  # the same for both parts
IF_INC = 0x04
SW_RESET = 0x01
TIMESTAMP_EN = 0x20
TIMESTAMP_RESET_KEY = 0xAA

INT1_FIFO_TH = 0x08
INT1_FIFO_OVR = 0x10
INT1_FIFO_FULL = 0x20

STATUS2_OVR_LATCHED = 0x08
STATUS2_FULL = 0x20
STATUS2_OVR = 0x40
STATUS2_WTM = 0x80

TAG_GYRO = 1
TAG_ACCEL = 2
TAG_TIMESTAMP = 4

MODE_BYPASS = 0
MODE_FIFO = 1

FIFO_WORDS = 512
WORD_BYTES = 7  # tag + 3 x int16

# 25 us per count, nominal; also the base of every output data rate.
TICK_HZ = 40_000.0
# INTERNAL_FREQ_FINE: 0.15 % of the oscillator per count.
FREQ_FINE_STEP = 0.0015

# mg per LSB by CTRL1_XL's FS code: the two parts answer the same WHO_AM_I with other ranges.
ACCEL_MG = {
    "LSM6DSO32": (0.122, 0.976, 0.244, 0.488),  # 4, 32, 8, 16 g
    "LSM6DSOX": (0.061, 0.488, 0.122, 0.244),  # 2, 16, 4, 8 g
}
# mdps per LSB by CTRL2_G's FS code: 250, 500, 1000, 2000 deg/s; with FS_125 it is 4.375.
_GYRO_MDPS = (8.75, 17.5, 35.0, 70.0)
_GYRO_125_MDPS = 4.375

_DECIMATION = (0, 1, 8, 32)  # DEC_TS_BATCH: time stamp every so many slots; 0 = none


@dataclass(frozen=True)
class FifoPlan:
    """How the FIFO is filled: ticks between slots, and every how many slots each word comes.

    A divisor of 0 means that the word never comes.
    """

    period: int
    gyro: int
    accel: int
    timestamp: int

    def words(self, slots: int) -> int:
        """Return how many words the first `slots` slots hold."""
        total = 0
        for divisor in (self.gyro, self.accel, self.timestamp):
            if divisor:
                total += -(-slots // divisor)
        return total

    def slots_for(self, words: int) -> int:
        """Return the least number of slots that hold `words` words (words > 0)."""
        low, high = 0, 1
        while self.words(high) < words:
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            if self.words(middle) < words:
                low = middle
            else:
                high = middle
        return high


def period_ticks(code: int) -> int:
    """Return ticks between samples for an ODR or BDR code (0: off).

    Rates are 6667/2^n Hz of the part's own oscillator: 6 ticks at code 10, doubling per code down.
    """
    return 6 << (10 - code) if 1 <= code <= 10 else 0


def accel_mg(part: str, ctrl1_xl: int) -> float:
    """Return mg per LSB for a CTRL1_XL value."""
    return ACCEL_MG[part][(ctrl1_xl >> 2) & 3]


def gyro_mdps(ctrl2_g: int) -> float:
    """Return mdps per LSB for a CTRL2_G value."""
    return _GYRO_125_MDPS if ctrl2_g & 0x02 else _GYRO_MDPS[(ctrl2_g >> 2) & 3]


def fifo_plan(registers: bytes | bytearray) -> FifoPlan | None:
    """Return how these registers fill the FIFO, or None if nothing is batched."""
    accel = _batch_period(registers[CTRL1_XL] >> 4, registers[FIFO_CTRL3] & 15)
    gyro = _batch_period(registers[CTRL2_G] >> 4, registers[FIFO_CTRL3] >> 4)
    periods = [p for p in (accel, gyro) if p]
    if not periods or registers[FIFO_CTRL4] & 7 == MODE_BYPASS:
        return None
    base = min(periods)
    stamped = registers[CTRL10_C] & TIMESTAMP_EN
    return FifoPlan(
        period=base,
        gyro=gyro // base,
        accel=accel // base,
        timestamp=_DECIMATION[registers[FIFO_CTRL4] >> 6] if stamped else 0,
    )


def _batch_period(odr: int, bdr: int) -> int:
    """A word comes at the batch rate, but never faster than the sensor makes samples."""
    if not odr or not bdr:
        return 0
    return max(period_ticks(odr), period_ticks(bdr))
