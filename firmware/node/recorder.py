# One reel from start to end: sampler -> detector -> packer -> flash, with events beside. Everything in turn() runs with
# the heap locked.
import gc
import os
import struct

from micropython import const
from node import page, wire
from node.clock import Timer
from node.eventpages import EventPages
from node.imu import GYRO_DPS, GYRO_Q10, IDENTITY
from node.packer import Packer
from node.rpc import text8
from node.thin import detector
from node.version import FIRMWARE

# A page that holds more is written before it is full: at rest one would hold 0.6 s, and power loss costs what is open.
_OPEN_TICKS = const(4608)  # 115 ms, 48 samples at 417 Hz
_SILENCE_US = const(2_000_000)  # no burst for so long: the sensor is lost
_END_BYTES = struct.calcsize(wire.END_FACTS)
_RUNS = const(24)  # a FIFO of 512 words in bursts, then the link gets its turn


# 1 .. 2^30 - 1: a small int on every board.
def random_id():
    number = int.from_bytes(os.urandom(4), "little") & wire.MAX_ID
    return number or 1


class Recorder:
    def __init__(self, board, imu, sampler, reels, outbox, clock, settings, origin):
        self._board = board
        self._imu = imu
        self._sampler = sampler
        self._reels = reels
        self._outbox = outbox
        self._clock = clock
        self._settings = settings
        self._origin = origin
        self._source = sampler
        self._packer = Packer(self._samples_page)
        self._packed_most = 0  # samples of the open page, from which on it is written early
        self._strides = detector(999, GYRO_Q10, 96)  # of the usual part and rate; start() makes the right one
        self._events = EventPages(outbox, clock, self._append)
        self._facts = bytearray(page.SIZE)  # of the first and the last page
        self._silence = Timer(clock, _SILENCE_US)
        self._second = Timer(clock, 1_000_000)
        self._seconds = 0
        self._max_seconds = 0
        self.recording = False
        self.pages = 0
        self.sample_pages = 0
        self.reason = 0
        self.alarm = 0  # what the lamp shows: 1 amber, 2 red

    @property
    def samples(self):
        return self._packer.samples

    @property
    def overruns(self):
        return self._sampler.overruns

    def start(self, utc_ms, max_seconds):
        self.prepare()
        # First what can fail: a sensor that does not answer leaves no reel behind.
        self._sampler.start()
        self._origin.anchor(0, self._clock.read(), self._clock.wraps)
        self.begin(random_id(), utc_ms, max_seconds, self._sampler)

    # What needs memory: the detector for the part and rate.
    def prepare(self):
        imu = self._imu
        del self._strides
        gc.collect()
        self._strides = detector(imu.accel_q10, GYRO_Q10, imu.period)
        self._packer.reset(imu.period)
        self.sample_pages = 0  # with the packer's samples: their quotient tells how long flash lasts
        self._packed_most = _OPEN_TICKS // imu.period

    # The reel begins with what `source` has, the sampler or a pre-roll before it.
    def begin(self, reel_id, utc_ms, max_seconds, source):
        imu = self._imu
        origin = self._origin
        self._source = source
        self._seconds = self.pages = 0
        self._max_seconds = max_seconds
        self._reels.open(reel_id, utc_ms)
        origin.reel_id = reel_id
        origin.period = imu.period
        origin.temperature = imu.temperature
        self._start_page(utc_ms)
        self._events.reset()
        self._silence.restart()
        self._second.restart()
        self.recording = True
        # In a reel with pre-roll this tells when it was begun.
        self._note(wire.EVENT_REEL, origin.anchor_tick, wire.REEL_STARTED, 0)

    def _start_page(self, utc_ms):
        imu = self._imu
        facts = struct.pack(
            wire.START_FACTS, self._board.UID, utc_ms, imu.rate, imu.range_g, GYRO_DPS, 1, IDENTITY, imu.freq_fine
        )
        values = self._settings
        # Names of up to 40 bytes: five texts fit the page beside the numbers.
        for text in (imu.part, values["name"], values["runner"], values["foot"], FIRMWARE):
            facts += text8(text)
        self._facts[page.HEADER : page.HEADER + len(facts)] = facts
        self._append(self._facts, page.START, 0, 0, 0, len(facts))

    # One turn of the loop: whatever the FIFO has. Returns True when samples came.
    def turn(self):
        source = self._source
        came = False
        for _ in range(_RUNS):
            n = source.run(self._origin)
            if not n or not self.recording:
                break
            self._silence.restart()
            came = True
            self._take(source, n)
            if not source.more():
                break
        if source is not self._sampler and not source.held:
            self._source = self._sampler
        if self.recording:
            self._watch()
        return came

    # There is pre-roll that has not been recorded yet.
    @property
    def behind(self):
        return self._source is not self._sampler

    def _take(self, source, n):
        if source.lost >= 0:
            self._gap(source.tick, source.lost)
        packer = self._packer
        packer.feed(source.samples, n, source.tick)
        if packer.count > self._packed_most:
            packer.flush()
        self._tell(self._strides.feed(source.samples, n, source.tick))
        self.alarm = self._strides.level
        if self._reels.left() <= 0:
            self.close(wire.REASON_FULL)

    def _tell(self, found):
        for i in range(found):
            self._outbox.put(self._strides.events, i)
            self._events.hold()

    def _gap(self, tick, lost):
        self._packer.flush()
        self._packer.lost()
        self._note(wire.EVENT_GAP, tick, min(lost, 0xFFFF), 0)

    def _watch(self):
        if self._silence.due():
            self.close(wire.REASON_SENSOR_LOST)
        if self._second.due():
            self._seconds += 1
            self._imu.look()
            self._origin.temperature = self._imu.temperature
            if self._max_seconds and self._seconds >= self._max_seconds:
                self.close(wire.REASON_MAX_SECONDS)
        self._events.turn()

    def _note(self, kind, tick, p0, p1):
        self._outbox.post(kind, tick, p0, p1)
        self._events.hold()

    def note_battery(self, mv):
        if self.recording:
            self._note(wire.EVENT_BATTERY, self._origin.anchor_tick, mv, 0)
        else:
            self._outbox.post(wire.EVENT_BATTERY, 0, mv, 0)

    def _samples_page(self, buf, flags, tick, count, used):
        self.sample_pages += 1
        self._append(buf, page.SAMPLES, flags, tick, count, used)

    def _append(self, buf, kind, flags, tick, count, used):
        self._origin.index = self.pages
        page.seal(buf, self._origin, kind, flags, tick, count, used)
        self._reels.append(buf)
        self.pages += 1

    # Whatever the reason: the last samples and events, then the end page.
    def close(self, reason):
        if not self.recording:
            return
        self.recording = False
        self.reason = reason
        # A short reel may end before the way the tag is mounted was learned: its strides still wait.
        self._tell(self._strides.finish())
        self.alarm = 0
        self._packer.flush()
        self._note(wire.EVENT_REEL, self._origin.anchor_tick, wire.REEL_CLOSED, reason)
        self._events.write()
        self._end_page(reason)
        self._reels.close(reason)
        self._release(reason != wire.REASON_SENSOR_LOST)

    # A sensor that does not answer has to be set up anew before it is used again.
    def _release(self, answers):
        imu = self._imu
        try:
            if answers:
                imu.stop()
        except OSError:
            answers = False
        imu.present = answers

    def _end_page(self, reason):
        buf = self._facts
        struct.pack_into(
            wire.END_FACTS,
            buf,
            page.HEADER,
            reason,
            self.pages + 1,
            self._packer.samples,
            min(self._sampler.overruns, 0xFFFF),
            self._events.total,
        )
        self._append(buf, page.CLOSE, 0, self._origin.anchor_tick, 0, _END_BYTES)

    # What the FIFO still holds, then the end.
    def stop(self):
        source = self._source
        for _ in range(_RUNS + (source.held if self.behind else 0)):
            n = source.run(self._origin, True)
            if not n or not self.recording:
                break
            self._take(source, n)
        self.close(wire.REASON_STOPPED)
