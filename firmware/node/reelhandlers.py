# Requests about recording and reels.
import struct

from node import wire
from node.refusal import Refusal
from node.rpc import answer, fields, more

_MOST_PAGES = 256  # per request: each is checked before it is promised


class ReelHandlers:
    def __init__(self, node):
        self._node = node
        on = node.rpc.on
        on(wire.MSG_START, self.start)
        on(wire.MSG_STOP, self.stop)
        on(wire.MSG_REELS, self.reels)
        on(wire.MSG_PAGES, self.pages)
        on(wire.MSG_RECEIPT, self.receipt)

    def start(self, payload):
        utc_ms, max_seconds = fields(wire.START_REQUEST, payload)
        start_utc_ms, mode, preroll_s = more(wire.START_REQUEST, payload, wire.START_REQUEST_MORE)
        node = self._node
        if node.recorder.recording:
            raise Refusal(wire.ERROR_RECORDING, "A reel is being recorded already; stop it first.")
        if mode > wire.START_MOTION:
            raise Refusal(wire.ERROR_BAD_VALUE, "There is no start mode %d; known are 0 and 1." % mode)
        arming = node.arming
        now = mode == wire.START_TIME and start_utc_ms <= utc_ms
        if now and arming.armed:
            return self._begin_armed()
        self._may_start(max_seconds)
        if not now:
            if node.belt is not None:
                raise Refusal(wire.ERROR_BAD_VALUE, "A belt has no steps to wait for and room for hours: START it now.")
            link = node.link
            asked = (link.received_wraps, link.received_us)
            arming.arm(asked, utc_ms, max_seconds, start_utc_ms, mode, preroll_s)
            return answer(wire.START_REPLY, arming.reel_id, *asked)
        node.recorder.start(utc_ms, max_seconds)
        node.link.push(node.reels.open_reel, 0)
        return answer(wire.START_REPLY, node.origin.reel_id, node.origin.anchor_wraps, node.origin.anchor_us)

    # A command begins an armed reel too, as the time or the motion that it waits for would have.
    def _begin_armed(self):
        node = self._node
        node.arming.due = True
        return answer(wire.START_REPLY, node.arming.reel_id, node.clock.wraps, node.clock.read())

    def _may_start(self, max_seconds):
        node = self._node
        if node.supply.low:
            raise Refusal(wire.ERROR_LOW_BATTERY, "The battery is at %d mV; charge it first." % node.supply.mv)
        if node.belt is None and not node.care.ensure():
            raise Refusal(
                wire.ERROR_NO_SENSOR,
                "The sensor does not answer, or has not read 1 g at rest: check the wiring, keep it still a second.",
            )
        room = node.reels.room()
        if node.sectors.dirty and (not max_seconds or node.seconds_for(room) < max_seconds):
            raise Refusal(
                wire.ERROR_PREPARING,
                "Flash is being erased: %d of %d sectors are to be done. Ask again in a moment."
                % (node.sectors.dirty, node.sectors.count),
            )
        if room <= wire.PAGES_PER_SECTOR:
            raise Refusal(wire.ERROR_FLASH_FULL, "Flash is full: drain the reels and send receipts, which frees them.")

    def stop(self, payload):
        node = self._node
        arming = node.arming
        if arming.armed:
            arming.disarm()
            return answer(wire.STOP_REPLY, arming.reel_id, 0, wire.REASON_STOPPED)
        if not node.recorder.recording:
            raise Refusal(wire.ERROR_NOT_RECORDING, "No reel is being recorded.")
        node.recorder.stop()
        return answer(wire.STOP_REPLY, node.origin.reel_id, node.recorder.pages, node.recorder.reason)

    def reels(self, payload):
        (skip,) = fields(wire.REELS_REQUEST, payload)
        node = self._node
        reels = node.reels.reels
        some = reels[skip : skip + wire.MAX_REEL_ENTRIES]
        reply = answer(wire.REELS_REPLY, min(len(reels), 255)) + bytes([len(some)])
        for reel in some:
            reply += struct.pack(
                wire.REEL_ENTRY,
                reel.reel_id,
                node.reels.boot_id(reel),
                reel.pages,
                reel.reason != 0,
                reel.reason,
                reel.utc_ms,
                min(reel.torn, 255),
            )
        return reply

    # How many pages will follow: those that are there and whole.
    def pages(self, payload):
        reel_id, first, count = fields(wire.PAGES_REQUEST, payload)
        node = self._node
        reel = self._known(reel_id)
        end = min(first + min(count, _MOST_PAGES), reel.pages)
        found = 0
        for index in range(first, end):
            if node.reels.read(reel, index, node.sectors.buf):
                found += 1
        if found and not node.link.fetch(reel, first, end):
            raise Refusal(wire.ERROR_BAD_VALUE, "Four requests for pages are being served; wait for their pages first.")
        return answer(wire.PAGES_REPLY, found)

    def receipt(self, payload):
        library, reel_id, pages = fields(wire.RECEIPT_REQUEST, payload)
        node = self._node
        owner = node.settings["library"]
        if owner and owner != library.hex():
            raise Refusal(
                wire.ERROR_NOT_OWNER, "This node belongs to library %s; only that one may free its reels." % owner
            )
        reel = self._known(reel_id)
        if reel is node.reels.open_reel:
            raise Refusal(wire.ERROR_RECORDING, "This reel is being recorded; stop it first.")
        return answer(wire.RECEIPT_REPLY, node.reels.free(reel, pages))

    def _known(self, reel_id):
        reel = self._node.reels.find(reel_id)
        if reel is None:
            raise Refusal(wire.ERROR_NO_SUCH_REEL, "There is no reel %08x here; REELS lists those that are." % reel_id)
        return reel
