# Reels that begin at a set time or by motion, with what went before. Arguments: the firmware's folder, an empty folder.
import struct
import sys

sys.path.insert(0, sys.argv[1])

from bench import Bench
from harness import equal, run
from node import page, wire
from node.preroll import most_seconds

UTC_MS = 1_750_000_000_000
RUN = 22  # samples of one FIFO burst, 52.8 ms at 417 Hz
RUN_US = 52_800


class Armed(Bench):
    def __init__(self):
        super().__init__()
        while self.node.sectors.dirty:
            self.turns(1)
        self.sampled = 0  # sampling instants since the sensor's clock began
        self.begun = 0  # how often it began
        self.board.idle = lambda us: None  # the test moves the clock
        self._write = self.board.bus_write
        self.board.bus_write = self._sensor_write

    def _sensor_write(self, reg, value):
        if reg == 0x42:
            self.sampled = 0
            self.begun += 1
            self.board.words = bytearray()
        self._write(reg, value)

    def arm(self, after_ms=0, mode=wire.START_TIME, preroll_s=0, max_seconds=0):
        start_ms = UTC_MS + after_ms if after_ms else 0
        request = struct.pack(wire.START_REQUEST, 9, UTC_MS, max_seconds)
        ((kind, reply),) = self.say(
            wire.MSG_START, request + struct.pack(wire.START_REQUEST_MORE, start_ms, mode, preroll_s)
        )
        equal(kind, wire.MSG_START | 0x80)
        self.programs = self.board.programs
        return struct.unpack(wire.START_REPLY, reply)[1]

    def status(self):
        ((_, reply),) = self.say(wire.MSG_STATUS, b"\x0a\x00")
        return struct.unpack(wire.STATUS_REPLY, reply)

    def state(self):
        return self.status()[1]

    # Bursts of the sensor; shaken: with a strike in each.
    def bursts(self, n, shaken=False):
        board = self.board
        for _ in range(n):
            board.us = (board.us + RUN_US) & 0x3FFFFFFF
            if board.registers.get(0x0A, 0) & 7:  # the FIFO is on
                self._sense(shaken)
            self.turns(1)

    def _sense(self, shaken):
        board = self.board
        board.sensor_tick = self.sampled * 96
        before = len(board.words)
        board.sense(self.sampled, RUN + 2)
        # 1 g; shaken: the first sample 4 g.
        words = board.words
        for at in range(before, len(words), 7):
            if words[at] >> 3 == 2:
                words[at + 1 : at + 7] = struct.pack("<hhh", 0, 0, 4100 if shaken else 1025)
                shaken = False
        self.sampled += RUN + 2

    # Pages of the only reel.
    def pages(self):
        (reel,) = self.node.reels.reels
        found = []
        for index in range(reel.pages):
            buf = bytearray(page.SIZE)
            assert self.node.reels.read(reel, index, buf)
            found.append(buf)
        return reel, found


# Ticks of the first sample and behind the last one; the pages must follow each other.
def span(pages):
    first = tick = None
    for buf in pages:
        if buf[1] != page.SAMPLES:
            continue
        begin = struct.unpack_from("<I", buf, 16)[0]
        assert tick is None or begin == tick, (tick, begin)
        first = begin if first is None else first
        tick = begin + 96 * buf[22]
    return first, tick


# The first event of the reel: that it began, and when.
def reel_event(pages):
    first = next(buf for buf in pages if buf[1] == page.EVENTS)
    return struct.unpack_from(wire.EVENT_FORMAT, first, page.HEADER + 4)


def test_at_a_set_time_the_promised_reel_begins_with_its_preroll():
    bench = Armed()
    reel_id = bench.arm(after_ms=4000, preroll_s=2)
    equal((bench.state(), bench.status()[2:4]), (wire.STATE_ARMED, (reel_id, 0)))
    began = bench.board.us
    while bench.state() == wire.STATE_ARMED:
        equal(bench.board.programs, bench.programs)
        bench.bursts(1)
    late_us = bench.board.us - began - 4_000_000
    assert 0 <= late_us < 3 * RUN_US, late_us
    bench.bursts(20)
    bench.say(wire.MSG_STOP, b"\x0b\x00")
    reel, pages = bench.pages()
    equal((reel.reel_id, reel.reason), (reel_id, wire.REASON_STOPPED))
    assert abs(reel.utc_ms - UTC_MS - 4000 - late_us // 1000) < 60, reel.utc_ms
    first, end = span(pages)
    trigger = reel_event(pages)[2]
    assert 2.0 < (trigger - first) * 25e-6 < 2.4, (first, trigger)
    equal(struct.unpack_from("<I", pages[-1], page.HEADER + 5)[0], (end - first) // 96)  # no sample went astray
    assert (end - trigger) * 25e-6 > 1.0


# The board's clock begins anew every 18 minutes.
def test_a_reel_that_begins_after_the_clocks_wrap_has_the_right_date():
    bench = Armed()
    bench.arm(after_ms=1_200_000)
    for _ in range(4):
        bench.board.us = (bench.board.us + 300_000_000) & 0x3FFFFFFF
        bench.turns(1)
    bench.bursts(30)
    reel, _ = bench.pages()
    assert 0 <= reel.utc_ms - UTC_MS - 1_200_000 < 2000, reel.utc_ms


def test_before_a_set_time_the_sensor_rests_until_the_preroll():
    bench = Armed()
    bench.arm(after_ms=60_000, preroll_s=2)
    bench.bursts(100)
    equal(bench.begun, 0)


def test_two_steps_begin_it_and_a_knock_does_not():
    bench = Armed()
    bench.arm(mode=wire.START_MOTION, preroll_s=1)
    bench.bursts(5)
    bench.bursts(2, shaken=True)  # one knock that rings on
    bench.bursts(60)
    equal(bench.state(), wire.STATE_ARMED)
    equal(bench.board.programs, bench.programs)
    bench.bursts(1, shaken=True)
    bench.bursts(12)
    bench.bursts(1, shaken=True)
    bench.bursts(1)
    equal(bench.state(), wire.STATE_RECORDING)


def test_motion_before_the_set_time_counts_for_nothing():
    bench = Armed()
    bench.arm(after_ms=5000, mode=wire.START_MOTION)
    for _ in range(6):
        bench.bursts(8, shaken=True)
    equal(bench.state(), wire.STATE_ARMED)
    for _ in range(12):
        bench.bursts(8, shaken=True)
    equal(bench.state(), wire.STATE_RECORDING)


def test_a_plain_start_begins_the_armed_reel():
    bench = Armed()
    reel_id = bench.arm(mode=wire.START_MOTION, preroll_s=1)
    bench.bursts(40)
    ((_, reply),) = bench.say(wire.MSG_START, struct.pack(wire.START_REQUEST, 11, UTC_MS, 0))
    equal(struct.unpack(wire.START_REPLY, reply)[1], reel_id)
    bench.bursts(5)
    _, pages = bench.pages()
    first, end = span(pages)
    assert (end - first) * 25e-6 > 1.0


def test_stop_disarms_and_leaves_no_reel():
    bench = Armed()
    reel_id = bench.arm(mode=wire.START_MOTION, preroll_s=1)
    bench.bursts(10)
    ((_, reply),) = bench.say(wire.MSG_STOP, b"\x0b\x00")
    equal(struct.unpack(wire.STOP_REPLY, reply)[1:], (reel_id, 0, wire.REASON_STOPPED))
    equal((bench.state(), bench.node.reels.reels), (wire.STATE_IDLE, []))
    equal(bench.board.programs, bench.programs)


def test_arming_again_replaces_what_was_armed():
    bench = Armed()
    first = bench.arm(mode=wire.START_MOTION, preroll_s=1)
    bench.node.rpc.forget()
    second = bench.arm(after_ms=1000)
    assert first != second
    bench.bursts(30)
    equal(bench.node.reels.reels[0].reel_id, second)


def test_a_flat_battery_begins_the_reel_to_say_why_it_ends():
    bench = Armed()
    reel_id = bench.arm(mode=wire.START_MOTION, preroll_s=1)
    bench.board.mv = 3100
    bench.bursts(90)
    reel, pages = bench.pages()
    equal((reel.reel_id, reel.reason, bench.state()), (reel_id, wire.REASON_LOW_BATTERY, wire.STATE_IDLE))
    equal(pages[-1][1], page.CLOSE)


def test_a_sensor_that_falls_silent_begins_the_reel_to_say_why_it_ends():
    bench = Armed()
    reel_id = bench.arm(mode=wire.START_MOTION, preroll_s=1)
    bench.bursts(10)

    def broken(reg, buf):
        raise OSError(5)

    bench.board.bus_read = broken
    bench.turns(3)
    reel, _ = bench.pages()
    equal((reel.reel_id, reel.reason), (reel_id, wire.REASON_SENSOR_LOST))


def test_a_preroll_that_does_not_fit_is_refused():
    bench = Armed()
    request = struct.pack(wire.START_REQUEST, 9, UTC_MS, 0)
    more = struct.pack(wire.START_REQUEST_MORE, 0, wire.START_MOTION, most_seconds(417) + 1)
    equal(bench.error(wire.MSG_START, request + more), wire.ERROR_BAD_VALUE)
    equal(bench.error(wire.MSG_START, request + struct.pack(wire.START_REQUEST_MORE, 0, 2, 0)), wire.ERROR_BAD_VALUE)


def test_settings_wait_until_it_is_disarmed():
    bench = Armed()
    bench.arm(mode=wire.START_MOTION)
    equal(bench.error(wire.MSG_SET, b"\x0c\x00\x04name\x01x"), wire.ERROR_RECORDING)


def test_samples_lost_while_it_waits_are_told_where_they_were_lost():
    bench = Armed()
    bench.arm(mode=wire.START_MOTION, preroll_s=2)
    bench.bursts(20)
    bench.board.overrun = True
    bench.sampled += 200
    bench.bursts(10)
    bench.say(wire.MSG_START, struct.pack(wire.START_REQUEST, 11, UTC_MS, 0))
    bench.bursts(40)
    _, pages = bench.pages()
    flagged = [buf for buf in pages if buf[1] == page.SAMPLES and buf[3] & page.FLAG_LOST]
    equal(len(flagged), 1)
    begin = struct.unpack_from("<I", flagged[0], 16)[0]
    before = [buf for buf in pages if buf[1] == page.SAMPLES and struct.unpack_from("<I", buf, 16)[0] < begin]
    end = struct.unpack_from("<I", before[-1], 16)[0] + 96 * before[-1][22]
    assert 190 <= (begin - end) // 96 <= 210, (begin, end)


# The sensor's clock would wrap within a reel that begins late.
def test_a_long_wait_lets_the_sensors_clock_begin_anew():
    bench = Armed()
    bench.arm(mode=wire.START_MOTION)
    bench.bursts(3)
    bench.sampled = (1 << 28) // 96
    bench.bursts(3)
    equal(bench.begun, 2)
    equal(bench.state(), wire.STATE_ARMED)


run(globals())
