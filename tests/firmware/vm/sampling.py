# From FIFO words to runs of samples: order of words, time, gaps.
import sys
from array import array

sys.path.insert(0, sys.argv[1])

from fakes import Board
from harness import equal, run
from node.clock import Clock
from node.imu import Imu
from node.page import Origin
from node.preroll import Preroll
from node.sampler import Sampler
from node.thin import Thinned


class Bench:
    def __init__(self):
        self.board = Board()
        imu = Imu(self.board)
        imu.period = 96
        self.clock = Clock(self.board)
        self.sampler = Sampler(imu, self.clock)
        self.sampler.start()
        self.origin = Origin(1)

    # Every run that is there: (tick, first value, samples, lost).
    def runs(self, everything=False):
        found = []
        n = self.sampler.run(self.origin, everything)
        while n:
            values = self.sampler.samples
            for i in range(n):
                equal(values[6 * i], self.sampler.tick // 96 + i)
                equal(values[6 * i + 3], -0 + values[6 * i])
                equal((values[6 * i + 4], values[6 * i + 2]), (-values[6 * i], 1000))
            found.append((self.sampler.tick, n, self.sampler.lost))
            n = self.sampler.run(self.origin, everything)
        return found


def total(runs):
    return sum(n for _, n, _ in runs)


def unbroken(runs):
    for i in range(1, len(runs)):
        before, after = runs[i - 1 : i + 1]
        equal(after[0], before[0] + before[1] * 96)
        equal(after[2], -1)


def test_samples_come_in_order_with_the_sensors_own_time():
    bench = Bench()
    bench.board.sense(0, 200)
    runs = bench.runs(True)
    unbroken(runs)
    # The newest one waits: its slot is whole only when the next one begins.
    equal((runs[0], total(runs)), ((0, runs[0][1], -1), 199))


def test_the_time_stamp_may_close_its_slot():
    bench = Bench()
    bench.board.sense(3, 200, stamp_last=True)
    runs = bench.runs(True)
    unbroken(runs)
    equal((runs[0][0], total(runs)), (3 * 96, 199))


def test_samples_before_the_first_time_stamp_are_kept():
    bench = Bench()
    bench.board.sense(1, 60)
    runs = bench.runs(True)
    equal((runs[0][0], total(runs)), (96, 59))


def test_nothing_is_read_below_the_watermark():
    bench = Bench()
    bench.board.sense(0, 20)
    equal(bench.runs(), [])
    bench.board.sense(20, 4)
    equal(total(bench.runs()) > 15, True)


def test_overrun_tells_how_many_samples_are_missing():
    bench = Bench()
    bench.board.sense(0, 100)
    first = bench.runs(True)
    bench.board.sense(1045, 100)
    bench.board.overrun = True
    runs = bench.runs(True)
    ended = first[-1][0] // 96 + first[-1][1]
    equal(runs[0], (1045 * 96, runs[0][1], 1045 - ended))
    unbroken(runs)
    equal((bench.sampler.overruns, total(runs)), (1, 99))


# The overrun took only part of a slot.
def test_half_a_slot_is_no_sample():
    bench = Bench()
    bench.board.sense(0, 100)
    bench.runs(True)
    bench.board.sense(500, 100)
    bench.board.words = bench.board.words[7:]
    bench.board.overrun = True
    runs = bench.runs(True)
    equal((runs[0][0], total(runs)), (501 * 96, 98))


# The status register was read just before it happened: only counters and time stamps tell.
def test_gap_inside_a_burst_is_found_by_the_slot_counter():
    bench = Bench()
    bench.board.sense(0, 20)
    bench.board.sense(30, 60)
    runs = bench.runs(True)
    equal(runs[0], (0, 20, -1))
    equal(runs[1], (30 * 96, runs[1][1], 10))


# The same counter again, in the next word.
def test_gap_of_a_multiple_of_four_less_one_is_found_by_the_doubled_word():
    bench = Bench()
    bench.board.sense(0, 20)
    bench.board.sense(31, 60)
    runs = bench.runs(True)
    equal(runs[0], (0, 20, -1))
    equal(runs[1], (31 * 96, runs[1][1], 11))


# A multiple of four slots is missing: the counters go on, the time stamp does not.
def test_gap_inside_a_burst_is_found_by_the_time_stamp():
    bench = Bench()
    bench.board.sense(0, 24)
    bench.board.sense(32, 60)
    runs = bench.runs(True)
    gaps = [run for run in runs if run[2] >= 0]
    equal([(tick, lost) for tick, _, lost in gaps], [(32 * 96, 8)])
    equal(total(runs), 24 + 59)


def test_anchor_is_the_middle_of_the_reading_across_a_wrap():
    bench = Bench()
    board = bench.board
    board.us = 0x3FFFFFFF - 150
    bench.clock.read()
    board.step = 100
    board.sensor_tick = 4321
    board.sense(0, 30)
    bench.runs(True)
    origin = bench.origin
    equal((origin.anchor_tick, origin.anchor_wraps), (4321, 1))
    equal(origin.anchor_us < 1000, True)


# A time stamp has 30 bits: seven minutes, two hours and over seven hours into a reel.
def test_the_sensors_own_time_is_right_in_a_long_reel():
    for first in (174_768, 2_796_208, 11_184_000):
        bench = Bench()
        bench.board.sense(first, 60)
        assert bench.sampler.run(bench.origin, True)
        equal(bench.sampler.tick, first * 96)


def test_fifo_fill_is_remembered():
    bench = Bench()
    bench.board.sense(0, 150)
    bench.runs(True)
    equal(bench.sampler.fifo_max, 319)


# Pre-roll


class Runs:
    samples = array("h", bytes(12 * 64))
    lost = -1

    def __init__(self, cuts):
        self.cuts = list(cuts)
        self.at = 0

    # The next run: every value tells its sample.
    def run(self, origin, everything=False):
        n = self.cuts.pop(0) if self.cuts else 0
        self.tick = self.at * 96
        for i in range(6 * n):
            self.samples[i] = self.at + i // 6
        self.at += n
        return n


def test_the_preroll_gives_back_the_newest_seconds_however_runs_are_cut():
    for cuts in ((64,) * 14, (22,) * 40, (1, 63, 64, 2, 5, 30) * 5):
        sensor = Runs(cuts)
        preroll = Preroll(sensor, 1, 417)
        preroll.clear(96)
        while preroll.keep(None):
            pass
        sensor.cuts = [22, 22]  # what comes while it is handed out
        expected = None
        n = preroll.run(None)
        assert preroll.tick <= (sensor.at - 44 - 417) * 96
        while n:
            first = preroll.tick // 96
            assert expected is None or first == expected, (first, expected)
            equal([preroll.samples[6 * i] for i in range(n)], [first + i for i in range(n)])
            expected = first + n
            n = preroll.run(None)
        equal(expected, sensor.at)


# Rates


def watermark(period):
    bench = Bench()
    bench.sampler._imu.period = period
    bench.sampler.start()
    low, high = bench.board.registers[0x07], bench.board.registers[0x08]
    return low | high << 8, bench.sampler.wait_us


def test_a_faster_sensor_gathers_more_but_leaves_room_for_a_late_loop():
    for period in (384, 192, 96, 48, 24, 12, 6):
        words, wait_us = watermark(period)
        # 512 words, and an erase or a collection of the heap may hold the loop up.
        equal(48 <= words <= 192, True)
        equal(words % 48, 0)
        # The wait is longer than the FIFO takes to the watermark, even with an oscillator 5 % slow.
        equal(wait_us > words * 8 // 17 * period * 25 * 105 // 100, True)
    equal(watermark(96)[0], 48)
    equal(watermark(24)[0], 192)


class Listener:
    events = b""

    def __init__(self):
        self.heard = []

    def feed(self, samples, n, tick):
        for i in range(n):
            self.heard.append((tick + 24 * i, samples[6 * i]))
        return 0


def test_the_detector_gets_every_fourth_sample_of_a_fast_sensor_however_runs_are_cut():
    for cuts in ((64,), (1, 2, 3, 5, 22, 31), (3,) * 21):
        listener = Listener()
        thinned = Thinned(listener, 6, 4)
        first = 5
        for n in cuts:
            run_of = array("h", [first + i // 6 for i in range(6 * n)])
            thinned.feed(run_of, n, first * 6 + 1)
            first += n
        equal(listener.heard, [(6 * k + 1, k) for k in range(8, first, 4)])


run(globals())
