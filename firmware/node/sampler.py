# FIFO words -> runs of samples that follow each other without a gap, stamped with the sensor's own clock.
from array import array

import micropython
from micropython import const
from node.clock import plus
from node.imu import WORD

CHUNK = const(48)  # words of one transfer: 22 samples and their time stamps; 54 ms at 417 Hz
_MOST = const(4)  # chunks that the sensor gathers: the rest of its 512 words is for a loop that is late
_SLOT_LEAST = const(96)  # ticks; a faster sensor gathers more, so that the loop turns as often as at 417 Hz
CAPACITY = const(64)  # samples of one run
_OVERRUN = const(0x8000)
_FIFO_WORDS = const(512)

# Places in the decoder's state
_SLOT = const(0)  # counter of the slot being filled (the tag's two bits), 4: none
_HAVE = const(1)  # words of it: 1 gyro, 2 accel, 4 time stamp
_STAMP = const(2)  # its time stamp
_KNOWN = const(3)  # 1: _BASE holds
_BASE = const(4)  # tick of the run's first sample
_COUNT = const(5)  # samples in the run
_BROKEN = const(6)  # 1: the run ends here, samples are missing behind it
_PERIOD = const(7)

_TAG_GYRO = const(1)
_TAG_ACCEL = const(2)
_TAG_TIME = const(4)


# Takes words from `at` on into the slot and finished slots into `out`, until the words, the room or the run ends.
# Words of one sampling instant share the tag's two-bit counter; a slot is whole when a word of the next one comes, in
# whatever order the part writes them. Returns the next word's place.
@micropython.viper
def decode(words: ptr8, at: int, n: int, st: ptr32, slot: ptr16, out: ptr16) -> int:
    period = int(st[_PERIOD])
    while at < n:
        p = at * 7
        tag = words[p] >> 3
        counter = (words[p] >> 1) & 3
        have = int(st[_HAVE])
        bit = tag
        if tag != 1 and tag != 2 and tag != 4:
            bit = 0
        # A word that the slot has already belongs to a later one with the same counter.
        if counter != st[_SLOT] or have & bit:
            count = int(st[_COUNT])
            if have & 3 == 3:
                if count == 64:
                    return at
                if have & 4:
                    stamp = int(st[_STAMP])
                    if st[_KNOWN]:
                        late = stamp - int(st[_BASE]) - count * period
                        # Off the grid by half a period: samples are missing before this one.
                        if late * 2 > period or late * 2 < 0 - period:
                            st[_BROKEN] = 1
                            return at
                        st[_BASE] = int(st[_BASE]) + late
                    else:
                        st[_BASE] = stamp - count * period
                        st[_KNOWN] = 1
                o = count * 6
                for i in range(6):
                    out[o + i] = slot[i]
                st[_COUNT] = count + 1
            broken = 0
            if have != 0 and have & 3 != 3:
                broken = 1  # the slot lost a word
            if st[_SLOT] != 4 and counter != ((int(st[_SLOT]) + 1) & 3):
                broken = 1  # whole slots are missing
            st[_SLOT] = counter
            st[_HAVE] = 0
            if broken:
                st[_BROKEN] = 1
                return at
        if tag == 1 or tag == 2:
            s = 0 if tag == 2 else 3
            for i in range(3):
                slot[s + i] = words[p + 1 + 2 * i] | (words[p + 2 + 2 * i] << 8)
        elif tag == 4:
            st[_STAMP] = words[p + 1] | (words[p + 2] << 8) | (words[p + 3] << 16) | ((words[p + 4] & 63) << 24)
        st[_HAVE] = int(st[_HAVE]) | bit
        at += 1
    return at


# Largest sum of squares of the accelerations, halved so that three of them stay within 30 bits.
@micropython.viper
def peak_square(samples: ptr16, n: int) -> int:
    most = 0
    for i in range(n):
        square = 0
        for k in range(3):
            a = ((samples[i * 6 + k] ^ 0x8000) - 0x8000) >> 1
            square += a * a
        if square > most:
            most = square
    return most


class Sampler:
    def __init__(self, imu, clock):
        self._imu = imu
        self._clock = clock
        self.samples = array("h", bytes(12 * CAPACITY))
        self.wait_us = 0  # no watermark comes later than this
        self.tick = 0  # of the run's first sample
        self.lost = 0  # samples missing before the run; -1: none
        self.overruns = 0
        self.fifo_max = 0
        self.peak_square = 0
        self._state = array("i", bytes(32))
        self._slot = array("h", bytes(12))
        self._words = bytearray(CHUNK * WORD)
        view = memoryview(self._words)
        # A view per length: slicing in the loop would allocate.
        self._views = [view[: WORD * n] for n in range(CHUNK + 1)]
        self._held = 0  # words of the burst
        self._at = 0  # first one not decoded
        self._left = 0  # words that the FIFO still holds after this burst
        self._expected = -1  # tick of the next sample, -1 before the first
        self._handed = 0

    def start(self):
        state = self._state
        for i in range(7):
            state[i] = 0
        state[_SLOT] = 4
        state[_PERIOD] = self._imu.period
        self._held = self._at = self._left = self._handed = 0
        self._expected = -1
        self.overruns = self.fifo_max = 0
        chunks = min(_MOST, max(1, _SLOT_LEAST // self._imu.period))
        # 17 words are 8 samples; a sensor can be slow by some percent.
        self.wait_us = chunks * CHUNK * 8 // 17 * self._imu.period * 28
        self._imu.start(chunks * CHUNK)

    # The next run in `samples`; how many, 0 when there is none yet. `everything`: don't wait for a whole chunk.
    def run(self, origin, everything=False):
        state = self._state
        self._next_run()
        while self._at < self._held or self._burst(origin, everything):
            self._at = decode(self._words, self._at, self._held, state, self._slot, self.samples)
            ended = state[_BROKEN] or state[_COUNT] == CAPACITY
            if ended or self._at == self._held:
                if state[_KNOWN] and state[_COUNT]:
                    return self._hand()
                if ended:
                    self._forget()
        return 0

    # Is there certainly more? A look at the sensor would tell for sure, but its interrupt does so for nothing.
    def more(self):
        return self._at < self._held or self._left >= CHUNK

    # The samples handed out before are used up.
    def _next_run(self):
        state = self._state
        if self._handed:
            state[_BASE] += self._handed * state[_PERIOD]
            self._expected = state[_BASE]
            state[_COUNT] = self._handed = 0
        if state[_BROKEN]:
            self._forget()

    # Time has to be found anew, from the next time stamp.
    def _forget(self):
        state = self._state
        state[_BROKEN] = state[_KNOWN] = state[_COUNT] = 0

    def _hand(self):
        state = self._state
        n = state[_COUNT]
        self.tick = state[_BASE]
        self.lost = self._missing()
        self._handed = n
        self.peak_square = max(self.peak_square, peak_square(self.samples, n))
        return n

    # Samples between the run before and this one.
    def _missing(self):
        if self._expected < 0:
            return -1
        period = self._state[_PERIOD]
        n = (self._state[_BASE] - self._expected + period // 2) // period
        return -1 if n == 0 else max(0, n)

    # Reads what the FIFO holds, a chunk at most.
    def _burst(self, origin, everything):
        if self._left < CHUNK:
            self._look()
        n = min(self._left, CHUNK)
        if n == 0 or (n < CHUNK and not everything):
            return False
        self._imu.burst(self._views[n])
        self._left -= n
        self._held = n
        self._at = 0
        self._anchor(origin)
        return True

    # An overrun replaces the oldest words: the gap is between what was read and what is read next.
    def _look(self):
        level = self._imu.level()
        # Nobody drives the line any more: on SPI a sensor that has gone reads as ones, and the FIFO as never empty.
        if level & ~_OVERRUN > _FIFO_WORDS:
            raise OSError
        if level & _OVERRUN:
            level &= ~_OVERRUN
            self.overruns += 1
            self._forget()
            self._state[_SLOT] = 4
            self._state[_HAVE] = 0
        self._left = level
        self.fifo_max = max(self.fifo_max, level)

    # A reading of the sensor's clock with the board's time at the middle of it.
    def _anchor(self, origin):
        clock = self._clock
        before = clock.read()
        wraps = clock.wraps
        tick = self._imu.tick()
        half = clock.since(before) >> 1
        middle = plus(before, half)
        origin.anchor(tick, middle, wraps if middle >= before else (wraps + 1) & 0xFFFF)
