# Lossless coding of samples into pages: the first sample raw, then blocks of up to 8 differences per channel, each
# channel of a block with the width that its largest difference needs.
from array import array

import micropython
from micropython import const
from node import kernels, page

CHANNELS = const(6)
BLOCK = const(8)
_RAW = const(12)  # 6 x int16
_WIDTHS = const(3)  # 6 nibbles


# Takes n samples from number `at` on into the block behind the `held` ones: raw, and their differences to the sample
# before, zigzagged so that small numbers of either sign become small positive ones, channel by channel.
@micropython.viper
def _gather(samples: ptr16, at: int, n: int, last: ptr16, raw: ptr16, zigzag: ptr16, held: int):
    at *= 6
    to = held * 6
    for i in range(held, held + n):
        place = i
        for channel in range(6):
            x = samples[at]
            # Differences wrap at 16 bits, as the decoder's sum does: no extra bit for extremes.
            d = (((x - last[channel]) & 0xFFFF) ^ 0x8000) - 0x8000
            zigzag[place] = (d << 1) ^ (d >> 15)
            last[channel] = x
            raw[to] = x
            place += 8
            at += 1
            to += 1


# Widths of the first n samples' channels; returns the block's bytes.
@micropython.viper
def _measure(zigzag: ptr16, n: int, widths: ptr8) -> int:
    bits = 0
    for channel in range(6):
        every = 0
        place = channel * 8
        for i in range(place, place + n):
            every |= zigzag[i]
        width = 0
        while every:
            width += 1
            every >>= 1
        if width == 15:
            width = 16  # the nibble 15 stands for 16 bits
        widths[channel] = width
        bits += width
    return 3 + ((bits * n + 7) >> 3)


# Writes a measured block of n samples at buf[at:]; returns the position behind it.
@micropython.viper
def _write(zigzag: ptr16, n: int, widths: ptr8, buf: ptr8, at: int) -> int:
    for pair in range(3):
        low = widths[2 * pair]
        high = widths[2 * pair + 1]
        if low == 16:
            low = 15
        if high == 16:
            high = 15
        buf[at] = low | (high << 4)
        at += 1
    acc = 0
    held = 0
    for channel in range(6):
        width = widths[channel]
        place = channel * 8
        for i in range(place, place + n):
            acc |= zigzag[i] << held
            held += width
            while held >= 8:
                buf[at] = acc
                at += 1
                acc >>= 8
                held -= 8
    if held:
        buf[at] = acc
        at += 1
    return at


# Drops the first k of n held samples.
@micropython.viper
def _drop(raw: ptr16, zigzag: ptr16, k: int, n: int):
    for i in range((n - k) * 6):
        raw[i] = raw[k * 6 + i]
    for channel in range(6):
        place = channel * 8
        for i in range(place, place + n - k):
            zigzag[i] = zigzag[i + k]


class Packer:
    # `out(buf, flags, tick, count, used)` takes a finished page's payload in buf[36:36+used].
    def __init__(self, out):
        self.page = bytearray(page.SIZE)
        self.count = 0  # samples in the open page; 0: none is open
        self.samples = 0  # taken since reset
        self._out = out
        self._at = 0
        self._tick = 0
        self._flags = 0
        self._period = 0
        self._held = 0  # samples waiting to be coded
        self._held_tick = 0  # of the first of them
        self._raw = array("h", bytes(2 * CHANNELS * BLOCK))
        self._zigzag = array("h", bytes(2 * CHANNELS * BLOCK))
        self._last = array("h", bytes(2 * CHANNELS))  # the newest sample
        self._widths = bytearray(CHANNELS)

    def reset(self, period):
        self.count = 0
        self.samples = 0
        self._held = 0
        self._period = period
        self._flags = 0

    # n samples that follow each other without a gap; the first one's tick. After a gap call flush() and lost() before.
    def feed(self, samples, n, tick):
        held = self._held
        if held == 0:
            self._held_tick = tick
        self.samples += n
        taken = 0
        while taken < n:
            k = BLOCK - held
            if k > n - taken:
                k = n - taken
            _gather(samples, taken, k, self._last, self._raw, self._zigzag, held)
            taken += k
            held += k
            self._held = held
            if held == BLOCK:
                self._code()
                held = self._held

    # Samples are missing before the next one fed.
    def lost(self):
        self._flags = page.FLAG_LOST

    # Closes the open page with whatever is held back.
    def flush(self):
        while self._held:
            self._code()
        self._finish()

    # Codes the held samples or, at a page's beginning, the first of them.
    def _code(self):
        if self.count == 0:
            self._open()
        elif self._append():
            self._held = 0
            self._held_tick += BLOCK * self._period

    def _open(self):
        kernels.copy(self.page, page.HEADER, self._raw, 0, _RAW)
        self._tick = self._held_tick
        self._at = page.HEADER + _RAW
        self.count = 1
        self._shift(1)

    # The longest leading part of the block that still fits; a part closes the page, since only a page's last block may
    # be short. True: it was a whole block.
    def _append(self):
        n = self._held
        # A page's count is one byte: a tag at rest would fit more.
        k = n if self.count + n < 256 else 0
        while k and self._at + _measure(self._zigzag, k, self._widths) > page.END:
            k -= 1
        if k:
            self._at = _write(self._zigzag, k, self._widths, self.page, self._at)
            self.count += k
        if k == BLOCK:
            return True
        self._shift(k)
        self._finish()
        return False

    # Drops the first k held samples.
    def _shift(self, k):
        _drop(self._raw, self._zigzag, k, self._held)
        self._held -= k
        self._held_tick += k * self._period

    def _finish(self):
        if self.count:
            self._out(self.page, self._flags, self._tick, self.count, self._at - page.HEADER)
            self.count = 0
            self._flags = 0
