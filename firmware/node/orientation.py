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
_QUIET_TAU = const(1200)  # 30 ms

_TURNING = const(1000)  # 100 deg/s: slower turning says nothing about the axis
_QUIET = const(14400)  # 90 deg/s, Q4: the foot stands
_PUSH_OFF = const(24000)  # 150 deg/s, Q4: after standing, the heel rises
_BRAKE = const(16000)  # 1 g, Q4
_VOTE_TICKS = const(40000)  # 1 s
_LOCK = const(4)  # two votes gave a wrong sign in three recordings of eighty, four in none
_VOTES_MAX = const(8)

# Places in the state array. Of three axes the first is named.
_UP = const(0)  # mean specific force, Q4
_AXIS = const(6)  # unit pitch axis, Q10; zero until anything turned
_FORWARD = const(9)  # unit vector, Q10: where the toes point if the sign is right
_MEAN_A = const(12)  # means of the block
_MEAN_W = const(15)
_LEVEL = const(18)  # unit vector up, Q10
_NEW = const(21)  # the next axis before it is accepted
_SPEED = const(24)  # filtered |w|, Q4
_BRAKING = const(25)  # filtered acceleration forward, Q4
_STRONGEST = const(26)  # its extremum since the last vote
_VOTE_AGE = const(27)  # ticks since the last vote
_STOOD = const(28)  # 1 while the foot stands or has stood and not yet pushed off
_VOTES = const(29)
_SIGN = const(30)  # +1, -1, or 0: not known yet
_BLOCK = const(31)  # ticks of a block
_FORWARD_GAIN = const(32)
_QUIET_GAIN = const(33)
_SPREAD = const(34)  # mean products of the rotation in 0.8 deg/s: xx yy zz xy xz yz
_PRODUCTS = const(40)  # those of the block
_SIZE = const(46)


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


# ptr32 loads are zero-extended on 64-bit machines: (x ^ m) - m with m = -2^31 sign-extends them
# there and does nothing on a 32-bit board. Here as in every kernel.
@micropython.viper
def dot(st: ptr32, a: int, b: int, shift: int) -> int:
    m = 1
    m <<= 31
    total = 0
    i = 0
    while i < 3:
        total += (((st[a + i] ^ m) - m) >> shift) * ((st[b + i] ^ m) - m)
        i += 1
    return total


# The block's means, from sums that begin anew. Rotations are held below 1800 deg/s on each axis:
# three of them squared stay below 2^30.
@micropython.viper
def average(st: ptr32, sums: ptr32, count: int):
    m = 1
    m <<= 31
    i = 0
    while i < 6:
        x = ((sums[i] ^ m) - m) // count
        if i >= 3:
            if x > 18000:
                x = 18000
            if x < -18000:
                x = -18000
        st[_MEAN_A + i] = x
        sums[i] = 0
        i += 1


# st[at..] += (factor * st[x_at..] - st[at..]) * gain. The difference drops its four fraction bits,
# else it would leave 32 bits at the high gains of the start.
@micropython.viper
def approach(st: ptr32, at: int, x_at: int, factor: int, gain: int):
    m = 1
    m <<= 31
    i = 0
    while i < 3:
        y = (st[at + i] ^ m) - m
        x = (st[x_at + i] ^ m) - m
        st[at + i] = y + ((((x * factor - y) >> 4) * gain + 512) >> 10)
        i += 1


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


# Takes the block's rotation into the mean products. Differences drop seven bits, else they would
# leave 32 bits at the high gains of the start.
@micropython.viper
def spread(st: ptr32, gain: int):
    m = 1
    m <<= 31
    x = ((st[_MEAN_W] ^ m) - m) >> 3
    y = ((st[_MEAN_W + 1] ^ m) - m) >> 3
    z = ((st[_MEAN_W + 2] ^ m) - m) >> 3
    st[_PRODUCTS] = x * x
    st[_PRODUCTS + 1] = y * y
    st[_PRODUCTS + 2] = z * z
    st[_PRODUCTS + 3] = x * y
    st[_PRODUCTS + 4] = x * z
    st[_PRODUCTS + 5] = y * z
    i = 0
    while i < 6:
        mean = (st[_SPREAD + i] ^ m) - m
        new = (st[_PRODUCTS + i] ^ m) - m
        st[_SPREAD + i] = mean + ((((new - mean) >> 7) * gain + 64) >> 7)
        i += 1


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
    upright = int(dot(st, _NEW, _LEVEL, 0)) >> 10
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
# points backwards. Returns the vote: for the axis as it is (1), against it (-1), or none.
@micropython.viper
def braking_vote(st: ptr32) -> int:
    m = 1
    m <<= 31
    y = (st[_BRAKING] ^ m) - m
    x = int(dot(st, _MEAN_A, _FORWARD, 0)) >> 6
    y += (((x - y) >> 4) * int(st[_FORWARD_GAIN])) >> 10
    st[_BRAKING] = y
    strongest = (st[_STRONGEST] ^ m) - m
    if (y > strongest and y > 0 - strongest) or (y < strongest and y < 0 - strongest):
        strongest = y
    age = int(st[_VOTE_AGE]) + int(st[_BLOCK])
    vote = 0
    if age >= _VOTE_TICKS:
        if strongest > _BRAKE:
            vote = -1
        elif strongest < -_BRAKE:
            vote = 1
        age = 0
        strongest = 0
    st[_STRONGEST] = strongest
    st[_VOTE_AGE] = age
    return vote


# A foot that stood turns heel-up first, against the direction of the swing.
@micropython.viper
def standing_vote(st: ptr32, speed: int, q: int) -> int:
    y = int(st[_SPEED])
    y += ((speed * 16 - y) >> 4) * int(st[_QUIET_GAIN]) >> 10
    st[_SPEED] = y
    if y < _QUIET:
        st[_STOOD] = 1
    elif st[_STOOD]:
        if q > _PUSH_OFF:
            st[_STOOD] = 0
            return -1
        if q < -_PUSH_OFF:
            st[_STOOD] = 0
            return 1
    return 0


class Orientation:
    def __init__(self, period_ticks):
        self.block = max(1, _BLOCK_TICKS // period_ticks)  # samples
        self.state = array("i", bytearray(4 * _SIZE))
        ticks = self.block * period_ticks
        self.state[_BLOCK] = ticks
        self.state[_FORWARD_GAIN] = _ONE * ticks // (ticks + _FORWARD_TAU)
        self.state[_QUIET_GAIN] = _ONE * ticks // (ticks + _QUIET_TAU)
        self._gravity_gain = _ONE * ticks // (ticks + _GRAVITY_TAU)
        self._axis_gain = _ONE * ticks // (ticks + _AXIS_TAU)
        self._blocks = 0
        self._turns = 0

    # sums: six sums over the block's samples, cleared here; q: the smooth pitch rate, Q4.
    # Returns the sign of the axis: +1, -1, or 0 while it is not known.
    def learn(self, sums, q):
        st = self.state
        average(st, sums, self.block)
        # Until a filter has seen its time constant it is a plain mean: a quick start.
        self._blocks = min(self._blocks + 1, _ONE)
        approach(st, _UP, _MEAN_A, 16, max(self._gravity_gain, _ONE // self._blocks))
        speed = root(dot(st, _MEAN_W, _MEAN_W, 0))
        if speed > _TURNING and unit(st, _UP, 5, _LEVEL):
            self._learn_axis(st)
        if self._turns:
            vote = braking_vote(st) + standing_vote(st, speed, q)
            if vote:
                self._count(st, vote)
        return st[_SIGN]

    def _learn_axis(self, st):
        spread(st, max(self._axis_gain, _ONE // (self._turns + 1)))
        if self._turns:
            iterate(st)
        else:
            for i in range(3):
                st[_NEW + i] = st[_MEAN_W + i]
        turned = unit(st, _NEW, 1, _PRODUCTS)
        level(st)
        # An axis near the vertical tells that the runner turned, not the foot.
        if unit(st, _NEW, 1, _NEW) * 4 > turned:
            accept(st)
            self._turns = min(self._turns + 1, _ONE)

    def _count(self, st, vote):
        votes = min(_VOTES_MAX, max(-_VOTES_MAX, st[_VOTES] + vote))
        st[_VOTES] = votes
        if votes >= _LOCK:
            st[_SIGN] = 1
        elif votes <= -_LOCK:
            st[_SIGN] = -1

    # The present majority: positive for the axis as it is.
    def votes(self):
        return self.state[_VOTES]
