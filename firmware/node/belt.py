# A node at a treadmill: it counts the pulses of the belt. Its reels hold no samples, but each second how far it ran.
import struct

from micropython import const
from node import page, wire
from node.clock import MASK, plus
from node.outbox import EVENT
from node.recorder import Recorder, random_id
from node.rpc import answer, text8
from node.version import FIRMWARE

_TICK_US = const(25)
_TURN_US = const(20_000)  # nothing is waited for: the counter counts by itself
_HALF = const(1 << 29)
_LONGEST_S = const(25_000)  # 7 hours: later ticks would be no small ints on the board


# Microseconds from one time of the clock to another that lies less than 9 minutes before or after it.
def _between(start, end):
    us = (end - start) & MASK
    return us - MASK - 1 if us > _HALF else us


class Belt:
    def __init__(self, pulses, clock):
        self._pulses = pulses
        self._clock = clock
        self.count = 0
        self.interval_us = 0
        self.last_us = 0
        self.last_wraps = 0

    # Takes over what was counted; at least once in 9 minutes, so that a time belongs to one turn of the clock only.
    def read(self):
        pulses = self._pulses
        pulses.read()
        if pulses.count == self.count:
            return
        self.count = pulses.count
        self.interval_us = pulses.interval_us
        self.last_us = pulses.last_us
        now = self._clock.read()
        earlier_turn = self.last_us > now and _between(now, self.last_us) < 0
        self.last_wraps = (self._clock.wraps - (1 if earlier_turn else 0)) & 0xFFFF

    # The request BELT.
    def answer(self, payload):
        self.read()
        clock = self._clock
        values = (self.count, self.interval_us, self.last_wraps, self.last_us, clock.wraps, clock.read())
        return answer(wire.BELT_REPLY, *values)


# A recorder without a sensor: the board's own clock takes the place of the sensor's, exactly.
class BeltRecorder(Recorder):
    def __init__(self, belt, board, imu, sampler, reels, outbox, clock, settings, origin):
        super().__init__(board, imu, sampler, reels, outbox, clock, settings, origin)
        self._belt = belt
        self._event = bytearray(EVENT)
        self._zero = 0  # the belt's count when the reel began
        self._told = 0  # the count that was told last
        sampler.wait_us = _TURN_US

    def start(self, utc_ms, max_seconds):
        clock = self._clock
        self._belt.read()
        self._zero = self._told = self._belt.count
        self._packer.reset(1)
        self._origin.anchor(0, clock.read(), clock.wraps)
        self.begin(random_id(), utc_ms, min(max_seconds or _LONGEST_S, _LONGEST_S), self._sampler)

    def _start_page(self, utc_ms):
        values = self._settings
        facts = struct.pack(wire.START_FACTS, self._board.UID, utc_ms, 0, 0, 0, 0, 0, 0)
        kind = "belt, %s um a pulse" % values["pulse_um"]
        for text in (kind, values["name"], values["runner"], values["foot"], FIRMWARE):
            facts += text8(text)
        self._facts[page.HEADER : page.HEADER + len(facts)] = facts
        self._append(self._facts, page.START, 0, 0, 0, len(facts))

    def turn(self):
        if self._second.due():
            self._seconds += 1
            self._tell_belt()
            if self._max_seconds and self._seconds >= self._max_seconds:
                self.close(wire.REASON_MAX_SECONDS)
            elif self._reels.left() <= 0:
                self.close(wire.REASON_FULL)
        if self.recording:
            self._events.turn()
        return False

    # The anchor goes on in whole ticks: it is the reel's clock.
    def _advance(self):
        origin = self._origin
        ticks = ((self._clock.read() - origin.anchor_us) & MASK) // _TICK_US
        us = plus(origin.anchor_us, ticks * _TICK_US)
        wraps = (origin.anchor_wraps + (1 if us < origin.anchor_us else 0)) & 0xFFFF
        origin.anchor(origin.anchor_tick + ticks, us, wraps)

    # With the tick of the last pulse, or of now when there was none since the last time.
    def _tell_belt(self):
        self._advance()
        belt = self._belt
        origin = self._origin
        belt.read()
        tick = origin.anchor_tick
        if belt.count != self._told:
            tick += _between(origin.anchor_us, belt.last_us) // _TICK_US
            self._told = belt.count
        count = belt.count - self._zero
        interval = belt.interval_us
        struct.pack_into(
            wire.EVENT_FORMAT,
            self._event,
            0,
            wire.EVENT_BELT,
            0,
            max(0, tick),
            count & 0xFFFF,
            count >> 16,
            interval & 0xFFFF,
            interval >> 16,
            0,
        )
        self._outbox.put(self._event, 0)
        self._events.hold()

    def close(self, reason):
        if not self.recording:
            return
        self._belt.read()
        if self._belt.count != self._told:
            self._tell_belt()
        self.recording = False
        self.reason = reason
        self._note(wire.EVENT_REEL, self._origin.anchor_tick, wire.REEL_CLOSED, reason)
        self._events.write()
        self._end_page(reason)
        self._reels.close(reason)

    def stop(self):
        self.close(wire.REASON_STOPPED)
