# The instant of the impact, and how far the sensor's samples lag behind the movement.
#
# The first sharp change of acceleration after the foot's crossing is the impact. Shoe and sole ring,
# so that instant scatters; the crossing does not, but how long it comes before the impact differs
# from runner to runner. So the usual time between them is learned, and a single impact may move its
# instant by a part of what it strays.

from array import array

from micropython import const
from node.orientation import root

# Group delay of the LSM6DSO32's low-pass filters in periods, Q10: second order, sqrt(2) / (2 pi f),
# with corners at ODR/2 (accelerometer, LPF1) and about ODR/3 (gyroscope, LPF2).
ACCEL_DELAY = const(461)
GYRO_DELAY = const(693)

_RING = const(510)  # entries, with one to look back at
_FIRST = const(4)  # impacts whose plain mean is a start
_SLOWLY = const(16)
_OUTLIER = const(640)  # 16 ms: further off counts as so much
_USUAL = const(1600)  # 40 ms, before any was seen
_MOST = const(2000)  # 50 ms
# In walking and running. A walker sets the heel down softly and slaps the sole harder; the crossing scatters by
# 13 ms.
_SHARE = (5, 8)  # 0.4 and 0.5 of the sharpest change are the impact: 32nds of its square
_OWN = (8, 5)  # 16ths of its own straying that an impact keeps


# How many samples ago (the newest is 1) the largest of the n entries before the newest `skip` came; with
# share > 0 the first that has at least so many 32nds of that one's square.
@micropython.viper
def sharpest(ring: ptr32, head: int, skip: int, n: int, share: int) -> int:
    most = -1
    ago = 0
    k = skip + n
    while k > skip:
        v = int(ring[(head - k) & 511])
        if v > most:
            most = v
            ago = k
        k -= 1
    if share:
        least = (most >> 5) * share
        k = skip + n
        while k > ago and int(ring[(head - k) & 511]) < least:
            k -= 1
        ago = k
    return ago


class Impact:
    # latest: ticks after the crossing, no impact comes later; walking, running.
    def __init__(self, period, ring, accel_q, latest):
        self._latest = latest
        self._period = period
        self._ring = ring
        self._mg = accel_q * 4  # the ring's squares are of LSB / 4
        self.sharp = 0  # the last impact's largest change of acceleration, g/s
        # A change lies between two samples.
        self._behind = (period >> 1) + (period * ACCEL_DELAY >> 10)
        self._usual = array("i", (_USUAL, _USUAL))  # walking, running
        self._seen = array("i", (0, 0))

    # Ticks from a crossing to the usual impact.
    def usual(self, running):
        return self._usual[running]

    # Ticks from the crossing at `zero` to the impact. The newest entry of the ring but `ahead` is that
    # of the sample at `now`; head is the ring's write place.
    def after(self, zero, now, head, ahead, running):
        since = now - self._behind - zero
        skip = max(0, (since - self._latest[running]) // self._period)
        n = min(since // self._period + 1, _RING - ahead) - skip
        if n < 1:
            return self._usual[running]
        ring = self._ring
        skip += ahead
        size = root(ring[head - sharpest(ring, head, skip, n, 0) & 511])
        # mg a sample; 40 ticks are a millisecond
        self.sharp = (size * self._mg >> 10) * 40 // self._period
        ago = sharpest(ring, head, skip, n, _SHARE[running])
        found = since - (ago - ahead - 1) * self._period - self._early(ring, head, ago, size)
        usual = self._learn(found, running)
        return usual + max(-_MOST, min(_MOST, (found - usual) * _OWN[running] // 16))

    # The first entry of half the size is a little late: how far back that size was passed, in ticks.
    def _early(self, ring, head, ago, size):
        after = root(ring[head - ago & 511])
        before = root(ring[head - ago - 1 & 511])
        half = size >> 1
        return (after - half) * self._period // (after - before) if before < half < after else 0

    def _learn(self, found, running):
        seen = self._seen[running]
        usual = self._usual[running]
        if seen < _FIRST:
            self._seen[running] = seen = seen + 1
            usual += (found - usual) // seen
        else:
            usual += max(-_OUTLIER, min(_OUTLIER, found - usual)) // _SLOWLY
        self._usual[running] = usual
        return usual
