# Requests about the node itself.
import gc
import math
import struct

from micropython import const
from node import wire
from node.clock import Timer
from node.link import PUSHES
from node.outbox import CAPACITY, WINDOW
from node.reel import NO_REEL
from node.refusal import Refusal
from node.rpc import answer, fields, more, text8, text_at
from node.selftest import selftest
from node.version import FIRMWARE

_COLLECT_US = const(10_000_000)  # of a recording between two collections for STATUS
_ROLES = {"tag": wire.ROLE_TAG, "belt": wire.ROLE_BELT, "slate": wire.ROLE_SLATE}


class Handlers:
    def __init__(self, node):
        self._node = node
        self._free = gc.mem_free()
        self._collected = Timer(node.clock, _COLLECT_US)
        on = node.rpc.on
        on(wire.MSG_HELLO, self.hello)
        on(wire.MSG_PING, self.ping)
        on(wire.MSG_ECHO, self.echo)
        on(wire.MSG_STATUS, self.status)
        on(wire.MSG_GET, self.get)
        on(wire.MSG_SET, self.set)
        on(wire.MSG_SELFTEST, self.selftest)
        on(wire.MSG_LAMP, self.lamp)
        on(wire.MSG_SUBSCRIBE, self.subscribe)
        on(wire.MSG_ENTER_REPL, self.enter_repl)
        on(wire.MSG_RESET, self.reset)
        on(wire.MSG_SENSE, self.sense)

    def hello(self, payload):
        fields(wire.HELLO_REQUEST, payload)
        node = self._node
        node.rpc.forget()
        node.link.forget_fetches()
        reply = answer(
            wire.HELLO_REPLY,
            wire.VERSION_LOW,
            wire.VERSION_HIGH,
            wire.MAX_PAYLOAD,
            WINDOW,
            self._capabilities(),
            wire.FINGERPRINT,
            node.board.UID,
            _ROLES[node.settings["role"]],
            node.cause,
            node.clock.wraps,
            node.clock.read(),
        )
        for text in (FIRMWARE, node.board.NAME, node.imu.name, node.crash.trace):
            reply += text8(text)
        return reply

    def _capabilities(self):
        node = self._node
        found = wire.CAP_GYRO | wire.CAP_REELS | wire.CAP_LAMP
        if node.supply.mv:
            found |= wire.CAP_BATTERY
        if node.board.REPL:
            found |= wire.CAP_REPL
        return found

    # The time of sending is filled in when the frame is made.
    def ping(self, payload):
        (host_us,) = fields(wire.PING_REQUEST, payload)
        link = self._node.link
        return answer(wire.PING_REPLY, host_us, link.received_wraps, link.received_us, 0, 0)

    def echo(self, payload):
        return payload[2:]

    def status(self, payload):
        node = self._node
        recorder = node.recorder
        loop_us, node.loop_us_max = node.loop_us_max, 0
        return answer(
            wire.STATUS_REPLY,
            node.state(),
            node.arming.reel_id if node.arming.armed else node.origin.reel_id,
            recorder.pages,
            node.pages_free(),
            node.sectors.count * wire.PAGES_PER_SECTOR,
            node.seconds_left(),
            recorder.samples,
            min(recorder.overruns, 0xFFFF),
            node.sampler.fifo_max,
            node.supply.mv,
            node.imu.temperature,
            node.outbox.next,
            node.outbox.dropped,
            self._heap_free(),
            loop_us,
            node.clock.wraps,
            node.clock.read(),
        )

    # After a collection. One takes 29 ms, a seventh of what a second of recording does: then there is one now and then.
    def _heap_free(self):
        if not self._node.recorder.recording or self._collected.due():
            gc.collect()
            self._collected.restart()
            self._free = gc.mem_free()
        return self._free

    def get(self, payload):
        key, _ = text_at(payload, 2)
        value = self._node.settings.text(key).encode()
        return struct.pack("<H", len(value)) + value

    def set(self, payload):
        key, at = text_at(payload, 2)
        value, _ = text_at(payload, at)
        node = self._node
        node.only_idle("Settings are stored in flash")
        node.settings.set(key, value)
        node.apply_settings()
        return text8(node.settings[key])

    def selftest(self, payload):
        self._node.only_idle("The self test uses sensor and flash")
        items = selftest(self._node)
        reply = bytes([all(passed for _, passed, _ in items), len(items)])
        for name, passed, detail in items:
            reply += text8(name) + bytes([passed]) + text8(detail)
        return reply

    def lamp(self, payload):
        (mode,) = fields(wire.LAMP_REQUEST, payload)
        if mode > wire.LAMP_BLINK:
            raise Refusal(wire.ERROR_BAD_VALUE, "There is no lamp mode %d; known are 0 to 3." % mode)
        self._node.lamp.set(mode)
        return b""

    def subscribe(self, payload):
        events, pages = fields(wire.SUBSCRIBE_REQUEST, payload)
        window, page_window = more(wire.SUBSCRIBE_REQUEST, payload, wire.SUBSCRIBE_REQUEST_MORE)
        node = self._node
        node.outbox.window = min(window or WINDOW, CAPACITY)
        node.link.page_window = page_window or PUSHES
        node.link.events_wanted = bool(events)
        node.link.pages_wanted = bool(pages)
        node.outbox.rewind()
        reel = node.reels.open_reel
        if reel is not NO_REEL:
            node.link.push(reel, reel.pages)
        return b""

    def enter_repl(self, payload):
        node = self._node
        if not node.board.REPL:
            raise Refusal(wire.ERROR_BAD_VALUE, "This board has no prompt; HELLO's capabilities tell.")
        node.only_idle("The prompt stops the loop")
        node.leave_when_sent = node.board.leave
        return b""

    def reset(self, payload):
        node = self._node
        node.leave_when_sent = lambda: node.restart(wire.RESET_SOFT)
        return b""

    # What the sensor reads now, and the highest |a| since the last SENSE. While a reel records, the last sample of it.
    def sense(self, payload):
        node = self._node
        imu = node.imu
        if not imu.present:
            raise Refusal(wire.ERROR_NO_SENSOR, "The motion sensor does not answer; check its wiring.")
        q10 = imu.accel_q10
        peak = 2 * math.sqrt(node.sampler.peak_square) * q10 / 1024
        node.sampler.peak_square = 0
        node.care.look()
        axes = [imu.axis(i) for i in range(6)]
        return answer(wire.SENSE_REPLY, *axes, q10, min(int(peak), 0xFFFF), imu.temperature, imu.tick())
