# Events on their way to the host: a ring that keeps each until it was acknowledged. An overflow drops the oldest; the
# reel has them all.
import struct

from micropython import const
from node import kernels, wire

EVENT = wire.EVENT_SIZE
CAPACITY = const(128)
WINDOW = const(16)  # sent ahead of an acknowledgement, unless the host wants another number
_RESEND_US = const(250_000)  # longer than a round trip on a slow link with a page in front
_HOLE_US = const(120_000)  # an acknowledgement that says nothing new within a round trip tells of no loss
_PATIENCE = const(8)  # the time doubles at most to this many times


class Outbox:
    def __init__(self, clock):
        self.ring = bytearray(CAPACITY * EVENT)
        self.first = 0  # oldest event that is kept
        self.unsent = 0  # next to be sent
        self.next = 0  # sequence of the next event
        self.dropped = 0
        self.window = WINDOW
        self._clock = clock
        self._sent_us = 0
        self._patience = 1
        self._again = False  # what is due was sent before
        self._hole = False

    # A new event of the node itself.
    def post(self, kind, tick, p0, p1):
        self._room()
        struct.pack_into(wire.EVENT_FORMAT, self.ring, self._at(self.next), kind, 0, tick, p0, p1, 0, 0, 0)
        self.next += 1

    # Event number i of the detector's buffer.
    def put(self, events, i):
        self._room()
        kernels.copy(self.ring, self._at(self.next), events, i * EVENT, EVENT)
        self.next += 1

    def _room(self):
        if self.next - self.first == CAPACITY:
            self.first += 1
            self.unsent = max(self.unsent, self.first)
            self.dropped = min(self.dropped + 1, 0xFFFF)

    def _at(self, sequence):
        return (sequence % CAPACITY) * EVENT

    # Copies the event with this sequence.
    def copy(self, sequence, buf, at):
        kernels.copy(buf, at, self.ring, self._at(sequence), EVENT)

    # The host has every event below `sequence`.
    def acknowledge(self, sequence):
        if self.first < sequence <= self.next:
            self.first = sequence
            self.unsent = max(self.unsent, sequence)
            self._patience = 1
            self._sent_us = self._clock.us
            self._hole = False
        elif sequence == self.first < self.unsent:
            self._hole = True  # the host got a later one: the oldest was lost

    # A host that has just come gets what is kept from the beginning.
    def rewind(self):
        self.unsent = self.first
        self._patience = 1

    # Sequence of the event to be sent now, or -1.
    def due(self):
        self._again = False
        if self.first < self.unsent:
            # The time runs from the oldest: later ones must not keep putting its resending off.
            waited = self._clock.since(self._sent_us)
            if waited > _RESEND_US * self._patience:
                self._patience = min(self._patience * 2, _PATIENCE)
                self.unsent = self.first
            elif self._hole and waited > _HOLE_US:
                # Only the oldest: the host keeps those that came after it, and a full link must not be filled further.
                self._again = True
                return self.first
        if self.unsent < self.next and self.unsent - self.first < self.window:
            return self.unsent
        return -1

    def sent(self):
        if self._again or self.unsent == self.first:
            self._sent_us = self._clock.us
            self._hole = False
        if not self._again:
            self.unsent += 1
