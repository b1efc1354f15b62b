# The phases of a foot's cycle, followed for one sign of the pitch axis.
#
# stance: the heel rises, the deepest pitch rate before the swing is toe-off (TC);
# swing: the pitch rate peaks and returns through zero: the foot is set down (contact);
# settle: around that crossing the sharpest change of acceleration is the impact itself (IC).
# Trough and crossing lie equally early, so their difference is the contact time; only the impact
# is an instant that two shoes can be compared by.

import struct
from array import array

from micropython import const
from node.orientation import root
from node.pace import Pace

_IC = const(1)
_TC = const(2)

_STANCE = const(0)
_SWING = const(1)
_SETTLE = const(2)
# How a pass over samples may end
_LIFTED = const(1)
_LANDED = const(2)
_LOST = const(3)

# Places in the state array. Rates are Q4 of 0.1 deg/s; only _P, _BEFORE and _AFTER can be negative.
_PHASE = const(0)
_FROM = const(1)  # stance: troughs count from this tick on; settle: over at this tick
_P = const(2)  # pitch rate of the last sample
_DEPTH = const(3)  # the trough's depth, positive
_BEFORE = const(4)  # the trough's neighbours
_AFTER = const(5)
_TROUGH_TICK = const(6)
_LOW = const(7)  # how far the smooth rate went below zero since the contact, positive
_TOP = const(8)  # highest smooth rate of this swing
_FASTEST = const(9)  # highest rate of this swing
_READY = const(10)  # no swing begins before this tick
_UNTIL = const(11)  # a swing that lasts longer was none
_ZERO = const(12)  # tick of the crossing
_HARD = const(13)  # largest |a|^2 of the stride until the last swing peak
_IMPACT = const(14)  # and since
_CLIPPED = const(15)  # 1 acceleration, 2 rotation, since the last contact
_USUAL = const(16)  # the usual top of a swing
_ON = const(17)  # a smooth rate above this is a swing ...
_PUSH = const(18)  # ... if the heel rose faster than this before
_SIZE = const(19)

# In ticks of 25 us
_DEAD = const(4000)  # 100 ms after contact the shoe still rings
_REFRACTORY = const(16000)  # 400 ms from a swing's peak to the next swing: nobody is faster
_GIVE_UP = const(60000)  # 1.5 s: no swing lasts that long
_STALE = const(24000)  # 600 ms: an older push-off is not this swing's
_EARLY = const(2400)  # 60 ms: the impact comes so long before the crossing ...
_LATE = const(3200)  # 80 ms: ... until so long after it
_FILTER_DELAY = const(160)  # 4 ms: the filter of the pitch rate
_STRIDE_MAX = const(92000)  # 2.3 s: longer is standing, not a stride
_FADE = const(160000)  # 4 s: how fast a fast runner's thresholds fall again

_SWING_MIN = const(16000)  # 100 deg/s
_PUSH_MIN = const(8000)  # 50 deg/s

# Layout of `rates` (strides.py fills it): p, then q, then |a|^2 with clip flags, 16 each.
_Q = const(16)
_A = const(32)
_RECORD = const(16)
_HELD = const(48)  # events kept until the sign is known: 16 strides
_FIELD_MAX = const(65535)


# ptr32 loads are zero-extended on 64-bit machines: (x ^ m) - m with m = -2^31 sign-extends them
# there and does nothing on a 32-bit board.
#
# Stance: returns the next k, with _LIFTED << 8 behind the sample that began a swing.
@micropython.viper
def stance(st: ptr32, rates: ptr32, k: int, n: int, sign: int, now: int, period: int) -> int:
    m = 1
    m <<= 31
    p = (st[_P] ^ m) - m
    lifted = 0
    while k < n and lifted == 0:
        before = p
        p = ((rates[k] ^ m) - m) * sign
        q = ((rates[k + _Q] ^ m) - m) * sign
        age = now - st[_TROUGH_TICK]
        if age == period:
            st[_AFTER] = p
        elif age > _STALE:
            st[_DEPTH] = 0
            st[_LOW] = 0
        if now >= st[_FROM]:
            if 0 - p > st[_DEPTH]:
                st[_DEPTH] = 0 - p
                st[_BEFORE] = before
                st[_AFTER] = p
                st[_TROUGH_TICK] = now
            if 0 - q > st[_LOW]:
                st[_LOW] = 0 - q
            if q > st[_ON] and now >= st[_READY] and st[_LOW] > st[_PUSH]:
                lifted = _LIFTED << 8
        now += period
        k += 1
    st[_P] = p
    return k | lifted


# Swing: returns the next k, with _LANDED or _LOST << 8 behind the sample that ended it.
@micropython.viper
def swing(st: ptr32, rates: ptr32, k: int, n: int, sign: int, now: int, period: int) -> int:
    m = 1
    m <<= 31
    p = (st[_P] ^ m) - m
    ended = 0
    while k < n and ended == 0:
        before = p
        p = ((rates[k] ^ m) - m) * sign
        q = ((rates[k + _Q] ^ m) - m) * sign
        if p > st[_FASTEST]:
            st[_FASTEST] = p
        # As in hardest(): a call for each sample would cost more than everything else here.
        square = int(rates[k + _A])
        if square > st[_IMPACT]:
            st[_IMPACT] = square
        st[_CLIPPED] = st[_CLIPPED] | (square & 3)
        top = int(st[_TOP])
        if q > top:
            st[_TOP] = q
            st[_READY] = now + _REFRACTORY
            # What shook the shoe so far belongs to the stride that is ending.
            if st[_IMPACT] > st[_HARD]:
                st[_HARD] = st[_IMPACT]
            st[_IMPACT] = 0
        elif q < top - (top >> 2) and (p <= 0 or q < top >> 3):
            st[_ZERO] = now
            if p <= 0 and before > 0:
                st[_ZERO] = now + p * period // (before - p)
            ended = _LANDED << 8
        elif now > st[_UNTIL]:
            ended = _LOST << 8
        now += period
        k += 1
    st[_P] = p
    return k | ended


# The largest |a|^2 since the swing's peak and what clipped, over samples k..end-1.
@micropython.viper
def hardest(st: ptr32, rates: ptr32, k: int, end: int):
    impact = int(st[_IMPACT])
    clipped = int(st[_CLIPPED])
    while k < end:
        square = int(rates[k + _A])
        if square > impact:
            impact = square
        clipped |= square & 3
        k += 1
    st[_IMPACT] = impact
    st[_CLIPPED] = clipped


# The thresholds follow the swings: halfway to each new top, or down by loss / 2^16 of themselves.
@micropython.viper
def adapt(st: ptr32, top: int, loss: int):
    usual = int(st[_USUAL])
    if top:
        usual += (top - usual) >> 1
    usual -= (usual >> 6) * loss >> 10
    st[_USUAL] = usual
    on = usual * 3 >> 3
    if on < _SWING_MIN:
        on = int(_SWING_MIN)
    push = usual >> 3
    if push < _PUSH_MIN:
        push = int(_PUSH_MIN)
    st[_ON] = on
    st[_PUSH] = push


# How many samples ago (the newest is 1) the largest of the n entries before the newest `skip` came.
@micropython.viper
def strongest(ring: ptr32, head: int, skip: int, n: int) -> int:
    best = -1
    ago = 0
    k = skip + 1
    n += k
    while k < n:
        v = int(ring[(head - k) & 255])
        if v > best:
            best = v
            ago = k
        k += 1
    return ago


class Gait:
    # jerk: the ring of squared changes of acceleration, one per sample, shared by both signs.
    def __init__(self, sign, period, block_ticks, jerk, accel_q):
        self._sign = sign
        self._period = period
        self._jerk = jerk
        self._mg = accel_q * 4  # the squares are of LSB / 4
        self._fade = (block_ticks << 16) // _FADE
        self._state = array("i", bytearray(4 * _SIZE))
        self._pace = Pace(self)
        # The last events, kept for the case that this sign turns out to be the right one.
        self._held = bytearray(_HELD * _RECORD)
        self._put_count = 0
        self._outlet = None
        self._now = 0
        self.restart(0)

    # After a gap nothing may be joined across it. Thresholds stay.
    def restart(self, tick):
        st = self._state
        for i in range(_USUAL):
            st[i] = 0
        st[_TROUGH_TICK] = st[_FROM] = st[_READY] = tick
        adapt(st, 0, 0)
        self._contact = -1
        self._toe_off = -1
        self._pace.stop()

    # Once per learning block.
    def fade(self):
        adapt(self._state, 0, self._fade)
        if self._contact >= 0 and self._now - self._contact > _STRIDE_MAX + _LATE:
            self._contact = -1
            self._pace.stop()

    # n samples of `rates`, the first at `tick`; head: the jerk ring's write place after them.
    def follow(self, rates, n, tick, head):
        st = self._state
        period = self._period
        k = 0
        while k < n:
            now = tick + k * period
            phase = st[_PHASE]
            if phase == _SWING:
                result = swing(st, rates, k, n, self._sign, now, period)
            elif phase == _STANCE:
                result = stance(st, rates, k, n, self._sign, now, period)
                hardest(st, rates, k, result & 255)
            else:
                result = self._wait(rates, k, n, now)
            k = result & 255
            self._now = tick + (k - 1) * period
            why = result >> 8
            if why == _LIFTED:
                self._lift()
            elif why == _LANDED:
                self._land()
            elif why == _LOST:
                st[_PHASE] = _STANCE
                self._contact = -1
            if st[_PHASE] == _SETTLE and self._now >= st[_FROM]:
                self._settle(head, n - k)

    # Settling: nothing to decide until its last sample.
    def _wait(self, rates, k, n, now):
        st = self._state
        period = self._period
        end = min(n, k + max(0, (st[_FROM] - now + period - 1) // period) + 1)
        hardest(st, rates, k, end)
        st[_P] = rates[end - 1] * self._sign
        return end

    def _lift(self):
        st = self._state
        # A parabola through the deepest sample and its neighbours: the sample alone scatters more.
        bend = st[_BEFORE] + 2 * st[_DEPTH] + st[_AFTER]
        shift = (st[_BEFORE] - st[_AFTER]) * self._period // (2 * bend) if bend > 0 else 0
        self._toe_off = st[_TROUGH_TICK] + shift - _FILTER_DELAY
        st[_TOP] = st[_FASTEST] = 0
        st[_UNTIL] = self._now + _GIVE_UP
        st[_PHASE] = _SWING
        if self._contact >= 0:
            gct = min(_FIELD_MAX, self._toe_off - self._contact)
            self.put(_TC, self._pace.running, self._toe_off, gct, 0, 0, 0, 0)

    def _land(self):
        st = self._state
        adapt(st, st[_TOP], 0)
        st[_FROM] = self._now + _LATE
        st[_PHASE] = _SETTLE

    def _settle(self, head, ahead):
        st = self._state
        contact = st[_ZERO] - _FILTER_DELAY
        impact = self._impact(st[_ZERO], head, ahead)
        self.put(_IC, self._pace.running, impact, self._peak_mg(st[_IMPACT]), 0, 0, 0, 0)
        if self._contact >= 0 and contact - self._contact <= _STRIDE_MAX:
            self._pace.stride(
                self._contact,
                contact - self._contact,
                self._toe_off - self._contact,
                self._peak_mg(st[_HARD]),
                st[_FASTEST] >> 4,
                st[_CLIPPED] << 1,
            )
        self._contact = contact
        st[_HARD] = st[_IMPACT]
        st[_IMPACT] = st[_DEPTH] = st[_LOW] = st[_CLIPPED] = 0
        st[_FROM] = st[_ZERO] + _DEAD
        st[_PHASE] = _STANCE

    # The instant of the sharpest change of acceleration around the crossing.
    def _impact(self, zero, head, ahead):
        period = self._period
        skip = max(0, (self._now - zero - _LATE) // period)
        n = (self._now - zero + _EARLY) // period - skip
        ago = strongest(self._jerk, head, ahead + skip, n) - ahead
        # A change lies between two samples.
        return max(0, self._now - (ago - 1) * period - (period >> 1))

    def _peak_mg(self, square):
        return min(_FIELD_MAX, root(square) * self._mg >> 10)

    # One event; strides come from the pace, once it is known whether they are running.
    def put(self, kind, flags, tick, a, b, c, d, e):
        at = self._put_count % _HELD * _RECORD
        self._put_count += 1
        struct.pack_into("<BBIHHHHH", self._held, at, kind, flags, tick, a, b, c, d, e)
        if self._outlet:
            self._outlet.take(self._held, at, self._now)

    # This sign is right: everything held goes out, and everything later at once.
    def open(self, outlet):
        self._outlet = outlet
        for i in range(max(0, self._put_count - _HELD), self._put_count):
            outlet.take(self._held, i % _HELD * _RECORD, self._now)

    def close(self):
        self._outlet = None

    # No more samples will come.
    def finish(self):
        self._pace.stop()
