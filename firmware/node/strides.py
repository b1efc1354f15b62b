# From samples of a shoe to foot strikes (IC), toe-offs (TC) and strides, in integers.
#
# Both signs of the pitch axis are followed (gait.py) until it is known which is right
# (orientation.py); what was found is kept, so the first strides are not lost.
#
# Units: ticks of 25 us, mg, 0.1 deg/s. Filter states carry four fraction bits (Q4). Every product
# fits 32 bits.

from array import array

from micropython import const
from node.gait import Gait
from node.orientation import Orientation

_IC = const(1)
_EVENTS_MAX = const(64)
_RECORD = const(16)
_PITCH_TAU = const(160)  # 4 ms: keeps the instants of trough and crossing
_SWING_TAU = const(400)  # 10 ms, twice: decides on phases, so it must not ring with the impact
_LOST = const(8000)  # 200 ms: no stride is joined over a longer gap
_CLIP = const(32700)  # LSB: the end of the scale, but for a little

# A pass over a burst goes in pieces; gait.py knows the layout of `rates` from the same number.
_PIECE = const(16)
_A = const(32)
_Q = const(16)
_RING = const(256)  # samples of jerk: 140 ms and a piece at 1667 Hz are 250

# Places in the state of the filters
_A_SCALE = const(0)  # mg per LSB, Q10
_AX = const(1)  # the last sample, LSB
_AY = const(2)
_AZ = const(3)
_HEAD = const(4)  # the jerk ring's write place
_W_SCALE = const(5)  # 0.1 deg/s per LSB, Q10
_FAST = const(6)  # gains, Q10
_SLOW = const(7)
_PITCH = const(8)  # the filters' values, Q4
_HALF = const(9)
_SMOOTH = const(10)
_SIZE = const(11)
_AXIS = const(6)  # the pitch axis in the state of orientation.py


# Accelerations: sums for learning; the square of |a| into rates, of its change into the ring.
# Squares are of LSB / 4: three times (2^16 / 4)^2 stays below 2^30.
# ptr loads are zero-extended on 64-bit machines: (x ^ m) - m sign-extends them there and does
# nothing on a 32-bit board.
@micropython.viper
def shock(samples: ptr16, first: int, n: int, st: ptr32, sums: ptr32, rates: ptr32, jerk: ptr32):
    m = 1
    m <<= 31
    scale = int(st[_A_SCALE])
    x = (st[_AX] ^ m) - m
    y = (st[_AY] ^ m) - m
    z = (st[_AZ] ^ m) - m
    head = int(st[_HEAD])
    sx = sy = sz = 0
    i = first * 6
    k = 0
    while k < n:
        dx = x
        dy = y
        dz = z
        x = (samples[i] ^ 0x8000) - 0x8000
        y = (samples[i + 1] ^ 0x8000) - 0x8000
        z = (samples[i + 2] ^ 0x8000) - 0x8000
        i += 6
        dx = (x - dx) >> 2
        dy = (y - dy) >> 2
        dz = (z - dz) >> 2
        jerk[head] = dx * dx + dy * dy + dz * dz
        head = (head + 1) & 255
        dx = x >> 2
        dy = y >> 2
        dz = z >> 2
        # The two lowest bits are free for what clipped.
        square = (dx * dx + dy * dy + dz * dz) & -4
        if x > _CLIP or x < -_CLIP or y > _CLIP or y < -_CLIP or z > _CLIP or z < -_CLIP:
            square |= 1
        rates[k + _A] = square
        sx += (x * scale) >> 10
        sy += (y * scale) >> 10
        sz += (z * scale) >> 10
        k += 1
    st[_AX] = x
    st[_AY] = y
    st[_AZ] = z
    st[_HEAD] = head
    sums[0] = ((sums[0] ^ m) - m) + sx
    sums[1] = ((sums[1] ^ m) - m) + sy
    sums[2] = ((sums[2] ^ m) - m) + sz


# Rotations: sums for learning; the pitch rate (4 ms) and the smooth one (twice 10 ms) into rates.
@micropython.viper
def pitch(samples: ptr16, first: int, n: int, st: ptr32, sums: ptr32, rates: ptr32, axis: ptr32):
    m = 1
    m <<= 31
    scale = int(st[_W_SCALE])
    fast = int(st[_FAST])
    slow = int(st[_SLOW])
    ux = (axis[_AXIS] ^ m) - m
    uy = (axis[_AXIS + 1] ^ m) - m
    uz = (axis[_AXIS + 2] ^ m) - m
    p = (st[_PITCH] ^ m) - m
    half = (st[_HALF] ^ m) - m
    q = (st[_SMOOTH] ^ m) - m
    sx = sy = sz = 0
    i = first * 6 + 3
    k = 0
    while k < n:
        x = (samples[i] ^ 0x8000) - 0x8000
        y = (samples[i + 1] ^ 0x8000) - 0x8000
        z = (samples[i + 2] ^ 0x8000) - 0x8000
        i += 6
        if x > _CLIP or x < -_CLIP or y > _CLIP or y < -_CLIP or z > _CLIP or z < -_CLIP:
            rates[k + _A] = rates[k + _A] | 2
        x = (x * scale) >> 10
        y = (y * scale) >> 10
        z = (z * scale) >> 10
        sx += x
        sy += y
        sz += z
        x = (x * ux + y * uy + z * uz) >> 6
        p += ((x - p) * fast) >> 10
        half += ((x - half) * slow) >> 10
        q += ((half - q) * slow) >> 10
        rates[k] = p
        rates[k + _Q] = q
        k += 1
    st[_PITCH] = p
    st[_HALF] = half
    st[_SMOOTH] = q
    sums[3] = ((sums[3] ^ m) - m) + sx
    sums[4] = ((sums[4] ^ m) - m) + sy
    sums[5] = ((sums[5] ^ m) - m) + sz


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
        st = array("i", bytearray(4 * _SIZE))
        st[_A_SCALE] = accel_q
        st[_W_SCALE] = gyro_q
        st[_FAST] = 1024 * period_ticks // (period_ticks + _PITCH_TAU)
        st[_SLOW] = 1024 * period_ticks // (period_ticks + _SWING_TAU)
        self._filters = st
        self._sums = array("i", bytearray(4 * 6))
        self._rates = array("i", bytearray(4 * 3 * _PIECE))
        self._jerk = array("i", bytearray(4 * _RING))
        self._axis = Orientation(period_ticks)
        block_ticks = self._axis.block * period_ticks
        self._plus = Gait(1, period_ticks, block_ticks, self._jerk, accel_q)
        self._minus = Gait(-1, period_ticks, block_ticks, self._jerk, accel_q)
        self._right = None  # which of the two, once known
        self._filled = 0  # samples in the present learning block
        self._next = -1  # the tick that the next burst should begin at
        self._newest = array("i", (-1, -1, -1, -1))  # the last tick that went out, by kind
        self._count = 0
        self.events = bytearray(_EVENTS_MAX * _RECORD)

    # n samples (ax ay az gx gy gz), the first at first_tick; returns the number of events.
    def feed(self, samples, n, first_tick):
        self._count = 0
        if not -self._period <= first_tick - self._next <= _LOST:
            self._plus.restart(first_tick)
            self._minus.restart(first_tick)
        done = 0
        while done < n:
            piece = min(_PIECE, n - done, self._axis.block - self._filled)
            self._pass(samples, done, piece, first_tick + done * self._period)
            done += piece
        self._next = first_tick + n * self._period
        return self._count

    # The reel ends: what still waits goes out, by the present majority if the sign is not known.
    # Returns the number of events.
    def finish(self):
        self._count = 0
        self._plus.finish()
        self._minus.finish()
        if not self._right and self._axis.votes():
            self._open(self._axis.votes())
        return self._count

    def _pass(self, samples, first, n, tick):
        st = self._filters
        shock(samples, first, n, st, self._sums, self._rates, self._jerk)
        pitch(samples, first, n, st, self._sums, self._rates, self._axis.state)
        self._plus.follow(self._rates, n, tick, st[_HEAD])
        self._minus.follow(self._rates, n, tick, st[_HEAD])
        self._filled += n
        if self._filled == self._axis.block:
            self._filled = 0
            self._learn()

    def _learn(self):
        sign = self._axis.learn(self._sums, self._filters[_SMOOTH])
        self._plus.fade()
        self._minus.fade()
        if sign:
            self._open(sign)

    def _open(self, sign):
        right = self._plus if sign > 0 else self._minus
        if right is self._right:
            return
        if self._right:
            self._right.close()
        self._right = right
        right.open(self)

    # An event of the gait that is right. The first ones come late, so their age is set only here.
    # After a change of sign the other gait may repeat what has gone out: it is dropped.
    def take(self, held, at, now):
        kind = held[at]
        tick = held[at + 2] | held[at + 3] << 8 | held[at + 4] << 16 | held[at + 5] << 24
        if tick <= self._newest[kind] or self._count == _EVENTS_MAX:
            return
        self._newest[kind] = tick
        to = self._count * _RECORD
        self._count += 1
        move(self.events, to, held, at)
        if kind == _IC:
            age_ms = min(65535, (now - tick) // 40)
            self.events[to + 8] = age_ms & 255
            self.events[to + 9] = age_ms >> 8
