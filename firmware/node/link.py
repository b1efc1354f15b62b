# Frames from and to the host, without waiting and without allocating. What is sent first: the reply, events, pages that
# were asked for, pages of the reel that records.
import struct
from array import array

from micropython import const
from node import kernels, page, wire
from node.reel import NO_REEL

_HEADER = wire.HEADER_SIZE
_CRC = wire.CRC_SIZE
_PIECE = const(64)
_OUT = (wire.MAX_FRAME + _PIECE) // _PIECE * _PIECE  # the longest frame and its zero, in whole pieces
_FETCHES = const(4)
PUSHES = const(12)  # more than a turn has room for
_SLOTS = const(16)
_SLOT_US = const(40_000)  # a greeting of 150 bytes takes 26 ms at 57,600 baud
_SENT_AT = const(16)  # PING's reply says when it left


class Link:
    def __init__(self, board, clock, outbox, reels, boot_id):
        self._board = board
        self._clock = clock
        self._outbox = outbox
        self._reels = reels
        self.boot_id = boot_id
        self.address = wire.ADDRESS_ANY  # the node's own, where a radio serves several
        self.bad_frames = 0
        # Receiving
        self.frame = bytearray(wire.MAX_FRAME)  # the request, header first
        self.length = 0  # of the request without its CRC, 0: none has come
        self.received_us = 0
        self.received_wraps = 0
        self._got = 0
        self._overlong = False
        self._chunk = bytearray(_PIECE)
        self._chunk_at = 0
        self._chunk_end = 0
        # Sending
        self.events_wanted = False
        self.pages_wanted = False
        self.page_window = PUSHES  # pages pushed in one turn
        self._pushes = 0  # left in this turn
        self._reply = b""  # payload that waits; a reply is never empty
        self._reply_type = 0
        self._slot_us = 0
        self._slot_from = 0
        self._sequence = 0
        self._body = bytearray(wire.MAX_BODY)
        self._page = memoryview(self._body)[_HEADER : _HEADER + page.SIZE]
        self._out = bytearray(_OUT)
        view = memoryview(self._out)
        self._pieces = [view[i : i + _PIECE] for i in range(0, _OUT, _PIECE)]
        self._out_at = 0
        self._out_end = _PIECE  # zeros first: they close whatever the boot has printed
        self._fetch_reel = [NO_REEL] * _FETCHES
        self._fetch_next = array("i", bytes(4 * _FETCHES))
        self._fetch_end = array("i", bytes(4 * _FETCHES))
        self._fetches = 0
        self._push_reel = NO_REEL
        self._push_next = 0

    # Reads until a request is complete or nothing more is there. The request stays until done() is called.
    def receive(self):
        while not self.length:
            if self._chunk_at == self._chunk_end:
                self._chunk_at = 0
                self._chunk_end = self._board.serial_read(self._chunk)
                if not self._chunk_end:
                    return
            zero = kernels.until_zero(self._chunk, self._chunk_at, self._chunk_end)
            self._store(zero - self._chunk_at)
            self._chunk_at = zero
            if zero < self._chunk_end:
                self._chunk_at += 1
                self._complete()

    # The next n bytes of the chunk belong to the frame that comes in.
    def _store(self, n):
        if self._got + n > wire.MAX_FRAME:
            self._overlong = True
        else:
            kernels.copy(self.frame, self._got, self._chunk, self._chunk_at, n)
            self._got += n

    # A delimiter: what stands before it is a frame or is dropped.
    def _complete(self):
        got = self._got
        self._got = 0
        if self._overlong or not got:
            self._overlong = False
            return
        n = kernels.cobs_decode(self.frame, got) - _CRC
        if n < _HEADER or not kernels.crc32_good(kernels.CRC_TABLE, self.frame, n):
            self.bad_frames += 1
            return
        self.received_us = self._clock.read()
        self.received_wraps = self._clock.wraps
        self.length = n

    # There is something to be done without waiting for the port. (A request whose reply has no place yet has to wait.)
    def waiting(self):
        return self.ready() if self.length else self._chunk_at < self._chunk_end

    def done(self):
        self.length = 0

    # May a request be handled? Its reply needs the place of the one before.
    def ready(self):
        return self.length > 0 and not self._reply

    def reply(self, kind, payload):
        self._reply_type = kind
        self._reply = payload

    # Nothing on its way: the last reply has gone out.
    def idle(self):
        return not self._reply and self._out_at == self._out_end

    # Sends at most so many pieces. True when there is more and the port takes it.
    def send(self, pieces):
        self._pushes = self.page_window
        for _ in range(pieces):
            if self._out_at == self._out_end and not self._next():
                return False
            if not self._write():
                return False
        return True

    def _write(self):
        n = self._board.serial_write(self._pieces[self._out_at // _PIECE])
        if n == _PIECE:
            self._out_at += _PIECE
        elif n:
            self._realign(n)
        return n > 0

    # A terminal took part of a piece: what is left moves to the front, so that pieces start at their places again.
    def _realign(self, taken):
        at = self._out_at + taken
        rest = self._out_end - at
        kernels.copy(self._out, 0, self._out, at, rest)
        self._out_at = 0
        self._pad(rest)

    # Whole pieces only (see serial_write of the rp2 board); zeros are empty frames.
    def _pad(self, n):
        self._out_end = (n + _PIECE - 1) // _PIECE * _PIECE
        kernels.fill(self._out, n, self._out_end, 0)

    # Puts the next frame into the out buffer; False when there is nothing to say.
    def _next(self):
        if self._reply and not self._early():
            return self._send_reply()
        if self.events_wanted:
            sequence = self._outbox.due()
            if sequence >= 0:
                return self._send_event(sequence)
        return self._send_fetched() or self._send_pushed()

    # The answer to a call to all waits for the slot of the node's address: answers must not collide on the air.
    def wait_for_slot(self):
        self._slot_us = self.address % _SLOTS * _SLOT_US
        self._slot_from = self.received_us

    def _early(self):
        if self._slot_us and self._clock.since(self._slot_from) < self._slot_us:
            return True
        self._slot_us = 0
        return False

    def _send_reply(self):
        payload = self._reply
        self._reply = b""
        kernels.copy(self._body, _HEADER, payload, 0, len(payload))
        if self._reply_type == wire.MSG_PING | wire.REPLY:
            struct.pack_into(wire.TIME, self._body, _HEADER + _SENT_AT, self._clock.wraps, self._clock.read())
        self._frame(self._reply_type, len(payload))
        return True

    def _send_event(self, sequence):
        struct.pack_into("<I", self._body, _HEADER, sequence)
        self._outbox.copy(sequence, self._body, _HEADER + 4)
        self._outbox.sent()
        self._frame(wire.MSG_EVENT, 20)
        return True

    # Queues a range of pages; False when too many wait already.
    def fetch(self, reel, first, end):
        if self._fetches == _FETCHES:
            return False
        i = self._fetches
        self._fetch_reel[i] = reel
        self._fetch_next[i] = first
        self._fetch_end[i] = end
        self._fetches += 1
        return True

    def forget_fetches(self):
        self._fetches = 0

    def _send_fetched(self):
        while self._fetches:
            index = self._fetch_next[0]
            if index == self._fetch_end[0]:
                self._drop_fetch()
                continue
            self._fetch_next[0] = index + 1
            if self._reels.read(self._fetch_reel[0], index, self._page):
                self._frame(wire.MSG_PAGE, page.SIZE)
                return True
        return False

    def _drop_fetch(self):
        self._fetches -= 1
        for i in range(self._fetches):
            self._fetch_reel[i] = self._fetch_reel[i + 1]
            self._fetch_next[i] = self._fetch_next[i + 1]
            self._fetch_end[i] = self._fetch_end[i + 1]

    # Pages of this reel follow as they are written.
    def push(self, reel, first):
        self._push_reel = reel
        self._push_next = first

    def _send_pushed(self):
        reel = self._push_reel
        if not self.pages_wanted or not self._pushes or self._push_next >= reel.pages:
            return False
        self._pushes -= 1
        self._push_next += 1
        if self._reels.read(reel, self._push_next - 1, self._page):
            self._frame(wire.MSG_PAGE, page.SIZE)
            return True
        return False

    # Frame of the n payload bytes that lie in the body behind the header.
    def _frame(self, kind, n):
        body = self._body
        struct.pack_into(wire.HEADER, body, 0, wire.VERSION, self.address, self.boot_id, self._sequence, kind)
        self._sequence = (self._sequence + 1) & 0xFFFF
        n += _HEADER
        kernels.crc32_put(kernels.CRC_TABLE, body, n, body, n)
        self._out_at = 0
        self._pad(kernels.cobs_encode(body, n + _CRC, self._out))
