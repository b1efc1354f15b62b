# Running or walking, stride by stride.
#
# Contact separates running from walking best: the share of a stride that it takes (medians of 80 recordings:
# running 0.32 to 0.49, walking 0.58 to 0.70), at any cadence; peak acceleration and swing rate overlap. What only
# swings (pedals, a dangling leg, a tag in the hand) has short contacts too, but it does not hit the ground: its
# acceleration changes smoothly, and its pitch rate knows no slap of the sole before the push. A stride that cannot
# be decided by itself waits for the next ones, so a label never changes once it is given.

from array import array

from micropython import const

_STRIDE = const(3)
_RUNNING = const(1)
_REVISED = const(8)

# In ticks of 25 us. Strict: surely running. Loose: running, if the strides around it are.
_STRICT_GCT_MIN = const(2000)  # 50 ms
_STRICT_DUTY = const(53)  # contact is less of the stride in %: joggers come to 52, brisk walkers from 56 on
_STRICT_TIME_MIN = const(16000)  # 400 ms
_STRICT_TIME_MAX = const(42000)  # 1.05 s: joggers at 115 steps a minute; a tag in the hand comes to 1.1 s
_STRICT_SWING = const(1500)  # 150 deg/s
# Joggers' impacts change the acceleration by 400 to 2000 g/s, pedals on a rough road by 270.
_SHARP = const(300)  # g/s
_SOFT = const(150)  # g/s: an impact that does not keep a run going
# A runner on the forefoot has no slap, but lands hard.
_HARD_SHARP = const(600)
_HARD_MG = const(6000)
_SPRINT_TIME = const(22400)  # 560 ms: shorter strides are running only ...
_SPRINT_SWING = const(5000)  # ... at 500 deg/s or with a hard landing: feet shuffle, too
_GCT_MAX = const(20800)  # 520 ms
_START_GCT_MAX = const(24000)  # 600 ms: first and last strides, if ...
_START_TIME_MAX = const(40000)  # ... the stride is shorter than 1 s
_LOOSE_DUTY = const(57)  # walking begins at 58 ...
_FRESH = const(3)  # ... but for the first strides from standing, before a run
_FRESH_DUTY = const(61)
_WALKING_GCT = const(22400)  # 560 ms: a last stride with more is a step of walking
_LOOSE_TIME_MIN = const(15200)  # 380 ms
_TIME_MAX = const(44000)  # 1.1 s
_ENTER = const(2)  # strict strides in a row begin a run
_LEAVE = const(4)  # misses in a row end it
_PAUSE = const(64000)  # 1.6 s: so does standing
_FIELD_MAX = const(65535)  # an event's fields have 16 bits

_ROW = const(6)  # tick, duration, gct, peak mg, swing rate, clip flags
_WAITING_MAX = const(8)


# sharp: of the impact, g/s; slapped: the sole slapped the ground after the contact before.
def _is_strict(duration, gct, peak_mg, swing, sharp, slapped):
    if not _STRICT_GCT_MIN < gct < _GCT_MAX or gct * 100 > duration * _STRICT_DUTY:
        return False
    if not _STRICT_TIME_MIN < duration < _STRICT_TIME_MAX:
        return False
    hard = peak_mg > _HARD_MG and sharp > _HARD_SHARP
    if duration < _SPRINT_TIME and swing < _SPRINT_SWING and not hard:
        return False
    return swing > _STRICT_SWING and sharp > _SHARP and (slapped or hard)


def _is_loose(duration, gct, duty_max):
    if not _LOOSE_TIME_MIN < duration < _TIME_MAX or gct * 100 > duration * duty_max:
        return False
    return gct < _GCT_MAX or (gct < _START_GCT_MAX and duration < _START_TIME_MAX)


class Pace:
    def __init__(self, gait):
        self._gait = gait
        self._waiting = array("i", bytearray(4 * _ROW * _WAITING_MAX))
        self._count = 0
        self._row = 0  # strict strides (walking) or misses (running) in a row
        self._since = 0  # strides since the foot stood, _FRESH at most
        self._last = 0  # strides released last
        self._paused = False  # the run before ended by standing a moment
        self.running = 0

    def stride(self, tick, duration, gct, peak_mg, swing, flags, sharp, slapped):
        if self._count == _WAITING_MAX:
            self._release(self.running)
        w = self._waiting
        at = self._count * _ROW
        w[at] = tick
        w[at + 1] = duration
        w[at + 2] = gct
        w[at + 3] = peak_mg
        w[at + 4] = swing
        w[at + 5] = flags
        self._count += 1
        fresh = self._since < _FRESH
        self._since = min(_FRESH, self._since + 1)
        loose = _is_loose(duration, gct, _FRESH_DUTY if fresh else _LOOSE_DUTY)
        if self.running:
            self._while_running(loose and sharp > _SOFT, duration)
        else:
            self._while_walking(loose, _is_strict(duration, gct, peak_mg, swing, sharp, slapped))

    def _while_running(self, goes_on, duration):
        if goes_on:
            self._row = 0
            self._release(_RUNNING)
        elif duration > _PAUSE:
            # The strides before the pause were the last of the run.
            self._count -= 1
            self._end()
            self._keep_last()
            self._release(0)
            self._paused = True
        else:
            self._row += 1
            if self._row == _LEAVE:
                self._row = self.running = 0
                self._release(0)

    def _while_walking(self, loose, strict):
        self._row = self._row + 1 if strict else 0
        if self._row == _ENTER or (strict and self._paused):
            self._row = 0
            self.running = _RUNNING
            self._release(_RUNNING)
        elif not loose:
            self._release(0)
        self._paused = False

    # The foot stands: nothing more will come that could decide what waits.
    def stop(self):
        self._end()
        self._paused = False

    def _end(self):
        for i in range(self._count):
            if self._waiting[i * _ROW + 2] > _WALKING_GCT:
                self.running = 0
        self._release(self.running)
        self._row = self._since = self.running = 0

    # After a release the row behind the released ones becomes the first.
    def _keep_last(self):
        w = self._waiting
        at = self._last * _ROW
        for i in range(_ROW):
            w[i] = w[at + i]
        self._count = 1

    def _release(self, running):
        w = self._waiting
        for i in range(self._count):
            at = i * _ROW
            late = _REVISED if i + 1 < self._count else 0
            duration = min(_FIELD_MAX, w[at + 1])
            gct = max(0, min(w[at + 2], duration))
            flags = w[at + 5] | running | late
            swing = min(_FIELD_MAX, w[at + 4])
            self._gait.put(_STRIDE, flags, w[at], duration, gct, duration - gct, w[at + 3], swing)
        self._last = self._count
        self._count = 0
