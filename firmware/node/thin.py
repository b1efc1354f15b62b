# The detector for a sensor faster than it was made for: it gets every second or fourth sample. Feet bring little above
# 800 Hz, and the reel has every sample.
from array import array

import micropython
from micropython import const
from node.strides import Strides

_FINEST = const(24)  # ticks, 1667 Hz
_ROOM = const(64)  # samples of one run


# The detector for samples `period` ticks apart.
def detector(accel_q, gyro_q, period):
    every = (_FINEST + period - 1) // period
    strides = Strides(accel_q, gyro_q, period * every)
    return strides if every == 1 else Thinned(strides, period, every)


# Every so many-th sample from `first` on; how many.
@micropython.viper
def _pick(samples: ptr16, first: int, n: int, every: int, out: ptr16) -> int:
    count = 0
    while first < n:
        for i in range(6):
            out[count * 6 + i] = samples[first * 6 + i]
        count += 1
        first += every
    return count


class Thinned:
    def __init__(self, strides, period, every):
        self._strides = strides
        self._period = period
        self._every = every
        self._samples = array("h", bytes(12 * _ROOM))
        self.events = strides.events

    # The grid is the sensor's: a gap, or where a run begins, does not move it.
    def feed(self, samples, n, tick):
        period = self._period
        first = -((tick + period // 2) // period) % self._every
        count = _pick(samples, first, n, self._every, self._samples)
        return self._strides.feed(self._samples, count, tick + first * period) if count else 0

    def finish(self):
        return self._strides.finish()

    @property
    def level(self):
        return self._strides.level
