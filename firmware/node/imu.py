# LSM6DSO32 and LSM6DSOX. Both answer the same WHO_AM_I with other ranges; register names are ST's.
import math

from micropython import const

_FIFO_CTRL1 = const(0x07)
_FIFO_CTRL2 = const(0x08)
_FIFO_CTRL3 = const(0x09)
_FIFO_CTRL4 = const(0x0A)
_INT1_CTRL = const(0x0D)
_WHO_AM_I = const(0x0F)
_CTRL1_XL = const(0x10)
_CTRL2_G = const(0x11)
_CTRL3_C = const(0x12)
_CTRL9_XL = const(0x18)
_CTRL10_C = const(0x19)
_OUT_TEMP_L = const(0x20)
_FIFO_STATUS1 = const(0x3A)
_TIMESTAMP0 = const(0x40)
_TIMESTAMP2 = const(0x42)
_FREQ_FINE = const(0x63)
_FIFO_DATA_OUT_TAG = const(0x78)

IDENTITY = const(0x6C)
_SW_RESET = const(0x01)
_RESET_LOOKS = const(100)  # it takes 50 us
_BDU_IF_INC = const(0x44)  # no half-updated registers, bursts count up
_NO_I3C = const(0xE2)  # else noise on the wires can pass for I3C; the other bits as after power-up
_TIMESTAMP_EN = const(0x20)
_STAMP_EVERY_8 = const(0x80)
_CONTINUOUS = const(0x06)
_INT1_WATERMARK = const(0x08)
_LATCHED_OVERRUN = const(0x08)
_FS_WIDEST = const(0x04)  # 32 g on one part, 16 g on the other
_FS_2000 = const(0x0C)

WORD = const(7)  # FIFO word: tag and 3 x int16
GYRO_DPS = const(2000)

# Register code of a nominal rate; the period is exactly 6 * 2^(10 - code) ticks of the same oscillator.
RATES = {104: 4, 208: 5, 417: 6, 833: 7, 1667: 8, 3333: 9, 6667: 10}

# Part: LSB that 1 g reads at FS code 01, range in g, mg per LSB as Q10.
PARTS = {"LSM6DSO32": (1025, 32, 999), "LSM6DSOX": (2049, 16, 500)}
GYRO_Q10 = const(717)  # 70 mdps per LSB, in 0.1 deg/s
_ONE_G_SHARE = 0.15  # a part at rest reads 1 g within its offset and tilt
_STILL_LSB = const(60)  # per axis between two looks, well over the noise: else it is no rest


class Imu:
    def __init__(self, board):
        self._board = board
        self._one = bytearray(1)
        self._status = bytearray(2)
        self._out = bytearray(14)
        self._stamp = bytearray(4)
        self._ctrl1 = 0
        self.present = False
        self.part = ""
        self.rate = 0
        self.period = 0
        self.freq_fine = 0
        self.temperature = 0  # 1/256 degC

    # Is the sensor there? A board may have it in one of several places.
    def probe(self):
        for _ in range(getattr(self._board, "PLACES", 1)):
            try:
                self.present = self._get(_WHO_AM_I) == IDENTITY
            except OSError:
                self.present = False
            if self.present or not hasattr(self._board, "bus_next"):
                break
            self._board.bus_next()
        return self.present

    # Reset and set up; samples run from here on, the FIFO is empty.
    def configure(self, rate):
        code = RATES[rate]
        self.rate = rate
        self.period = 6 << (10 - code)
        self._put(_CTRL3_C, _SW_RESET)
        for _ in range(_RESET_LOOKS):
            if not self._get(_CTRL3_C) & _SW_RESET:
                break
        else:
            raise OSError("The sensor does not come out of its reset.")
        self._put(_CTRL3_C, _BDU_IF_INC)
        self._put(_CTRL9_XL, _NO_I3C)
        self._put(_CTRL10_C, _TIMESTAMP_EN)
        self._put(_FIFO_CTRL3, code << 4 | code)
        self._ctrl1 = code << 4 | _FS_WIDEST
        self._put(_CTRL1_XL, self._ctrl1)
        self._put(_CTRL2_G, code << 4 | _FS_2000)
        fine = self._get(_FREQ_FINE)
        self.freq_fine = fine - 256 if fine > 127 else fine

    # The FIFO fills and the sensor's clock begins at 0.
    def start(self, watermark):
        self._put(_FIFO_CTRL4, _STAMP_EVERY_8)  # bypass: empties it
        self._put(_FIFO_CTRL1, watermark & 255)
        self._put(_FIFO_CTRL2, watermark >> 8)
        self._put(_INT1_CTRL, _INT1_WATERMARK)
        self._put(_TIMESTAMP2, 0xAA)
        self._put(_FIFO_CTRL4, _STAMP_EVERY_8 | _CONTINUOUS)

    def stop(self):
        self._put(_FIFO_CTRL4, _STAMP_EVERY_8)

    # Words waiting; bit 15: the FIFO has overrun since the last look.
    def level(self):
        status = self._status
        self._board.bus_read(_FIFO_STATUS1, status)
        words = status[0] | (status[1] & 3) << 8
        return words | 0x8000 if status[1] & _LATCHED_OVERRUN else words

    # A burst of whole FIFO words: the address runs round the seven data registers by itself.
    def burst(self, view):
        self._board.bus_read(_FIFO_DATA_OUT_TAG, view)

    # The sensor's clock, 30 bits of 25-us ticks (7 hours).
    def tick(self):
        stamp = self._stamp
        self._board.bus_read(_TIMESTAMP0, stamp)
        return stamp[0] | stamp[1] << 8 | stamp[2] << 16 | (stamp[3] & 0x3F) << 24

    # Latest temperature, rates and accelerations; OUT_TEMP counts from 25 degC.
    def look(self):
        out = self._out
        self._board.bus_read(_OUT_TEMP_L, out)
        self.temperature = int16(out, 0) + 25 * 256

    # 0..2 acceleration, 3..5 angular rate of the last look, as in samples.
    def axis(self, i):
        return int16(self._out, 8 + 2 * i if i < 3 else 2 + 2 * (i - 3))

    # Is it there as it was set up? One that lost its power in between answers, but measures nothing.
    def answers(self):
        try:
            return self.present and self._get(_WHO_AM_I) == IDENTITY and self._get(_CTRL1_XL) == self._ctrl1
        except OSError:
            return False

    # Which part it is, by what it reads at rest; "" when it moves or reads neither part's 1 g.
    def identify(self, pause):
        self.look()
        before = [self.axis(i) for i in range(3)]
        for _ in range(4):
            pause()
            self.look()
            now = [self.axis(i) for i in range(3)]
            if max(abs(a - b) for a, b in zip(now, before)) > _STILL_LSB:
                return ""
        size = math.sqrt(sum(a * a for a in now))
        for part, (one_g, _, _) in PARTS.items():
            if abs(size - one_g) < _ONE_G_SHARE * one_g:
                return part
        return ""

    # |a|^2 of the last look, each axis halved as in sampler.peak_square.
    def square(self):
        total = 0
        for i in range(3):
            a = self.axis(i) >> 1
            total += a * a
        return total

    # What HELLO says: "" without a sensor.
    @property
    def name(self):
        return self.part or ("LSM6DSO32 or LSM6DSOX" if self.present else "")

    @property
    def accel_q10(self):
        return PARTS[self.part][2] if self.part else 0

    @property
    def range_g(self):
        return PARTS[self.part][1]

    def _get(self, reg):
        self._board.bus_read(reg, self._one)
        return self._one[0]

    def _put(self, reg, value):
        self._board.bus_write(reg, value)


def int16(buf, at):
    return ((buf[at] | buf[at + 1] << 8) ^ 0x8000) - 0x8000
