# A node that waits for its reel to begin: at an instant of the board's clock, or with the first motion after it. Flash
# is not written while it waits. What can fail or needs memory is done when it is armed.
from micropython import const
from node import wire
from node.clock import MASK
from node.motion import Motion
from node.preroll import Preroll, most_seconds
from node.recorder import random_id
from node.refusal import Refusal

_SETTLE_S = const(1)  # the sensor runs so much longer than the pre-roll before a set time
_OLD = const(1 << 28)  # ticks, 1.9 hours: the sensor's clock has 30 bits, and a reel may last for hours


# A board time (wraps, us), so many microseconds later.
def later(when, more):
    wraps, us = when
    total = us + more
    return wraps + (total >> 30), total & MASK


def _too_long(seconds, most):
    return Refusal(
        wire.ERROR_BAD_VALUE, "A pre-roll of %d s does not fit into memory; ask for %d s at most." % (seconds, most)
    )


class Arming:
    def __init__(self, recorder, sampler, clock, origin, imu):
        self._recorder = recorder
        self._sampler = sampler
        self._clock = clock
        self._origin = origin
        self._imu = imu
        self.armed = False
        self.due = False  # the reel shall begin
        self.reason = 0  # why it shall end at once; 0: it shall not
        self.reel_id = 0
        self._short = Preroll(sampler, 0, 0)  # for a reel without pre-roll
        self._preroll = self._short
        self._motion = None
        self._sampling = False
        # Board times, (wraps, us) each: of the request, of the reel's beginning, of the first sample that is needed.
        self._asked = self._begin = self._sample = (0, 0)
        self._utc_ms = 0
        self._max_seconds = 0

    # `asked`: the board time at which the host's clock read utc_ms.
    def arm(self, asked, utc_ms, max_seconds, start_utc_ms, mode, preroll_s):
        imu = self._imu
        most = most_seconds(imu.rate)
        if preroll_s > most:
            raise _too_long(preroll_s, most)
        self.disarm()
        self._recorder.prepare()
        if preroll_s:
            try:
                self._preroll = Preroll(self._sampler, preroll_s, imu.rate)
            except MemoryError:
                raise _too_long(preroll_s, preroll_s - 1)
        self._motion = Motion(self._clock, imu.accel_q10) if mode == wire.START_MOTION else None
        wait_us = max(0, start_utc_ms - utc_ms) * 1000
        self._asked = asked
        self._begin = later(asked, wait_us)
        self._sample = later(asked, max(0, wait_us - (preroll_s + _SETTLE_S) * 1_000_000))
        self._utc_ms = utc_ms
        self._max_seconds = max_seconds
        self.reel_id = random_id()
        self.armed = True
        self.at_rest()

    def disarm(self):
        if self._sampling:
            self._imu.stop()
        self.armed = self.due = self._sampling = False
        self.reason = 0
        self._preroll = self._short
        self._motion = None

    # Every turn; the heap is locked.
    def turn(self):
        if self._sampling:
            while True:
                n = self._preroll.keep(self._origin)
                if not n:
                    break
                if self._motion is not None and self._motion.feed(self._sampler.samples, n):
                    self.due = self.due or self._reached(self._begin)
        if self._motion is None:
            self.due = self.due or self._reached(self._begin)

    # The reel shall begin only to say why it ends.
    def end(self, reason):
        self.reason = reason
        self.due = True

    def _reached(self, when):
        clock = self._clock
        wraps, us = when
        return clock.wraps > wraps or (clock.wraps == wraps and clock.us >= us)

    # With time to spare. True: the reel has begun.
    def at_rest(self):
        if not self.due and (self._too_old() if self._sampling else self._reached(self._sample)):
            self._start_sensor()
        if not self.due:
            return False
        self._begin_reel()
        return True

    # A few hundredths of a second are missed, and what was kept is let go.
    def _too_old(self):
        return self._sampler.tick > _OLD

    def _start_sensor(self):
        try:
            self._sampler.start()
            self._anchor()
            self._preroll.clear(self._imu.period)
            self._sampling = True
        except OSError:
            self.end(wire.REASON_SENSOR_LOST)

    def _begin_reel(self):
        if not self._sampling and not self.reason:
            self._start_sensor()
        if not self._sampling:
            self._anchor()
        source, reason = self._preroll, self.reason
        self._recorder.begin(self.reel_id, self._utc_now(), self._max_seconds, source)
        self._sampling = False  # the recorder stops the sensor
        self.disarm()
        if reason:
            self._recorder.close(reason)

    # The sensor's clock begins now, or never has.
    def _anchor(self):
        self._origin.anchor(0, self._clock.read(), self._clock.wraps)

    # The host's UTC at this moment, by the board's clock.
    def _utc_now(self):
        wraps, us = self._asked
        clock = self._clock
        return self._utc_ms + (((clock.wraps - wraps) << 30) + clock.us - us) // 1000
