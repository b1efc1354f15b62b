# Looks after the runner while the reel runs: a hard hit, a foot that is spared, a stumble or a fall. A
# change is told, never what it means. Everything is measured against this runner's own strides.

from array import array

from micropython import const
from node.limp import AMBER, RED, Limp
from node.orientation import NEAR, PEAK, QUIET_FOR, root

_IC = const(1)
_STRIDE = const(3)
_HIT = const(4)
_LIMP = const(5)
_FALL = const(6)
_RUNNING = const(1)
_UNCERTAIN = const(16)
_STUMBLED = const(1)
_FELL = const(2)

# A hit is harder than usual by this share in 1/16 and by six times the usual scatter: at 1.75 times their own impact
# healthy runners had two or three in an hour, at twice they have less than one.
_HIT_SHARE = const(16)
_HIT_SCATTER = const(6)
_HIT_LEAST = const(6000)  # mg
_KNOWN = const(8)  # impacts that make a usual one
_ONCE = const(60000)  # ticks: 1.5 s from one hit to the next
_SHOWN = const(400000)  # 10 s that the lamp shows a hit
_PAUSE = const(40000)  # 1 s between two running strides: the runner stood or walked, and may go on at another pace

_AGO = const(60000)  # 1.5 s: a run that ended longer ago does not end in a fall now
_NO_STEP = const(24000)  # 600 ms without a contact, and at least a stride and a bit
_STILL = const(4000)  # 100 ms
_TOO_LATE = const(100000)  # 2.5 s after the last contact a lying foot is somebody who sat down
_TILTED = const(45)  # degrees from the mean attitude while running; a foot set down flat is within 30
_STUMBLE = const(48000)  # 1.2 s without a step after a hit
_LIGHT = const(700)  # mg, |a| of a foot that lies
_HEAVY = const(1300)
# Cosines of 0, 5 .. 180 degrees, Q10
_COSINES = (
    1024, 1020, 1008, 989, 962, 928, 887, 839, 784, 724, 658, 587, 512, 433, 350, 265, 178, 89, 0,
    -89, -178, -265, -350, -433, -512, -587, -658, -724, -784, -839, -887, -928, -962, -989, -1008, -1020, -1024,
)  # fmt: skip


class Watch:
    # outlet: takes alarms; attitude: the state of orientation.py.
    def __init__(self, outlet, attitude, accel_q):
        self._outlet = outlet
        self._attitude = attitude
        self._mg = accel_q * 4
        self._limp = Limp()
        self._upright = array("i", bytearray(4 * 3))  # mean specific force while running, Q4
        self._usual = 0  # impact, mg
        self._scatter = 0
        self._impacts = 0
        self._shock = 0  # peak of the last contact, mg
        self._contact = -1  # tick of the last one ...
        self._ran = -1  # ... and of the last one of a run
        self._ended = -1  # tick at which the last running stride did
        self._beat = _NO_STEP  # ticks between contacts
        self._hit = -1
        self._told = False  # of the fall that is going on
        self.level = 0  # 1 amber, 2 red: what the lamp shows

    # An event that has gone out.
    def see(self, events, at, tick):
        kind = events[at]
        if events[at + 1] & _UNCERTAIN:
            return
        if kind == _IC:
            self._impact(tick, field(events, at, 0), events[at + 1] & _RUNNING)
        elif kind == _STRIDE:
            if events[at + 1] & _RUNNING:
                self._stride(events, at, tick)

    def _impact(self, tick, peak, running):
        beat = tick - self._contact
        self._contact = tick
        self._attitude[PEAK] = 0
        self._shock = peak
        if not running:
            return
        if self._ran < 0 or tick - self._ran > _AGO:
            self._impacts = 0
        if beat < _AGO:
            self._beat = max(_NO_STEP, beat + (beat >> 3))
        self._ran = tick
        self._told = False
        for i in range(3):
            self._upright[i] = self._attitude[i]
        self._hard(tick, peak)

    # A hit does not change what is usual.
    def _hard(self, tick, peak):
        usual = self._usual
        strays = abs(peak - usual)
        limit = usual + max(usual * _HIT_SHARE >> 4, self._scatter * _HIT_SCATTER)
        if self._impacts < _KNOWN:
            self._impacts += 1
            self._usual += (peak - usual) // self._impacts
        elif peak > max(limit, _HIT_LEAST):
            if self._hit < 0 or tick - self._hit > _ONCE:
                self._outlet.alarm(_HIT, tick, peak, usual, 0, 0)
                self.level = max(self.level, AMBER)
            self._hit = tick
            strays = min(strays, usual)
            self._usual += strays >> 4
        else:
            self._usual += (peak - usual) >> 3
        self._scatter += (min(strays, usual) - self._scatter) >> 3

    def _stride(self, events, at, tick):
        limp = self._limp
        duration = field(events, at, 0)
        if tick - self._ended > _PAUSE:
            limp.pause()
        self._ended = tick + duration
        level = limp.stride(duration, field(events, at, 1), field(events, at, 3), field(events, at, 4))
        if level:
            self._outlet.alarm(_LIMP, tick, limp.share(), limp.usual(), limp.learned, level)
            self.level = max(self.level, level)

    # Once per learning block.
    def look(self, now):
        if self.level and not self._told and now - self._hit > _SHOWN:
            self.level = self._limp.level
        if self._ran < 0 or self._told:
            return
        quiet = now - self._contact
        if quiet > self._beat and self._contact - self._ran < _AGO:
            if quiet > _TOO_LATE:
                self._ran = -1
            elif self._attitude[QUIET_FOR] >= _STILL:
                self._lies(now, quiet)

    def _lies(self, now, quiet):
        tilt = self._tilt()
        hit = self._hit >= 0 and self._hit - self._ran < _AGO and now - self._hit < _TOO_LATE
        if tilt >= _TILTED:
            self._fell(_FELL, tilt, quiet)
            self.level = RED
        elif hit and quiet > _STUMBLE:
            self._fell(_STUMBLED, max(0, tilt), quiet)

    def _fell(self, kind, tilt, quiet):
        peak = min(65535, root(self._attitude[PEAK] & -4) * self._mg >> 10)
        # The tumbling may have looked like a contact.
        peak = max(peak, self._shock)
        self._outlet.alarm(_FALL, self._contact, peak, tilt, quiet // 40, kind)
        self._told = True

    # Degrees between the attitude of the run and the present one, in steps of 5; -1: it does not lie still.
    def _tilt(self):
        st = self._attitude
        a = self._upright
        x = st[NEAR] >> 6
        y = st[NEAR + 1] >> 6
        z = st[NEAR + 2] >> 6
        size = root(x * x + y * y + z * z)
        if not _LIGHT < size << 2 < _HEAVY:
            return -1
        u = a[0] >> 6
        v = a[1] >> 6
        w = a[2] >> 6
        cosine = ((x * u + y * v + z * w) << 8) // (size * max(1, root(u * u + v * v + w * w)))
        steps = 0
        while steps < 36 and _COSINES[steps] > cosine << 2:
            steps += 1
        return steps * 5


# The n-th of an event's five fields.
def field(events, at, n):
    at += 6 + 2 * n
    return events[at] | events[at + 1] << 8
