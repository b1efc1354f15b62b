# The phases of a foot's cycle, followed for one sign of the pitch axis.
#
# stance: the heel rises, the deepest pitch rate of that push is toe-off (TC);
# swing: the pitch rate peaks and returns through zero: the foot is set down (contact).
# Around that crossing the first sharp change of acceleration is the impact itself (IC); it is
# looked for once all of it has been seen, while stance goes on.
# Trough and crossing lie equally early, so their difference is the contact time; only the impact
# is an instant that two shoes can be compared by.

from array import array

from micropython import const
from node.impact import GYRO_DELAY, Impact
from node.pace import Pace
from node.push import middle
from node.reading import Reading

_IC = const(1)
_TC = const(2)
_PROVISIONAL = const(32)

_STANCE = const(0)
_SWING = const(1)
# Why a pass over samples may end early; the last may come with the first
_LIFTED = const(1)
_LANDED = const(2)
_LOST = const(3)
_SETTLED = const(4)

# Places in the state array. Rates are Q4 of 0.1 deg/s; only _SIGN, _P, _BEFORE, _AFTER, _SINCE and _UNTIL
# can be negative.
_PHASE = const(0)
_SIGN = const(1)
_PERIOD = const(2)
_P = const(3)  # pitch rate of the last sample
_FROM = const(4)  # pushes count from this tick on ...
_HEEL_FROM = const(5)  # ... and tell a swing from this one on: the shoe has stopped ringing
_DEPTH = const(6)  # the present push: its depth, positive, 0: none
_BEFORE = const(7)  # the neighbours of its deepest sample
_AFTER = const(8)
_DEEPEST = const(9)  # tick of that sample
_TROUGH = const(10)  # the same four of the last whole push
_TROUGH_BEFORE = const(11)
_TROUGH_AFTER = const(12)
_TROUGH_TICK = const(13)
_LOW = const(14)  # how far the smooth rate went below zero since the contact, positive
_TOP = const(15)  # highest smooth rate of this swing
_FASTEST = const(16)  # highest rate of this swing
_READY = const(17)  # no swing begins before this tick
_UNTIL = const(18)  # a swing that lasts longer was none
_ZERO = const(19)  # tick of the crossing
_SETTLES = const(20)  # all of the impact has been seen at this tick, 0: nothing waits
_HARD = const(21)  # largest |a|^2 of the stride until the last swing peak
_IMPACT = const(22)  # and since
_CLIPPED = const(23)  # 1 acceleration, 2 rotation, since the last contact
_USUAL = const(24)  # the usual top of a swing
_ON = const(25)  # a smooth rate above this is a swing ...
_PUSH = const(26)  # ... if the heel rose faster than this before
_PUSHES = const(27)  # since the contact
_SIZE = const(28)

# In ticks of 25 us
_DEAD = const(1600)  # 40 ms after contact the slap of the sole is over
_RINGING = const(4000)  # 100 ms after contact the shoe still rings
_SLAP = const(1600)  # a push before that by 40 ms is the slap of the sole
_REFRACTORY = const(11200)  # 280 ms from a swing's peak to the next swing: nobody is faster
_GIVE_UP = const(60000)  # 1.5 s: no swing lasts that long
_STALE = const(24000)  # 600 ms: an older push-off is not this swing's
# So long after the crossing all of the impact has been seen: 120 ms in walking, whose last step sets the sole down
# late, 80 ms in running.
_LATEST = (4800, 3200)
_FILTER_DELAY = const(160)  # 4 ms: the filter of the pitch rate
# 450 ms: a push after a longer contact is a walker's, slow and flat: its middle scatters less than its deepest point
_SLOW = const(18000)
_REMEMBERED = const(400)  # samples since the deepest: the ring still has what was before it
_STRIDE_MAX = const(92000)  # 2.3 s: longer is standing, not a stride
_FADE = const(160000)  # 4 s: how fast a fast runner's thresholds fall again
# Trough and crossing come so long before the foot leaves and touches the ground: 27 and 35 ms in
# walks checked by hand.
_LEAD = const(1200)

_SWING_MIN = const(16000)  # 100 deg/s
_PUSH_MIN = const(8000)  # 50 deg/s

# Layout of `rates` (strides.py fills it): p, then q, then |a|^2 with clip flags, 16 each.
_Q = const(16)
_A = const(32)
_KEPT = const(48)  # events: 16 strides
_FIELD_MAX = const(65535)


# Both kernels follow samples k..n-1 until something happens and return the next k, with the reason << 8.
# ptr32 loads are zero-extended on 64-bit machines: (x ^ m) - m with m = -2^31 sign-extends them
# there and does nothing on a 32-bit board.


# The foot is in the air, until it is set down.
@micropython.viper
def swing(st: ptr32, rates: ptr32, k: int, n: int, now: int) -> int:
    m = 1
    m <<= 31
    period = int(st[_PERIOD])
    sign = (st[_SIGN] ^ m) - m
    p = (st[_P] ^ m) - m
    impact = int(st[_IMPACT])
    clipped = int(st[_CLIPPED])
    why = 0
    while k < n and why == 0:
        before = p
        p = ((rates[k] ^ m) - m) * sign
        q = ((rates[k + _Q] ^ m) - m) * sign
        square = int(rates[k + _A])
        if square > impact:
            impact = square
        clipped |= square & 3
        top = int(st[_TOP])
        if p > st[_FASTEST]:
            st[_FASTEST] = p
        if q > top:
            st[_TOP] = q
            st[_READY] = now + _REFRACTORY
            # What shook the shoe so far belongs to the stride that is ending.
            if impact > st[_HARD]:
                st[_HARD] = impact
            impact = 0
        elif q < top - (top >> 2) and (p <= 0 or q < top >> 3):
            st[_ZERO] = now
            if p <= 0 and before > 0:
                st[_ZERO] = now + p * period // (before - p)
            why = int(_LANDED)
        elif now > st[_UNTIL]:
            why = int(_LOST)
        now += period
        k += 1
    st[_P] = p
    st[_IMPACT] = impact
    st[_CLIPPED] = clipped
    return k | why << 8


# The foot is on the ground, until it swings again; the impact settles meanwhile.
@micropython.viper
def stance(st: ptr32, rates: ptr32, k: int, n: int, now: int) -> int:
    m = 1
    m <<= 31
    period = int(st[_PERIOD])
    sign = (st[_SIGN] ^ m) - m
    p = (st[_P] ^ m) - m
    impact = int(st[_IMPACT])
    clipped = int(st[_CLIPPED])
    why = 0
    while k < n and why == 0:
        before = p
        p = ((rates[k] ^ m) - m) * sign
        q = ((rates[k + _Q] ^ m) - m) * sign
        square = int(rates[k + _A])
        if square > impact:
            impact = square
        clipped |= square & 3
        if now >= st[_FROM]:
            depth = int(st[_DEPTH])
            if p < 0 - depth and p < 0 - int(st[_PUSH]):
                st[_DEPTH] = 0 - p
                st[_BEFORE] = before
                st[_AFTER] = p
                st[_DEEPEST] = now
            elif depth:
                if now - st[_DEEPEST] == period:
                    st[_AFTER] = p
                # A quarter is rest enough: in a short contact the heel rises before the slap has died away.
                if p > 0 - (depth >> 2):
                    pushed(st, now, depth)
            if 0 - q > st[_LOW] and now >= st[_HEEL_FROM]:
                st[_LOW] = 0 - q
            if q > st[_ON] and now >= st[_READY]:
                if now - st[_TROUGH_TICK] > _STALE:
                    st[_LOW] = 0
                if st[_LOW] > st[_PUSH]:
                    why = int(_LIFTED)
        if st[_SETTLES] and now >= st[_SETTLES]:
            st[_SETTLES] = 0
            why |= int(_SETTLED)
        now += period
        k += 1
    st[_P] = p
    st[_IMPACT] = impact
    st[_CLIPPED] = clipped
    return k | why << 8


# A push is over. It takes the place of the one before, which may have been the slap of the sole; the later
# that was, the less likely.
@micropython.viper
def pushed(st: ptr32, now: int, depth: int):
    st[_PUSHES] = int(st[_PUSHES]) + 1
    age = now - st[_TROUGH_TICK]
    slap = st[_HEEL_FROM] - st[_TROUGH_TICK]
    share = 5
    if age > _STALE or slap > _SLAP:
        share = 0
    elif slap > 0:
        share = 3
    if depth * 8 >= int(st[_TROUGH]) * share:
        st[_TROUGH] = depth
        st[_TROUGH_BEFORE] = st[_BEFORE]
        st[_TROUGH_AFTER] = st[_AFTER]
        st[_TROUGH_TICK] = st[_DEEPEST]
    st[_DEPTH] = 0


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


class Gait(Reading):
    # jerk: the ring of squared changes of acceleration, one per sample, shared by both signs.
    # pushes: that of the pitch rate, 0.1 deg/s.
    def __init__(self, sign, period, block_ticks, jerk, pushes, accel_q):
        super().__init__(accel_q, _KEPT)
        self._period = period
        self._delay = _FILTER_DELAY + (period * GYRO_DELAY >> 10)
        self._fade = (block_ticks << 16) // _FADE
        self._state = array("i", bytearray(4 * _SIZE))
        self._state[_SIGN] = sign
        self._state[_PERIOD] = period
        self._impact = Impact(period, jerk, accel_q, _LATEST)
        self._pushes = pushes
        self._pace = Pace(self)
        self.restart(0)

    # After a gap nothing may be joined across it. Thresholds stay.
    def restart(self, tick):
        st = self._state
        for i in range(_DEPTH, _USUAL):
            st[i] = 0
        st[_PHASE] = st[_P] = st[_PUSHES] = 0
        st[_FROM] = st[_HEEL_FROM] = st[_TROUGH_TICK] = st[_READY] = tick
        adapt(st, 0, 0)
        self._contact = -1
        self._toe_off = -1
        self._slapped = False
        self._pace.stop()

    # Once per learning block.
    def fade(self):
        adapt(self._state, 0, self._fade)
        if self._contact >= 0 and self._now - self._contact > _STRIDE_MAX + _LATEST[0]:
            self._contact = -1
            self._pace.stop()

    # n samples of `rates`, the first at `tick`; head: the jerk ring's write place after them.
    def follow(self, rates, n, tick, head):
        k = 0
        while k < n:
            kernel = swing if self._state[_PHASE] else stance
            result = kernel(self._state, rates, k, n, tick + k * self._period)
            k = result & 255
            if result > 255:
                self._now = tick + (k - 1) * self._period
                self._happened(result >> 8, head, n - k)
        self._now = tick + (n - 1) * self._period

    def _happened(self, why, head, ahead):
        lifted = why & 3 == _LIFTED
        # A foot that lifts has had its impact.
        if why & _SETTLED or (lifted and self._state[_SETTLES]):
            self._state[_SETTLES] = 0
            self._settle(head, ahead)
        why &= 3
        if lifted:
            self._lift(head - ahead)
        elif why == _LANDED:
            self._land()
        elif why == _LOST:
            self._state[_PHASE] = _STANCE
            self._contact = -1

    # newest: the ring's place after the present sample.
    def _lift(self, newest):
        st = self._state
        # A parabola through the deepest sample and its neighbours: the sample alone scatters more.
        bend = st[_TROUGH_BEFORE] + 2 * st[_TROUGH] + st[_TROUGH_AFTER]
        shift = (st[_TROUGH_BEFORE] - st[_TROUGH_AFTER]) * self._period // (2 * bend) if bend > 0 else 0
        ago = (self._now - st[_TROUGH_TICK]) // self._period + 1
        if self._contact >= 0 and st[_TROUGH_TICK] - self._contact > _SLOW and ago < _REMEMBERED:
            shift = middle(self._pushes, newest - ago, ago - 1, st[_SIGN]) * self._period // 32
        self._toe_off = st[_TROUGH_TICK] + shift - self._delay
        self._slapped = st[_PUSHES] > 1
        st[_TOP] = st[_FASTEST] = 0
        st[_UNTIL] = self._now + _GIVE_UP
        st[_PHASE] = _SWING
        if self._contact >= 0:
            gct = max(0, min(_FIELD_MAX, self._toe_off - self._contact))
            self.put(_TC, self._pace.running, self._toe_off + _LEAD, gct, 0, 0, 0, 0)

    def _land(self):
        st = self._state
        adapt(st, st[_TOP], 0)
        zero = st[_ZERO]
        st[_PHASE] = _STANCE
        st[_DEPTH] = st[_TROUGH] = st[_LOW] = st[_PUSHES] = 0
        st[_TROUGH_TICK] = zero
        st[_FROM] = zero + _DEAD
        st[_HEEL_FROM] = zero + _RINGING
        st[_SETTLES] = zero + _LATEST[self._pace.running]
        if self._outlet:
            running = self._pace.running
            tick = max(0, zero - self._delay + self._impact.usual(running))
            self.put(_IC, running | _PROVISIONAL, tick, self._peak_mg(st[_IMPACT]), 0, 0, 0, 0)

    def _settle(self, head, ahead):
        st = self._state
        running = self._pace.running
        contact = st[_ZERO] - self._delay
        impact = self._impact.after(contact, self._now, head, ahead, running)
        self.put(_IC, running, max(0, contact + impact), self._peak_mg(st[_IMPACT]), 0, 0, 0, 0)
        if self._contact >= 0 and contact - self._contact <= _STRIDE_MAX:
            self._pace.stride(
                self._contact,
                contact - self._contact,
                self._toe_off - self._contact,
                self._peak_mg(st[_HARD]),
                st[_FASTEST] >> 4,
                st[_CLIPPED] << 1,
                self._impact.sharp,
                self._slapped,
            )
        self._contact = contact
        st[_HARD] = st[_IMPACT]
        st[_IMPACT] = st[_CLIPPED] = 0

    # No more samples will come.
    def finish(self):
        self._pace.stop()
