# Events on their way into the pages of a reel: those that the outbox just got, until a page is full or the oldest has
# waited too long.
import struct

from micropython import const
from node import page, wire
from node.clock import Timer
from node.outbox import EVENT

_WAIT_US = const(2_000_000)  # what power loss costs at most; a page for every quarter of a second would fill the flash


class EventPages:
    # `append(buf, kind, flags, tick, count, used)` takes a finished page's payload.
    def __init__(self, outbox, clock, append):
        self._outbox = outbox
        self._append = append
        self._buf = bytearray(page.SIZE)
        self._held = 0
        self._timer = Timer(clock, _WAIT_US)
        self.total = 0  # in this reel

    def reset(self):
        self._held = self.total = 0
        self._timer.restart()

    # The outbox' newest event.
    def hold(self):
        outbox = self._outbox
        if not self._held:
            struct.pack_into("<I", self._buf, page.HEADER, outbox.next - 1)
            self._timer.restart()
        outbox.copy(outbox.next - 1, self._buf, page.HEADER + 4 + self._held * EVENT)
        self._held += 1
        self.total += 1
        if self._held == wire.EVENTS_PER_PAGE:
            self.write()

    # Once a turn: the oldest has waited long enough.
    def turn(self):
        if self._held and self._timer.due():
            self.write()

    def write(self):
        n = self._held
        if not n:
            return
        at = page.HEADER + 6  # tick of the first event
        buf = self._buf
        tick = buf[at] | buf[at + 1] << 8 | buf[at + 2] << 16 | (buf[at + 3] & 0x3F) << 24
        self._held = 0
        self._append(buf, page.EVENTS, 0, tick, n, 4 + n * EVENT)
