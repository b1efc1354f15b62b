# From the sensor's samples to what the detector follows: pitch rate, a smooth pitch rate, |a| and how
# sharply the acceleration changes. In integers, a piece of up to 16 samples at a time.
#
# Units: mg, 0.1 deg/s. Filter states carry four fraction bits (Q4). Every product fits 32 bits.

from array import array

from micropython import const

_PITCH_TAU = const(160)  # 4 ms: keeps the instants of trough and crossing
_SWING_TAU = const(400)  # 10 ms, twice: decides on phases, so it must not ring with the impact
_CLIP = const(32700)  # LSB: the end of the scale, but for a little

# gait.py and accel_only.py know this layout of `rates`: pitch rate, smooth one, |a|^2.
PIECE = const(16)
_Q = const(16)
_A = const(32)
RING = const(512)  # samples of jerk and of pitch rate: 300 ms at 1667 Hz

# Places in the state of the filters
_A_SCALE = const(0)  # mg per LSB, Q10
_AX = const(1)  # the last sample, LSB
_AY = const(2)
_AZ = const(3)
HEAD = const(4)  # the jerk ring's write place
_W_SCALE = const(5)  # 0.1 deg/s per LSB, Q10
_FAST = const(6)  # gains, Q10
_SLOW = const(7)
_PITCH = const(8)  # the filters' values, Q4
_HALF = const(9)
SMOOTH = const(10)
_SIZE = const(11)
_AXIS = const(6)  # the pitch axis in the state of orientation.py


# Accelerations: sums for learning, with the largest square of |a|; that square into rates, that of the
# change into the ring.
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
    head = int(st[HEAD])
    most = int(sums[6])
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
        head = (head + 1) & 511
        dx = x >> 2
        dy = y >> 2
        dz = z >> 2
        # The two lowest bits are free for what clipped.
        square = (dx * dx + dy * dy + dz * dz) & -4
        if x > _CLIP or x < -_CLIP or y > _CLIP or y < -_CLIP or z > _CLIP or z < -_CLIP:
            square |= 1
        if square > most:
            most = square
        rates[k + _A] = square
        sx += (x * scale) >> 10
        sy += (y * scale) >> 10
        sz += (z * scale) >> 10
        k += 1
    st[_AX] = x
    st[_AY] = y
    st[_AZ] = z
    st[HEAD] = head
    sums[0] = ((sums[0] ^ m) - m) + sx
    sums[1] = ((sums[1] ^ m) - m) + sy
    sums[2] = ((sums[2] ^ m) - m) + sz
    sums[6] = most


# Rotations: sums for learning; the pitch rate (4 ms) and the smooth one (twice 10 ms) into rates, the
# former into a ring, too. After shock(): the ring's write place is that of the jerk.
@micropython.viper
def pitch(samples: ptr16, first: int, n: int, st: ptr32, sums: ptr32, rates: ptr32, axis: ptr32, pushes: ptr16):
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
    q = (st[SMOOTH] ^ m) - m
    at = int(st[HEAD]) - n
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
        pushes[(at + k) & 511] = p >> 4
        k += 1
    st[_PITCH] = p
    st[_HALF] = half
    st[SMOOTH] = q
    sums[3] = ((sums[3] ^ m) - m) + sx
    sums[4] = ((sums[4] ^ m) - m) + sy
    sums[5] = ((sums[5] ^ m) - m) + sz


# The filters' state, for mg per LSB and 0.1 deg/s per LSB, both Q10, and samples so many ticks apart.
def filters(accel_q, gyro_q, period):
    st = array("i", bytearray(4 * _SIZE))
    st[_A_SCALE] = accel_q
    st[_W_SCALE] = gyro_q
    st[_FAST] = 1024 * period // (period + _PITCH_TAU)
    st[_SLOW] = 1024 * period // (period + _SWING_TAU)
    return st


# Samples first.. of a straight line from the sample `last` to samples[0], `of` steps long; n of them.
@micropython.viper
def line(last: ptr16, samples: ptr16, first: int, n: int, of: int, out: ptr16):
    k = 0
    while k < n:
        i = 0
        while i < 6:
            a = (last[i] ^ 0x8000) - 0x8000
            b = (samples[i] ^ 0x8000) - 0x8000
            out[k * 6 + i] = a + (b - a) * (first + k) // of
            i += 1
        k += 1


# Copies sample `at`.
@micropython.viper
def keep(samples: ptr16, at: int, out: ptr16):
    i = 0
    while i < 6:
        out[i] = samples[at * 6 + i]
        i += 1
