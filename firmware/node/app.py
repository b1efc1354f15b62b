# The node: its parts and its one loop.
import gc
import sys

import micropython
from micropython import const
from node import wire
from node.arming import Arming
from node.care import Care
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
_BELT_PAGE_S = const(2)
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
        self.care = Care(board, self.imu, self.sampler, self.settings)
        self.sectors = Sectors(board)
        self.reels = Reels(self.sectors)
        self.reels.scan()
        self.origin = Origin(random_id())
        self.belt = None
        self.recorder = self._make_recorder(
            board, self.imu, self.sampler, self.reels, self.outbox, self.clock, self.settings, self.origin
        )
        self.arming = Arming(self.recorder, self.sampler, self.clock, self.origin, self.imu)
        self.link = Link(board, self.clock, self.outbox, self.reels, self.origin.boot_id)
        self.rpc = Rpc(self.link, self.outbox)
        Handlers(self)
        ReelHandlers(self)
        if self.belt is not None:
            self.rpc.on(wire.MSG_BELT, self.belt.answer)
        self.leave_when_sent = None
        self.loop_us_max = 0
        self._turn_began = 0
        self._more = False  # the link has more to send and the port takes it
        self._second = Timer(self.clock, 1_000_000)
        self.apply_settings()
        self.care.ensure()

    # The role that the node was started with; a tag needs none of a belt's code.
    def _make_recorder(self, *parts):
        if self.settings["role"] != "belt":
            return Recorder(*parts)
        from node.belt import Belt, BeltRecorder

        self.belt = Belt(self.board.pulses(), self.clock)
        return BeltRecorder(self.belt, *parts)

    # Facts for the handlers

    def state(self):
        if self.recorder.recording:
            return wire.STATE_RECORDING
        if self.arming.armed:
            return wire.STATE_ARMED
        return wire.STATE_PREPARING if self.sectors.dirty else wire.STATE_IDLE

    def pages_free(self):
        return max(0, self.reels.left()) if self.recorder.recording else self.sectors.ready * SLOTS

    def seconds_for(self, pages):
        recorder = self.recorder
        if self.belt is not None:
            return pages * _BELT_PAGE_S
        per_page = _SAMPLES_PER_PAGE
        if recorder.sample_pages > 20:
            per_page = recorder.samples // recorder.sample_pages
        return pages * per_page // int(self.settings["odr_hz"])

    def seconds_left(self):
        return self.seconds_for(max(0, self.reels.left()) if self.recorder.recording else self.reels.room())

    def only_idle(self, why):
        if self.recorder.recording:
            raise Refusal(wire.ERROR_RECORDING, why + "; stop the reel that is being recorded first.")
        if self.arming.armed:
            raise Refusal(wire.ERROR_RECORDING, why + "; the node is armed, STOP disarms it.")

    # Settings that a part of the node works by.
    def apply_settings(self):
        self.link.address = int(self.settings["address"])
        self.care.apply()

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
        elif self.arming.armed:
            self._keep()
        self.link.receive()

    # A sensor whose wires came loose does not answer.
    def _record(self):
        try:
            self.recorder.turn()
        except OSError:
            self.recorder.close(wire.REASON_SENSOR_LOST)

    def _keep(self):
        try:
            self.arming.turn()
        except OSError:
            self.arming.end(wire.REASON_SENSOR_LOST)

    def _patience(self):
        recorder = self.recorder
        if self._more or self.link.waiting():
            return 0
        if recorder.recording:
            if recorder.behind:
                return 0
            return self.sampler.wait_us if self.board.INTERRUPT else _POLL_US
        return 0 if self.sectors.dirty and not self.arming.armed else _IDLE_US

    def _measure(self):
        took = self.clock.since(self._turn_began)
        if took > self.loop_us_max:
            self.loop_us_max = took

    # Everything that has time. True: the loop ends.
    def _at_rest(self):
        if self._second.due():
            self._each_second()
        self.lamp.turn(self.state(), self.recorder.alarm)
        if self.leave_when_sent is not None and self.link.idle():
            self.leave_when_sent()
            return True
        if self.recorder.recording:
            return False
        if self.arming.armed:
            if self.arming.at_rest():
                self.link.push(self.reels.open_reel, 0)
            return False
        if self.sectors.dirty:
            self.sectors.erase_one()
        elif self.imu.present:
            self.care.look()
        return False

    def _each_second(self):
        if self.belt is not None:
            self.belt.read()
        if self.supply.measure():
            self.recorder.note_battery(self.supply.mv)
            self.recorder.close(wire.REASON_LOW_BATTERY)
            if self.arming.armed:
                self.arming.end(wire.REASON_LOW_BATTERY)
        if self.arming.armed:
            self.care.look()  # the temperature that the reel begins with
        if not self.recorder.recording and not self.care.usable():
            self.care.ensure()

    def restart(self, cause):
        self.crash.note_cause(cause)
        self.board.restart(cause)


def run(board):
    board.mount()
    node = None
    try:
        node = Node(board)
        gc.collect()
        gc.threshold(-1)
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
