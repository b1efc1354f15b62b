# The newest seconds of samples, in memory, while a reel waits for its beginning; then a delay line before the recorder:
# it hands out the oldest run first and takes what the sensor has behind the newest, until both meet.
from array import array

from micropython import const
from node import kernels
from node.sampler import CAPACITY

_SAMPLE = const(12)  # bytes
_MOST = const(80)  # runs of 64 samples: 60 KB of the 136 that are free, 11 s at 417 Hz


# Whole seconds that fit at this rate.
def most_seconds(rate):
    return (_MOST - 2) * CAPACITY // rate


class Preroll:
    # Two runs more than asked for: one is being filled, and one is kept free while the recorder catches up.
    def __init__(self, sampler, seconds, rate):
        self._sampler = sampler
        size = seconds * rate // CAPACITY + 2
        # Many small blocks: one of 60 KB would not be found in a heap that has been used for a while.
        self._runs = [array("h", bytes(_SAMPLE * CAPACITY)) for _ in range(size)]
        self._count = array("i", bytes(4 * size))
        self._tick = array("i", bytes(4 * size))
        self._lost = array("i", bytes(4 * size))
        self._size = size
        # The run handed out last, as the sampler has it.
        self.samples = self._runs[0]
        self.tick = 0
        self.lost = -1
        self.clear(0)

    # Nothing is held; samples will be `period` ticks apart.
    def clear(self, period):
        self._period = period
        self._first = 0
        self.held = 0  # runs
        self._handed = False

    # Takes what the sensor has; the oldest runs make room. The newest run's samples in the sampler, 0 when none came.
    def keep(self, origin):
        n = self._sampler.run(origin)
        if n:
            self._store(n)
        return n

    # As the sampler's: the next run in `samples`; how many.
    def run(self, origin, everything=False):
        # Without room the FIFO keeps it: now nothing may be dropped.
        while self.held < self._size - 1:
            n = self._sampler.run(origin, everything)
            if not n:
                break
            self._store(n)
        if not self.held:
            return 0
        i = self._first
        self._first = (i + 1) % self._size
        self.held -= 1
        self.samples = self._runs[i]
        self.tick = self._tick[i]
        # What went before the first run was let go, not lost.
        self.lost = self._lost[i] if self._handed else -1
        self._handed = True
        return self._count[i]

    # One run a turn: the link has its turn in between.
    def more(self):
        return False

    def _store(self, n):
        sampler = self._sampler
        if not self.held or sampler.lost >= 0 or not self._room():
            self._begin(sampler.tick, sampler.lost)
        k = min(n, self._room())
        self._fill(0, k)
        if k < n:
            self._begin(sampler.tick + k * self._period, -1)
            self._fill(k, n - k)

    def _newest(self):
        return (self._first + self.held - 1) % self._size

    def _room(self):
        return CAPACITY - self._count[self._newest()]

    def _begin(self, tick, lost):
        if self.held == self._size:
            self._first = (self._first + 1) % self._size
            self.held -= 1
        self.held += 1
        i = self._newest()
        self._count[i] = 0
        self._tick[i] = tick
        self._lost[i] = lost

    def _fill(self, first, n):
        i = self._newest()
        count = self._count[i]
        kernels.copy(self._runs[i], count * _SAMPLE, self._sampler.samples, first * _SAMPLE, n * _SAMPLE)
        self._count[i] = count + n
