# From samples of a shoe to foot strikes (IC), toe-offs (TC) and strides, in integers.
#
# Both signs of the pitch axis are followed (gait.py) until it is known which is right
# (orientation.py); what was found is kept, so the first strides are not lost. While nothing has ever
# turned there may be no gyroscope: accel_only.py then finds what it can. watch.py sees all that goes
# out and adds hits, limps and falls.
#
# Units: ticks of 25 us, mg, 0.1 deg/s.

import struct
from array import array

from micropython import const
from node import wire
from node.accel_only import AccelOnly
from node.gait import Gait
from node.orientation import Orientation
from node.sense import HEAD, PIECE, RING, SMOOTH, filters, keep, line, pitch, shock
from node.watch import Watch

_IC = const(1)
_PROVISIONAL = const(32)
_EVENTS_MAX = const(64)
_RECORD = const(16)
_LOST = const(8000)  # 200 ms: no stride is joined over a longer gap; a shorter one is bridged by lines

_DOUBT = const(2)  # votes for a known sign: with fewer both are followed again
_BLIND = const(4)  # strides of running in which nothing turned: there is no gyroscope
_FADES = const(3)  # a mask: thresholds fade after every fourth block


# Copies one event.
@micropython.viper
def move(target: ptr8, to: int, source: ptr8, at: int):
    i = 0
    while i < _RECORD:
        target[to + i] = source[at + i]
        i += 1


class Strides:
    # accel_q: mg per LSB, gyro_q: 0.1 deg/s per LSB, both Q10; period_ticks: 25 us between samples.
    def __init__(self, accel_q, gyro_q, period_ticks):
        self._period = period_ticks
        self._filters = filters(accel_q, gyro_q, period_ticks)
        self._sums = array("i", bytearray(4 * 7))
        self._rates = array("i", bytearray(4 * 3 * PIECE))
        self._jerk = array("i", bytearray(4 * RING))
        self._pushes = array("h", bytearray(2 * RING))
        self._axis = Orientation(period_ticks)
        fade_ticks = self._axis.block * period_ticks * (_FADES + 1)
        self._plus = Gait(1, period_ticks, fade_ticks, self._jerk, self._pushes, accel_q)
        self._minus = Gait(-1, period_ticks, fade_ticks, self._jerk, self._pushes, accel_q)
        self._blind = AccelOnly(period_ticks, self._jerk, accel_q)
        self._turned = False  # the gyroscope lives
        self._right = None  # which of the two, once known
        self._followed = self._plus  # the same, for the way of every sample
        self._other = self._minus
        self._both = True
        self._filled = 0  # samples in the present learning block
        self._blocks = 0
        self._next = -1  # the tick that the next burst should begin at
        self._last = array("h", bytearray(2 * 6))
        self._bridge = array("h", bytearray(2 * 6 * PIECE))
        self._newest = array("i", (-1, -1, -1, -1))  # the last tick that went out, by kind; first: provisional
        self._count = 0
        self.events = bytearray(_EVENTS_MAX * _RECORD)
        self.watch = Watch(self, self._axis.state, accel_q)

    # n samples (ax ay az gx gy gz), the first at first_tick; returns the number of events.
    def feed(self, samples, n, first_tick):
        self._count = 0
        late = first_tick - self._next
        if not -self._period <= late <= _LOST:
            self._plus.restart(first_tick)
            self._minus.restart(first_tick)
            self._blind.restart(first_tick)
        elif late * 2 > self._period:
            self._close(samples, (late + self._period // 2) // self._period, first_tick)
        self._pieces(samples, n, first_tick)
        keep(samples, n - 1, self._last)
        self._next = first_tick + n * self._period
        return self._count

    # A short gap before the first sample, at `tick`, is bridged: filters and rings know no gaps.
    def _close(self, samples, missing, tick):
        done = 0
        while done < missing:
            n = min(PIECE, missing - done)
            line(self._last, samples, done + 1, n, missing + 1, self._bridge)
            self._pieces(self._bridge, n, tick - (missing - done) * self._period)
            done += n

    def _pieces(self, samples, n, tick):
        done = 0
        while done < n:
            piece = min(PIECE, n - done, self._axis.block - self._filled)
            self._pass(samples, done, piece, tick + done * self._period)
            done += piece

    # The reel ends: what still waits goes out, by the present majority if the sign is not known.
    # Returns the number of events.
    def finish(self):
        self._count = 0
        self._plus.finish()
        self._minus.finish()
        self._blind.finish()
        if not self._right and self._axis.votes():
            self._open(self._axis.votes())
        return self._count

    def _pass(self, samples, first, n, tick):
        st = self._filters
        shock(samples, first, n, st, self._sums, self._rates, self._jerk)
        pitch(samples, first, n, st, self._sums, self._rates, self._axis.state, self._pushes)
        if self._both:
            self._plus.follow(self._rates, n, tick, st[HEAD])
            self._minus.follow(self._rates, n, tick, st[HEAD])
        else:
            self._followed.follow(self._rates, n, tick, st[HEAD])
        if not self._turned:
            self._blind.follow(self._rates, n, tick, st[HEAD])
        self._filled += n
        if self._filled == self._axis.block:
            self._filled = 0
            self._learn(tick + (n - 1) * self._period)

    def _learn(self, now):
        sign = self._axis.learn(self._sums, self._filters[SMOOTH])
        self._blocks = self._blocks + 1 & _FADES
        if not self._blocks:
            self._plus.fade()
            self._minus.fade()
            if sign:
                self._decide(sign, now)
            if not self._turned:
                self._grope()
        self.watch.look(now)

    # Nothing has turned yet. Who runs without turning the foot has no gyroscope.
    def _grope(self):
        self._blind.fade()
        if self._axis.turns:
            self._turned = True
            self._blind.close()
        elif self._blind.strides == _BLIND:
            self._blind.open(self)

    # The other sign is given up once this one is sure, and followed again when it is not.
    def _decide(self, sign, now):
        self._open(sign)
        both = self._axis.votes() * sign < _DOUBT
        if both and not self._both:
            self._other.restart(now)
        self._both = both

    def _open(self, sign):
        right = self._plus if sign > 0 else self._minus
        if right is self._right:
            return
        if self._right:
            self._right.close()
        self._right = self._followed = right
        self._other = self._minus if sign > 0 else self._plus
        right.open(self)

    # An event of the gait that is right. The first ones come late, so their age is set only here.
    # After a change of sign the other gait may repeat what has gone out: it is dropped.
    def take(self, held, at, now):
        kind = held[at]
        tick = held[at + 2] | held[at + 3] << 8 | held[at + 4] << 16 | held[at + 5] << 24
        of = 0 if held[at + 1] & _PROVISIONAL else kind
        if tick <= self._newest[of] or self._count == _EVENTS_MAX:
            return
        self._newest[of] = tick
        to = self._count * _RECORD
        self._count += 1
        move(self.events, to, held, at)
        if kind == _IC:
            age_ms = max(0, min(65535, (now - tick) // 40))
            self.events[to + 8] = age_ms & 255
            self.events[to + 9] = age_ms >> 8
        if of:
            self.watch.see(self.events, to, tick)

    # What the lamp shows of the watch: 0, 1 amber, 2 red.
    @property
    def level(self):
        return self.watch.level

    # An alarm of the watch.
    def alarm(self, kind, tick, a, b, c, d):
        if self._count < _EVENTS_MAX:
            struct.pack_into(wire.EVENT_FORMAT, self.events, self._count * _RECORD, kind, 0, tick, a, b, c, d, 0)
            self._count += 1
