# One reel from start to end: sampler -> detector -> packer -> flash, with events beside. Everything in turn() runs with
# the heap locked.
import gc
import os
import struct

from micropython import const
from node import page, wire
from node.clock import Timer
from node.imu import GYRO_DPS, GYRO_Q10
from node.outbox import EVENT
from node.packer import Packer
from node.rpc import text8
from node.thin import detector
from node.version import FIRMWARE

_EVENTS_PER_PAGE = const(13)
_EVENTS_WAIT_US = const(2_000_000)  # power loss costs the events of this time at most
_SILENCE_US = const(2_000_000)  # no burst for so long: the sensor is lost
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
        self._packer = Packer(self._samples_page)
        self._strides = detector(999, GYRO_Q10, 96)  # of the usual part and rate; start() makes the right one
        self._events = bytearray(page.SIZE)
        self._events_held = 0
        self._events_total = 0
        self._events_timer = Timer(clock, _EVENTS_WAIT_US)
        self._silence = Timer(clock, _SILENCE_US)
        self._second = Timer(clock, 1_000_000)
        self._seconds = 0
        self._max_seconds = 0
        self.recording = False
        self.pages = 0
        self.sample_pages = 0
        self.reason = 0

    @property
    def samples(self):
        return self._packer.samples

    @property
    def overruns(self):
        return self._sampler.overruns

    # Allocates: the detector is made for the part and rate, the reel gets its entry.
    def start(self, utc_ms, max_seconds):
        imu = self._imu
        origin = self._origin
        del self._strides
        gc.collect()
        self._strides = detector(imu.accel_q10, GYRO_Q10, imu.period)
        self._packer.reset(imu.period)
        self._events_held = self._events_total = self._seconds = self.pages = self.sample_pages = 0
        self._max_seconds = max_seconds
        # First what can fail: a sensor that does not answer leaves no reel behind.
        self._sampler.start()
        self._reels.open(random_id(), utc_ms)
        origin.reel_id = self._reels.open_reel.reel_id
        origin.period = imu.period
        origin.temperature = imu.temperature
        origin.anchor(0, self._clock.read(), self._clock.wraps)
        self._start_page(utc_ms)
        for timer in (self._events_timer, self._silence, self._second):
            timer.restart()
        self.recording = True
        self._note(wire.EVENT_REEL, 0, wire.REEL_STARTED, 0)

    def _start_page(self, utc_ms):
        imu = self._imu
        facts = struct.pack(
            wire.START_FACTS, self._board.UID, utc_ms, imu.rate, imu.range_g, GYRO_DPS, 1, 0x6C, imu.freq_fine
        )
        values = self._settings
        # Names of up to 40 bytes: five texts fit the page beside the numbers.
        for text in (imu.part, values["name"], values["runner"], values["foot"], FIRMWARE):
            facts += text8(text)
        self._events[page.HEADER : page.HEADER + len(facts)] = facts
        self._append(self._events, page.START, 0, 0, 0, len(facts))

    # One turn of the loop: whatever the FIFO has. Returns True when samples came.
    def turn(self):
        came = False
        for _ in range(_RUNS):
            n = self._sampler.run(self._origin)
            if not n or not self.recording:
                break
            self._silence.restart()
            came = True
            self._take(n)
            if not self._sampler.more():
                break
        if self.recording:
            self._watch()
        return came

    def _take(self, n):
        sampler = self._sampler
        if sampler.lost >= 0:
            self._gap(sampler.tick, sampler.lost)
        self._packer.feed(sampler.samples, n, sampler.tick)
        self._tell(self._strides.feed(sampler.samples, n, sampler.tick))
        if self._reels.left() <= 0:
            self.close(wire.REASON_FULL)

    def _tell(self, found):
        for i in range(found):
            self._outbox.put(self._strides.events, i)
            self._hold_event()

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
        if self._events_held and self._events_timer.due():
            self._write_events()

    def _note(self, kind, tick, p0, p1):
        self._outbox.post(kind, tick, p0, p1)
        self._hold_event()

    def note_battery(self, mv):
        if self.recording:
            self._note(wire.EVENT_BATTERY, self._origin.anchor_tick, mv, 0)
        else:
            self._outbox.post(wire.EVENT_BATTERY, 0, mv, 0)

    # The outbox' newest event goes into the reel too.
    def _hold_event(self):
        outbox = self._outbox
        if not self._events_held:
            struct.pack_into("<I", self._events, page.HEADER, outbox.next - 1)
            self._events_timer.restart()
        outbox.copy(outbox.next - 1, self._events, page.HEADER + 4 + self._events_held * EVENT)
        self._events_held += 1
        self._events_total += 1
        if self._events_held == _EVENTS_PER_PAGE:
            self._write_events()

    def _write_events(self):
        n = self._events_held
        at = page.HEADER + 6  # tick of the first event
        buf = self._events
        tick = buf[at] | buf[at + 1] << 8 | buf[at + 2] << 16 | (buf[at + 3] & 0x3F) << 24
        self._events_held = 0
        self._append(buf, page.EVENTS, 0, tick, n, 4 + n * EVENT)

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
        self._packer.flush()
        self._note(wire.EVENT_REEL, self._origin.anchor_tick, wire.REEL_CLOSED, reason)
        if self._events_held:
            self._write_events()
        self._end_page(reason)
        self._reels.close(reason)
        if reason == wire.REASON_SENSOR_LOST:
            self._imu.present = False  # to be set up anew before it is used again
        else:
            self._imu.stop()

    def _end_page(self, reason):
        buf = self._events
        struct.pack_into(
            wire.END_FACTS,
            buf,
            page.HEADER,
            reason,
            self.pages + 1,
            self._packer.samples,
            min(self._sampler.overruns, 0xFFFF),
            self._events_total,
        )
        self._append(buf, page.CLOSE, 0, self._origin.anchor_tick, 0, 15)

    # What the FIFO still holds, then the end.
    def stop(self):
        for _ in range(_RUNS):
            n = self._sampler.run(self._origin, True)
            if not n or not self.recording:
                break
            self._take(n)
        self.close(wire.REASON_STOPPED)
