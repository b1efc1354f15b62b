# Strides from acceleration alone, for a sensor without gyroscope or one that has died.
#
# Seen through a slow filter, |a| at a running shoe has one hill a stride: swing, braking and landing
# in one. Its top tells the beat to a few milliseconds, so cadence is as good as with a gyroscope. What
# only rotation shows is not told: no toe-off, no contact time, no swing. Every event is marked uncertain.

from array import array

from micropython import const
from node.impact import Impact
from node.orientation import root
from node.reading import Reading

_IC = const(1)
_STRIDE = const(3)
_RUNNING = const(1)
_CLIPPED = const(2)
_REVISED = const(8)
_UNCERTAIN = const(16)

# Places in the state array; |a| is Q4 of LSB / 4
_PERIOD = const(0)
_GAIN = const(1)  # Q10
_MEAN_GAIN = const(2)  # Q14
_FIRST = const(3)  # the hill filter, twice
_HILL = const(4)
_MEAN = const(5)  # Q4 more
_USUAL = const(6)  # the usual hill above the mean
_RISING = const(7)  # 1 from where a hill begins to where it ends
_TOP = const(8)
_BEFORE = const(9)  # the top's neighbours
_AFTER = const(10)
_TOP_TICK = const(11)
_HARD = const(12)  # largest |a|^2 since the last hill, with its clip flag
_LEAST = const(13)  # the lowest hill that counts
_SIZE = const(14)

_HILL_TAU = const(2800)  # 70 ms, twice
_MEAN_TAU = const(80000)  # 2 s
_REFRACTORY = const(12000)  # 300 ms from a hill's top to the next hill
_FADE = const(6)  # by 1/64 each time, in some 5 s
_IMPACT_FROM = const(4000)  # the impact is looked for from 100 ms before the top on ...
_IMPACT_WITHIN = const(6400)  # ... until 60 ms after it
_LEAST_MG = const(500)

# As in pace.py, without contact times
_TIME_MIN = const(16000)  # 400 ms
_TIME_MAX = const(38000)  # 950 ms
_STRIDE_MAX = const(92000)  # 2.3 s
_SHARP = const(300)  # g/s
_PEAK = const(4500)  # mg
_ENTER = const(2)
_LEAVE = const(2)
_A = const(32)  # |a|^2 in `rates`, LSB / 4, the lowest bit: clipped
_KEPT = const(16)  # events
_FIELD_MAX = const(65535)


# Follows samples k..n-1 until a hill has ended; returns the next k, with 256 if one has.
@micropython.viper
def climb(st: ptr32, rates: ptr32, k: int, n: int, now: int) -> int:
    m = 1
    m <<= 31
    gain = int(st[_GAIN])
    first = int(st[_FIRST])
    hill = int(st[_HILL])
    mean = int(st[_MEAN])
    hard = int(st[_HARD])
    ended = 0
    while k < n and ended == 0:
        square = int(rates[k + _A])
        if square > hard:
            hard = square
        a = int(root(square)) << 4
        first += ((a - first) * gain) >> 10
        before = hill
        hill += ((first - hill) * gain) >> 10
        mean += ((((a << 4) - mean) >> 4) * int(st[_MEAN_GAIN])) >> 10
        height = hill - (mean >> 4)
        usual = int(st[_USUAL])
        if usual < st[_LEAST]:
            usual = int(st[_LEAST])
        if st[_RISING]:
            if now - int(st[_TOP_TICK]) == int(st[_PERIOD]):
                st[_AFTER] = hill
            if hill > st[_TOP]:
                st[_TOP] = hill
                st[_BEFORE] = before
                st[_AFTER] = hill
                st[_TOP_TICK] = now
            elif height * 10 < usual * 3:
                st[_RISING] = 0
                ended = 256
        elif height * 10 > usual * 6 and now - int(st[_TOP_TICK]) > _REFRACTORY:
            st[_RISING] = 1
            st[_TOP] = 0
        now += int(st[_PERIOD])
        k += 1
    st[_FIRST] = first
    st[_HILL] = hill
    st[_MEAN] = mean
    st[_HARD] = hard
    return k | ended


# What Strides follows while nothing has ever turned; the same calls as Gait.
class AccelOnly(Reading):
    def __init__(self, period, jerk, accel_q):
        super().__init__(accel_q, _KEPT)
        self._period = period
        st = array("i", bytearray(4 * _SIZE))
        st[_PERIOD] = period
        st[_GAIN] = 1024 * period // (period + _HILL_TAU)
        st[_MEAN_GAIN] = 16384 * period // (period + _MEAN_TAU)
        st[_LEAST] = (_LEAST_MG << 12) // accel_q
        st[_FIRST] = st[_HILL] = (1000 << 12) // accel_q
        st[_MEAN] = st[_HILL] << 4
        self._state = st
        self._impact = Impact(period, jerk, accel_q, (_IMPACT_WITHIN, _IMPACT_WITHIN))
        self._kept = array("i", bytearray(4 * 4))  # a stride whose label waits: tick, duration, peak, flags
        self.restart(0)

    def restart(self, tick):
        st = self._state
        st[_RISING] = st[_HARD] = 0
        st[_TOP_TICK] = tick
        self.finish()

    # No more samples will come.
    def finish(self):
        self._last = -1
        self._row = 0
        self._running = 0
        self.strides = 0  # running ones in a row
        self._release(0)

    def fade(self):
        st = self._state
        st[_USUAL] -= st[_USUAL] >> _FADE
        if self._last >= 0 and self._now - self._last > _STRIDE_MAX:
            self.finish()

    def follow(self, rates, n, tick, head):
        k = 0
        while k < n:
            result = climb(self._state, rates, k, n, tick + k * self._period)
            k = result & 255
            if result > 255:
                self._now = tick + (k - 1) * self._period
                self._passed(head, n - k)
        self._now = tick + (n - 1) * self._period

    # A hill is behind: its top is the beat, what is sharp around it the impact.
    def _passed(self, head, ahead):
        st = self._state
        bend = 2 * st[_TOP] - st[_BEFORE] - st[_AFTER]
        shift = (st[_AFTER] - st[_BEFORE]) * self._period // (2 * bend) if bend > 0 else 0
        st[_USUAL] += (st[_TOP] - (st[_MEAN] >> 4) - st[_USUAL]) >> 1
        peak = self._peak_mg(st[_HARD] & -4)
        clipped = _CLIPPED if st[_HARD] & 1 else 0
        st[_HARD] = 0
        zero = st[_TOP_TICK] + shift - _IMPACT_FROM
        impact = zero + self._impact.after(zero, self._now, head, ahead, self._running)
        self.put(_IC, self._running | _UNCERTAIN, max(0, impact), peak, 0, 0, 0, 0)
        # The filter's delay: the beat lies where the acceleration was.
        beat = max(0, zero + _IMPACT_FROM - 2 * _HILL_TAU)
        if self._last >= 0 and beat - self._last <= _STRIDE_MAX:
            self._stride(self._last, beat - self._last, peak, clipped)
        self._last = beat

    def _stride(self, tick, duration, peak, flags):
        runs = _TIME_MIN < duration < _TIME_MAX and peak > _PEAK and self._impact.sharp > _SHARP
        self._row = 0 if bool(self._running) == runs else self._row + 1
        self.strides = self.strides + 1 if runs else 0
        changed = self._row == (_LEAVE if self._running else _ENTER)
        if changed:
            self._running ^= _RUNNING
            self._row = 0
        self._release(self._running | (_REVISED if changed else 0))
        kept = self._kept
        kept[0] = tick
        kept[1] = duration
        kept[2] = peak
        kept[3] = flags | _UNCERTAIN
        if not self._row:
            self._release(self._running)

    def _release(self, flags):
        kept = self._kept
        if kept[1]:
            self.put(_STRIDE, kept[3] | flags, kept[0], min(_FIELD_MAX, kept[1]), 0, 0, kept[2], 0)
            kept[1] = 0
