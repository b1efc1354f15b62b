# Does a runner begin to spare a foot? The tag knows one foot only: it compares the share of a stride
# that this foot stands with what it usually is at this pace.
#
# Standing shorter also comes with running faster, or with quicker steps. So a pace is learned first,
# and learned anew when it changes: stride time, swing and impact tell. Within a pace the last strides
# are compared by share and by time of contact, both as they are and corrected for what swing and
# impact say of the speed: only what all of these show alike is called a change. One foot changes by
# half of what the symmetry index of both would show: 10 points are 5 %.

from array import array

from micropython import const

# What is watched of a stride
_SHARE = const(0)  # contact time / stride time, 1/10000
_GCT = const(1)
_TIME = const(2)
_SWING = const(3)
_PEAK = const(4)
_KINDS = const(5)
_WINDOW = const(18)  # strides
_LEARN = const(24)  # strides that make a pace
_WARM = const(3)  # strides left out after every pause: the runner gathers speed
_SETTLED = const(8)  # strides that tell whether the pace is another

# In 1/1000
_AMBER = const(30)  # of 50 that a limp of 10 points makes: contact times scatter
_RED = const(75)  # 15 points
_CALM = const(30)  # a usual that is a little off mends
_HUSH = const(100)  # strides after an alarm in which the same is not told again
_NEW_TIME = const(8)  # another stride time is another pace ...
_NEW_SPEED = const(22)  # ... and so is a contact that would be so much longer or shorter at this speed
_LARGEST = const(400)
# Contact share falls by 18 % per m/s, swing rises by 17 and impacts by 47 (open recordings, 1.8 to
# 3.8 m/s); weighted by how little they scatter.
_PER_SWING = const(31)  # %
_PER_PEAK = const(27)
_SLOWLY = const(96)  # strides
_YOUNG = const(12)  # a usual of so many strides would need twice as clear a change
_SCATTER = const(5)
_NOISY = const(24)  # 1/32: so much of the mean change from stride to stride has to be passed, too

AMBER = const(1)
RED = const(2)


# The middle of 8 values: the mean of the fourth and fifth.
def median8(ring, at, sorted8):
    for i in range(8):
        v = ring[(at - 1 - i) % _WINDOW * _KINDS + _SHARE]
        k = i
        while k and sorted8[k - 1] > v:
            sorted8[k] = sorted8[k - 1]
            k -= 1
        sorted8[k] = v
    return (sorted8[3] + sorted8[4]) >> 1


# The one nearest to zero if all have one sign, else 0.
def agreed(a, b, c, d):
    if a > 0 and b > 0 and c > 0 and d > 0:
        return min(a, b, c, d)
    if a < 0 and b < 0 and c < 0 and d < 0:
        return max(a, b, c, d)
    return 0


class Limp:
    def __init__(self):
        self._new = array("i", bytearray(4 * _KINDS))
        self._ring = array("i", bytearray(4 * _KINDS * _WINDOW))
        self._sums = array("i", bytearray(4 * _KINDS))
        self._usual = array("i", bytearray(4 * _KINDS))  # Q7
        self._sorted = array("i", bytearray(4 * 8))
        self._scatter = 0  # of shares from stride to stride, 1/1000, Q5
        self._before = 0
        self.learned = 0  # strides in the usual
        self.level = 0
        self._told = 0  # the last alarm ...
        self._hush = 0  # ... and for how many strides it need not be repeated
        self.pause()

    # The runner stopped or walked. Who goes on has another pace, and its contact times say nothing of a limp: it is
    # learned anew, but for one who was limping.
    def pause(self):
        self._at = 0
        self._held = 0
        self._skip = _WARM
        self._before = 0
        if not self.level:
            self.learned = 0
        for i in range(_KINDS):
            self._sums[i] = 0

    # One running stride; returns the level that has just been reached, or 0.
    def stride(self, duration, gct, peak_mg, swing):
        if self._skip:
            self._skip -= 1
            return 0
        self._hush = max(0, self._hush - 1)
        self._take(gct * 10000 // duration, gct, duration, swing, peak_mg)
        if self.learned < _LEARN:
            self._learn()
            return 0
        if self._held < _SETTLED:
            return 0
        share = self._strays(_SHARE)
        speed = (self._strays(_SWING) * _PER_SWING + self._strays(_PEAK) * _PER_PEAK) // 100
        # A limping foot may land softer and stand shorter; with a change of speed these part.
        if abs(self._strays(_TIME)) > _NEW_TIME or (abs(speed) > _NEW_SPEED and (speed > 0) != (share > 0)):
            self._forget()
            return 0
        return self._judge(share, self._strays(_GCT), speed)

    def _judge(self, share, gct, speed):
        if abs(share) < _CALM:
            self._learn()
        if self._held < _WINDOW:
            return 0
        strays = abs(agreed(share, gct, share + speed, gct + speed))
        amber = max(_AMBER, self._scatter * _NOISY >> 10)
        amber += amber * _YOUNG // self.learned
        level = 0
        if strays > amber:
            level = RED if strays > _RED and strays > amber * 2 else AMBER
        elif self.level and strays > amber >> 1:
            level = self.level
        risen = level > self.level and (level > self._told or not self._hush)
        self.level = max(level, self.level) if level else 0
        if not risen:
            return 0
        self._told = level
        self._hush = _HUSH
        return level

    # How far the window's mean strays from the usual, 1/1000. One contact that was read wrongly says nothing.
    def _strays(self, kind):
        total = self._sums[kind]
        count = self._held
        if count == _WINDOW and kind <= _GCT:
            total -= self._extremes(kind)
            count -= 2
        mean = (total << 7) // count
        usual = self._usual[kind]
        return max(-_LARGEST, min(_LARGEST, (mean - usual) // max(1, usual // 1000)))

    # The smallest and the largest of the window, together.
    def _extremes(self, kind):
        ring = self._ring
        low = high = ring[kind]
        for i in range(1, _WINDOW):
            v = ring[i * _KINDS + kind]
            if v < low:
                low = v
            elif v > high:
                high = v
        return low + high

    def _take(self, share, gct, duration, swing, peak_mg):
        new = self._new
        new[_SHARE] = share
        new[_GCT] = gct
        new[_TIME] = duration
        new[_SWING] = swing
        new[_PEAK] = peak_mg
        at = self._at * _KINDS
        full = self._held == _WINDOW
        for kind in range(_KINDS):
            self._sums[kind] += new[kind] - (self._ring[at + kind] if full else 0)
            self._ring[at + kind] = new[kind]
        self._at = (self._at + 1) % _WINDOW
        self._held = min(_WINDOW, self._held + 1)
        if self._before:
            change = min(_LARGEST, abs(share - self._before) * 1000 // share if share else 0)
            self._scatter += change - (self._scatter >> _SCATTER)
        self._before = share

    # The plain mean of the first strides of a pace; later the usual follows slowly.
    def _learn(self):
        self.learned = min(_SLOWLY, self.learned + 1)
        for kind in range(_KINDS):
            usual = self._usual[kind]
            self._usual[kind] = usual + ((self._new[kind] << 7) - usual) // self.learned

    # Another pace: it begins with the strides that told of it.
    def _forget(self):
        self.learned = self._held
        for kind in range(_KINDS):
            self._usual[kind] = (self._sums[kind] << 7) // self._held

    # Contact shares, 1/1000: the middle of the last eight strides, and the usual one.
    def share(self):
        return median8(self._ring, self._at, self._sorted) // 10

    def usual(self):
        return (self._usual[_SHARE] >> 7) // 10
