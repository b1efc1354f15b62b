# One way to read the foot: a sign of the pitch axis (gait.py), or acceleration alone (accel_only.py). Which is right is
# known only after some strides, so each keeps its last events: none is lost when it is chosen.

import struct

from micropython import const
from node import wire
from node.orientation import root

_RECORD = wire.EVENT_SIZE
_FIELD_MAX = const(65535)


class Reading:
    # accel_q: mg per LSB, Q10; room: events that are kept.
    def __init__(self, accel_q, room):
        self._mg = accel_q * 4  # the squares are of LSB / 4
        self._room = room
        self._held = bytearray(room * _RECORD)
        self._put_count = 0
        self._outlet = None
        self._now = 0

    # One event.
    def put(self, kind, flags, tick, a, b, c, d, e):
        at = self._put_count % self._room * _RECORD
        self._put_count += 1
        struct.pack_into(wire.EVENT_FORMAT, self._held, at, kind, flags, tick, a, b, c, d, e)
        if self._outlet:
            self._outlet.take(self._held, at, self._now)

    # This one is right: everything held goes out, and everything later at once.
    def open(self, outlet):
        self._outlet = outlet
        for i in range(max(0, self._put_count - self._room), self._put_count):
            outlet.take(self._held, i % self._room * _RECORD, self._now)

    def close(self):
        self._outlet = None

    def _peak_mg(self, square):
        return min(_FIELD_MAX, root(square) * self._mg >> 10)
