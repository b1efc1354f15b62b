# Which way the tag sits on the shoe, learned from the motion itself, in any mounting.
#
# The pitch axis (which the foot swings about) is the horizontal direction in which the foot turns
# most: the principal axis of its rotation, in the plane that gravity tells. What remains open is
# its sign: does a swing read positive or negative? Two independent observations vote on it. Until
# the vote is clear both signs are followed (gait.py), so nothing is lost before it is.
#
# Learning runs once per block of samples, about every 19 ms at any rate, on the block's means.
# Rates are 0.1 deg/s, accelerations mg; Q4 means four fraction bits. Every product fits 32 bits,
# also for three axes at the end of their scale.

from array import array

from micropython import const

_BLOCK_TICKS = const(768)  # 19.2 ms in ticks of 25 us
_ONE = const(16384)  # gains are Q14
_GRAVITY_TAU = const(80000)  # 2 s: several strides, so that what swings averages out
_AXIS_TAU = const(120000)  # 3 s of turning
_FORWARD_TAU = const(800)  # 20 ms: removes the shock, keeps the deceleration of the late swing
_TURNS_AT_ONCE = const(8)  # blocks of turning after each of which the axis is found anew ...
_TURNS_SKIPPED = const(3)  # ... then a mask: after every fourth

_TURNING = const(1000000)  # (100 deg/s)^2: slower turning says nothing about the axis
_QUIET = const(810000)  # (90 deg/s)^2: the foot stands ...
_STOOD = const(4000)  # ... if it is quiet for 100 ms
_PUSH_OFF = const(24000)  # 150 deg/s, Q4: after standing, the heel rises
_BRAKE = const(16000)  # 1 g, Q4
_VOTE_TICKS = const(40000)  # 1 s
_BRAKING_VOTES = const(2)  # 98 in 100 are right; short contacts at low speed deceive the other kind
_LOCK = const(5)  # so three observations at least: with two the sign was wrong in three recordings of eighty
_VOTES_MAX = const(10)

# Places in the state array. Of three axes the first is named.
UP = const(0)  # mean specific force, Q4
_AXIS = const(6)  # unit pitch axis, Q10; zero until anything turned
_FORWARD = const(9)  # unit vector, Q10: where the toes point if the sign is right
_MEAN_A = const(12)  # means of the block
_MEAN_W = const(15)
_LEVEL = const(18)  # unit vector up, Q10
_NEW = const(21)  # the next axis before it is accepted
QUIET_FOR = const(24)  # ticks
_BRAKING = const(25)  # filtered acceleration forward, Q4
_STRONGEST = const(26)  # its extremum since the last vote
_VOTE_AGE = const(27)  # ticks since the last vote
_HAS_STOOD = const(28)  # 1 while the foot stands or has stood and not yet pushed off
_VOTES = const(29)
_SIGN = const(30)  # +1, -1, or 0: not known yet
_BLOCK = const(31)  # ticks of a block
_FORWARD_GAIN = const(32)
_UP_GAIN = const(33)
_SPREAD = const(34)  # mean products of the rotation in 0.8 deg/s: xx yy zz xy xz yz
_SPREAD_GAIN = const(40)
_SHIFT = const(41)  # samples of a block, as a power of two
_SCRATCH = const(42)
PEAK = const(45)  # largest |a|^2 since whoever reads it cleared it, LSB / 4
NEAR = const(46)  # mean specific force of the last moments, Q4
_SIZE = const(49)


# Integer square root by bits: no division, no float; for anything below 2^30.
@micropython.viper
def root(square: int) -> int:
    bit = 1 << 28
    result = 0
    while bit:
        if square >= result + bit:
            square -= result + bit
            result = (result >> 1) + bit
        else:
            result = result >> 1
        bit = bit >> 2
    return result


# Takes a block in, from sums that begin anew: means, gravity and, if the foot turns, the spread of
# its rotation. Returns whether it turns. Rotations are held below 1800 deg/s on each axis: three of
# them squared stay below 2^30. Differences drop bits before they are multiplied, else they would
# leave 32 bits at the high gains of the start.
# ptr32 loads are zero-extended on 64-bit machines: (x ^ m) - m with m = -2^31 sign-extends them
# there and does nothing on a 32-bit board. Here as in every kernel.
@micropython.viper
def take_in(st: ptr32, sums: ptr32) -> int:
    m = 1
    m <<= 31
    shift = int(st[_SHIFT])
    gain = int(st[_UP_GAIN])
    if sums[6] > st[PEAK]:
        st[PEAK] = sums[6]
    sums[6] = 0
    i = 0
    while i < 3:
        x = ((sums[i] ^ m) - m) >> shift
        sums[i] = 0
        st[_MEAN_A + i] = x
        y = (st[UP + i] ^ m) - m
        st[UP + i] = y + ((((x * 16 - y) >> 4) * gain + 512) >> 10)
        y = (st[NEAR + i] ^ m) - m
        st[NEAR + i] = y + ((x * 16 - y) >> 3)
        x = ((sums[3 + i] ^ m) - m) >> shift
        sums[3 + i] = 0
        if x > 18000:
            x = 18000
        if x < -18000:
            x = -18000
        st[_MEAN_W + i] = x
        i += 1
    x = (st[_MEAN_W] ^ m) - m
    y = (st[_MEAN_W + 1] ^ m) - m
    z = (st[_MEAN_W + 2] ^ m) - m
    square = x * x + y * y + z * z
    quiet = int(st[QUIET_FOR]) + int(st[_BLOCK])
    if square > _QUIET:
        quiet = 0
    elif quiet >= _STOOD:
        quiet = int(_STOOD)
        st[_HAS_STOOD] = 1
    st[QUIET_FOR] = quiet
    if square < _TURNING:
        return 0
    gain = int(st[_SPREAD_GAIN])
    x = x >> 3
    y = y >> 3
    z = z >> 3
    i = 0
    while i < 6:
        new = x * x
        if i == 1:
            new = y * y
        elif i == 2:
            new = z * z
        elif i == 3:
            new = x * y
        elif i == 4:
            new = x * z
        elif i == 5:
            new = y * z
        mean = (st[_SPREAD + i] ^ m) - m
        st[_SPREAD + i] = mean + ((((new - mean) >> 7) * gain + 64) >> 7)
        i += 1
    return 1


# st[out..] = v / |v| in Q10; returns |v| >> shift. The shift keeps the square below 2^30.
@micropython.viper
def unit(st: ptr32, v: int, shift: int, out: int) -> int:
    m = 1
    m <<= 31
    x = ((st[v] ^ m) - m) >> shift
    y = ((st[v + 1] ^ m) - m) >> shift
    z = ((st[v + 2] ^ m) - m) >> shift
    length = int(root(x * x + y * y + z * z))
    if length:
        st[out] = (x << 10) // length
        st[out + 1] = (y << 10) // length
        st[out + 2] = (z << 10) // length
    return length


# st[_NEW..] = the spread times the axis: one step of the power iteration towards the principal axis.
# It never turns the axis by more than a right angle, so its sign keeps its meaning.
@micropython.viper
def iterate(st: ptr32):
    m = 1
    m <<= 31
    x = (st[_AXIS] ^ m) - m
    y = (st[_AXIS + 1] ^ m) - m
    z = (st[_AXIS + 2] ^ m) - m
    # 15 bits are enough, and leave room for the products.
    shift = 0
    while (int(st[_SPREAD]) + int(st[_SPREAD + 1]) + int(st[_SPREAD + 2])) >> shift > 0x7FFF:
        shift += 1
    xy = ((st[_SPREAD + 3] ^ m) - m) >> shift
    xz = ((st[_SPREAD + 4] ^ m) - m) >> shift
    yz = ((st[_SPREAD + 5] ^ m) - m) >> shift
    st[_NEW] = ((int(st[_SPREAD]) >> shift) * x + xy * y + xz * z) >> 10
    st[_NEW + 1] = (xy * x + (int(st[_SPREAD + 1]) >> shift) * y + yz * z) >> 10
    st[_NEW + 2] = (xz * x + yz * y + (int(st[_SPREAD + 2]) >> shift) * z) >> 10


# Leaves the horizontal part of st[_NEW..].
@micropython.viper
def level(st: ptr32):
    m = 1
    m <<= 31
    upright = 0
    i = 0
    while i < 3:
        upright += ((st[_NEW + i] ^ m) - m) * ((st[_LEVEL + i] ^ m) - m)
        i += 1
    upright = upright >> 10
    i = 0
    while i < 3:
        v = (st[_NEW + i] ^ m) - m
        st[_NEW + i] = v - ((upright * ((st[_LEVEL + i] ^ m) - m)) >> 10)
        i += 1


# Takes the new axis; forward = up x axis.
@micropython.viper
def accept(st: ptr32):
    m = 1
    m <<= 31
    x = (st[_NEW] ^ m) - m
    y = (st[_NEW + 1] ^ m) - m
    z = (st[_NEW + 2] ^ m) - m
    ux = (st[_LEVEL] ^ m) - m
    uy = (st[_LEVEL + 1] ^ m) - m
    uz = (st[_LEVEL + 2] ^ m) - m
    st[_AXIS] = x
    st[_AXIS + 1] = y
    st[_AXIS + 2] = z
    st[_FORWARD] = (uy * z - uz * y) >> 10
    st[_FORWARD + 1] = (uz * x - ux * z) >> 10
    st[_FORWARD + 2] = (ux * y - uy * x) >> 10


# A swinging foot is braked before it lands: within each second the strongest filtered acceleration
# points backwards. And a foot that stood turns heel-up first, against the direction of the swing; q
# is the smooth pitch rate. Returns the votes of this block for the axis as it is (positive), against
# it (negative), or none.
@micropython.viper
def vote(st: ptr32, q: int) -> int:
    m = 1
    m <<= 31
    x = 0
    i = 0
    while i < 3:
        x += ((st[_MEAN_A + i] ^ m) - m) * ((st[_FORWARD + i] ^ m) - m)
        i += 1
    y = (st[_BRAKING] ^ m) - m
    y += ((((x >> 6) - y) >> 4) * int(st[_FORWARD_GAIN])) >> 10
    st[_BRAKING] = y
    strongest = (st[_STRONGEST] ^ m) - m
    if (y > strongest and y > 0 - strongest) or (y < strongest and y < 0 - strongest):
        strongest = y
    age = int(st[_VOTE_AGE]) + int(st[_BLOCK])
    votes = 0
    if age >= _VOTE_TICKS:
        if strongest > _BRAKE:
            votes = -_BRAKING_VOTES
        elif strongest < -_BRAKE:
            votes = int(_BRAKING_VOTES)
        age = 0
        strongest = 0
    st[_STRONGEST] = strongest
    st[_VOTE_AGE] = age
    if st[_HAS_STOOD] and st[QUIET_FOR] == 0:
        if q > _PUSH_OFF:
            votes -= 1
            st[_HAS_STOOD] = 0
        elif q < -_PUSH_OFF:
            votes += 1
            st[_HAS_STOOD] = 0
    return votes


class Orientation:
    def __init__(self, period_ticks):
        # A power of two near 19 ms.
        shift = 0
        while period_ticks << shift + 1 <= _BLOCK_TICKS:
            shift += 1
        self.block = 1 << shift  # samples
        self.state = array("i", bytearray(4 * _SIZE))
        ticks = self.block * period_ticks
        self.state[_SHIFT] = shift
        self.state[_BLOCK] = ticks
        self.state[_FORWARD_GAIN] = _ONE * ticks // (ticks + _FORWARD_TAU)
        self._gravity_gain = _ONE * ticks // (ticks + _GRAVITY_TAU)
        self._axis_gain = _ONE * ticks // (ticks + _AXIS_TAU)
        self._blocks = 0
        self.turns = 0  # blocks in which the foot turned

    # sums: six sums over the block's samples, cleared here; q: the smooth pitch rate, Q4.
    # Returns the sign of the axis: +1, -1, or 0 while it is not known.
    def learn(self, sums, q):
        st = self.state
        # Until a filter has seen its time constant it is a plain mean: a quick start.
        if self._blocks < _ONE and st[_UP_GAIN] != self._gravity_gain:
            self._blocks += 1
            st[_UP_GAIN] = max(self._gravity_gain, _ONE // self._blocks)
        if take_in(st, sums):
            self._turned(st)
        if self.turns:
            votes = vote(st, q)
            if votes:
                self._count(st, votes)
        return st[_SIGN]

    def _turned(self, st):
        self.turns = turns = (self.turns + 1) & _ONE - 1 or 2 * _TURNS_AT_ONCE
        st[_SPREAD_GAIN] = max(self._axis_gain, _ONE // (turns + 1)) if turns < 1024 else self._axis_gain
        if turns <= _TURNS_AT_ONCE or not turns & _TURNS_SKIPPED:
            self._find_axis(st)

    def _find_axis(self, st):
        if st[_AXIS] or st[_AXIS + 1] or st[_AXIS + 2]:
            iterate(st)
        else:
            for i in range(3):
                st[_NEW + i] = st[_MEAN_W + i]
        turned = unit(st, _NEW, 1, _SCRATCH)
        # An axis near the vertical tells that the runner turned, not the foot.
        if unit(st, UP, 5, _LEVEL):
            level(st)
            if unit(st, _NEW, 1, _NEW) * 4 > turned:
                accept(st)

    def _count(self, st, votes):
        votes = min(_VOTES_MAX, max(-_VOTES_MAX, st[_VOTES] + votes))
        st[_VOTES] = votes
        if votes >= _LOCK:
            st[_SIGN] = 1
        elif votes <= -_LOCK:
            st[_SIGN] = -1

    # The present majority: positive for the axis as it is.
    def votes(self):
        return self.state[_VOTES]
