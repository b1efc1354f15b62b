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


# Zigzagged differences of 8 samples, sample by sample: small numbers of either sign become small positive ones.
# `last` is the sample before the block and becomes the block's last one only when the block is written (see _write).
@micropython.viper
def _zigzag(block: ptr16, last: ptr16, n: int, out: ptr16):
    for i in range(n * 6):
        before = last[i] if i < 6 else block[i - 6]
        # Differences wrap at 16 bits, as the decoder's sum does: no extra bit for extremes.
        d = (((block[i] - before) & 0xFFFF) ^ 0x8000) - 0x8000
        out[i] = (d << 1) ^ (d >> 15)


# Widths of the first n samples' channels; returns the block's bytes.
@micropython.viper
def _measure(zigzag: ptr16, n: int, widths: ptr8) -> int:
    bits = 0
    for channel in range(6):
        every = 0
        for i in range(n):
            every |= zigzag[i * 6 + channel]
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
        for i in range(n):
            acc |= zigzag[i * 6 + channel] << held
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


# Moves samples [first:first+n] of src to dst[to:].
@micropython.viper
def _move(dst: ptr16, to: int, src: ptr16, first: int, n: int):
    for i in range(n * 6):
        dst[to * 6 + i] = src[first * 6 + i]


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
        self._block = array("h", bytes(2 * CHANNELS * BLOCK))
        self._held = 0  # samples waiting in _block
        self._held_tick = 0  # of the first of them
        self._last = array("h", bytes(2 * CHANNELS))
        self._zigzag = array("h", bytes(2 * CHANNELS * BLOCK))
        self._widths = bytearray(CHANNELS)

    def reset(self, period):
        self.count = 0
        self.samples = 0
        self._held = 0
        self._period = period
        self._flags = 0

    # n samples that follow each other without a gap; the first one's tick. After a gap call flush() and lost() before.
    def feed(self, samples, n, tick):
        if self._held == 0:
            self._held_tick = tick
        self.samples += n
        taken = 0
        while taken < n:
            k = min(n - taken, BLOCK - self._held)
            _move(self._block, self._held, samples, taken, k)
            self._held += k
            taken += k
            if self._held == BLOCK:
                self._drain(BLOCK)

    # Samples are missing before the next one fed.
    def lost(self):
        self._flags = page.FLAG_LOST

    # Closes the open page with whatever is held back.
    def flush(self):
        while self._held:
            self._drain(1)
        self._finish()

    # Codes held samples until fewer than `least` are left.
    def _drain(self, least):
        while self._held >= least:
            if self.count == 0:
                self._open()
            else:
                self._append()

    def _open(self):
        kernels.copy(self.page, page.HEADER, self._block, 0, _RAW)
        _move(self._last, 0, self._block, 0, 1)
        self._tick = self._held_tick
        self._at = page.HEADER + _RAW
        self.count = 1
        self._shift(1)

    # The longest leading part of the block that still fits; a part closes the page, since only a page's last block may
    # be short.
    def _append(self):
        n = self._held
        _zigzag(self._block, self._last, n, self._zigzag)
        # A page's count is one byte: a tag at rest would fit more.
        k = n if self.count + n < 256 else 0
        while k and self._at + _measure(self._zigzag, k, self._widths) > page.END:
            k -= 1
        if k:
            self._at = _write(self._zigzag, k, self._widths, self.page, self._at)
            _move(self._last, 0, self._block, k - 1, 1)
            self.count += k
            self._shift(k)
        if k < BLOCK:
            self._finish()

    # Drops the first k held samples.
    def _shift(self, k):
        self._held -= k
        self._held_tick += k * self._period
        _move(self._block, 0, self._block, k, self._held)

    def _finish(self):
        if self.count:
            self._out(self.page, self._flags, self._tick, self.count, self._at - page.HEADER)
            self.count = 0
            self._flags = 0
