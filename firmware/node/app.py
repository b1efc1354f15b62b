# The node: its parts and its one loop.
import gc
import sys

import micropython
from micropython import const
from node import wire
from node.clock import Clock, Timer
from node.crash import Crash
from node.handlers import Handlers
from node.imu import Imu
from node.lamp import Lamp
from node.link import Link
from node.outbox import Outbox
from node.page import Origin
from node.recorder import Recorder, random_id
from node.reel import Reels
from node.reelhandlers import ReelHandlers
from node.refusal import Refusal
from node.rpc import Rpc
from node.sampler import Sampler
from node.sectors import SLOTS, Sectors
from node.settings import Settings
from node.supply import Supply

_WATCHDOG_MS = const(8000)  # the RP2040's longest is 8.3 s
_IDLE_US = const(20_000)  # at rest: often enough to see the peak of a stamp
_POLL_US = const(15_000)  # recording without the interrupt wired
_PIECES = const(48)  # of 64 bytes, sent in one turn: some 10 pages
_PIECES_RECORDING = const(16)
_SAMPLES_PER_PAGE = const(26)  # before a reel has told better: shoes of 16 recorded runs gave 30 to 41


class Node:
    def __init__(self, board):
        self.board = board
        self.crash = Crash(board.FS)
        self.cause = self.crash.cause(board.CAUSE)
        self.settings = Settings(board.FS)
        self.clock = Clock(board)
        self.lamp = Lamp(board, self.clock)
        self.supply = Supply(board)
        self.outbox = Outbox(self.clock)
        self.imu = Imu(board)
        self.sampler = Sampler(self.imu, self.clock)
        self.sectors = Sectors(board)
        self.reels = Reels(self.sectors)
        self.reels.scan()
        self.origin = Origin(random_id())
        self.recorder = Recorder(
            board, self.imu, self.sampler, self.reels, self.outbox, self.clock, self.settings, self.origin
        )
        self.link = Link(board, self.clock, self.outbox, self.reels, self.origin.boot_id)
        self.rpc = Rpc(self.link, self.outbox)
        Handlers(self)
        ReelHandlers(self)
        self.leave_when_sent = None
        self.loop_us_max = 0
        self._turn_began = 0
        self._more = False  # the link has more to send and the port takes it
        self._second = Timer(self.clock, 1_000_000)
        self.ensure_sensor()

    # Facts for the handlers

    def state(self):
        if self.recorder.recording:
            return wire.STATE_RECORDING
        return wire.STATE_PREPARING if self.sectors.dirty else wire.STATE_IDLE

    def pages_free(self):
        return max(0, self.reels.left()) if self.recorder.recording else self.sectors.ready * SLOTS

    def seconds_for(self, pages):
        recorder = self.recorder
        per_page = _SAMPLES_PER_PAGE
        if recorder.sample_pages > 20:
            per_page = recorder.samples // recorder.sample_pages
        return pages * per_page // int(self.settings["odr_hz"])

    def seconds_left(self):
        return self.seconds_for(max(0, self.reels.left()) if self.recorder.recording else self.reels.room())

    def only_idle(self, why):
        if self.recorder.recording:
            raise Refusal(wire.ERROR_RECORDING, why + "; stop the reel that is being recorded first.")

    # Settings that a part of the node works by.
    def apply_settings(self):
        if self.imu.present:
            self.imu.part = self.settings["part"]
            self.imu.configure(int(self.settings["odr_hz"]))

    # The sensor is there and known. It is identified at rest, once, and remembered: after a reset in a run it moves.
    def ensure_sensor(self):
        imu = self.imu
        try:
            if not imu.answers():
                if not imu.probe():
                    return False
                self.apply_settings()
            if not imu.part:
                imu.part = imu.identify(self._pause)
                if imu.part:
                    self._keep_part(imu.part)
        except OSError:
            imu.present = False
        return imu.present and bool(imu.part)

    # A file system that is full or worn out keeps it until the power goes.
    def _keep_part(self, part):
        try:
            self.settings.set("part", part)
        except Refusal:
            pass

    def _pause(self):
        self.board.idle(10_000)

    # Reads the sensor; the highest acceleration is kept for SENSE.
    def look(self):
        try:
            self.imu.look()
        except OSError:
            self.imu.present = False
            return
        sampler = self.sampler
        sampler.peak_square = max(sampler.peak_square, self.imu.square())

    # The loop

    def run(self):
        self.board.watchdog_start(_WATCHDOG_MS)
        while not self.turn():
            # Only a turn that came to its end feeds it.
            self.board.watchdog_feed()

    # One turn; True when the loop ends. The heap is locked round the way of a sample: an allocation there is found at
    # once, on the bench as on the shoe.
    def turn(self):
        micropython.heap_lock()
        try:
            self._hot()
        finally:
            micropython.heap_unlock()
        if self.link.ready():
            self.rpc.handle()
        micropython.heap_lock()
        try:
            self._more = self.link.send(_PIECES_RECORDING if self.recorder.recording else _PIECES)
            self._measure()
        finally:
            micropython.heap_unlock()
        return self._at_rest()

    # Wait, sample, record, receive: nothing here may allocate.
    def _hot(self):
        recorder = self.recorder
        self.board.idle(self._patience())
        self._turn_began = self.clock.read()
        if recorder.recording:
            self._record()
        self.link.receive()

    # A sensor whose wires came loose does not answer.
    def _record(self):
        try:
            self.recorder.turn()
        except OSError:
            self.recorder.close(wire.REASON_SENSOR_LOST)

    def _patience(self):
        if self._more or self.link.waiting():
            return 0
        if self.recorder.recording:
            return self.sampler.wait_us if self.board.INTERRUPT else _POLL_US
        return 0 if self.sectors.dirty else _IDLE_US

    def _measure(self):
        took = self.clock.since(self._turn_began)
        if took > self.loop_us_max:
            self.loop_us_max = took

    # Everything that has time. True: the loop ends.
    def _at_rest(self):
        if self._second.due():
            self._each_second()
        self.lamp.turn(self.state())
        if self.leave_when_sent is not None and self.link.idle():
            self.leave_when_sent()
            return True
        if self.recorder.recording:
            return False
        if self.sectors.dirty:
            self.sectors.erase_one()
        elif self.imu.present:
            self.look()
        return False

    def _each_second(self):
        if self.supply.measure():
            self.recorder.note_battery(self.supply.mv)
            self.recorder.close(wire.REASON_LOW_BATTERY)
        if not self.recorder.recording and not (self.imu.present and self.imu.part):
            self.ensure_sensor()

    def restart(self, cause):
        self.crash.note_cause(cause)
        self.board.restart(cause)


def run(board):
    board.mount()
    node = None
    try:
        node = Node(board)
        gc.collect()
        node.run()
    except Exception as error:
        crashed(board, node, error)


# The trace outlives the reset; HELLO tells it.
def crashed(board, node, error):
    crash = node.crash if node else Crash(board.FS)
    crash.note(error)
    crash.note_cause(wire.RESET_CRASH)
    if node is None and board.REPL:
        # What cannot even start would do so for ever: better the prompt than a port that comes and goes.
        sys.print_exception(error)
        board.leave()
        return
    board.restart(wire.RESET_CRASH)
