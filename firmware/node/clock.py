# The board's clock: ticks_us wraps every 2^30 microseconds (18 minutes). Wraps are counted, never added to the counter:
# the sum would not fit a small int on a 32-bit board.
from micropython import const

MASK = const(0x3FFFFFFF)


# A later time, wrapped; `more` is less than a period.
def plus(us, more):
    return us - (MASK - more) - 1 if us > MASK - more else us + more


class Clock:
    def __init__(self, board):
        self._ticks = board.ticks
        self.us = self._ticks()
        self.wraps = 0

    # Microseconds, 30 bits; `wraps` belongs to them. Must be called more often than the counter wraps.
    def read(self):
        us = self._ticks()
        if us < self.us:
            self.wraps = (self.wraps + 1) & 0xFFFF
        self.us = us
        return us

    # Microseconds from an earlier reading until now.
    def since(self, us):
        return (self.read() - us) & MASK


# Something that is due every `period_us`. The clock is not read: the loop does, every turn.
class Timer:
    def __init__(self, clock, period_us):
        self._clock = clock
        self._period = period_us
        self._from = clock.read()

    def restart(self):
        self._from = self._clock.us

    # True once per period; periods follow each other without drift.
    def due(self):
        if (self._clock.us - self._from) & MASK < self._period:
            return False
        self._from = plus(self._from, self._period)
        return True
