# Requests: who may ask, what is answered, and never the same twice. The handlers themselves are in handlers.py and
# reelhandlers.py.
import struct

from micropython import const
from node import wire
from node.refusal import Refusal

_TYPE_AT = const(8)
_BOOT_AT = const(2)

# What changes nothing is answered afresh: a PING's times must be new, and an ECHO is long.
_READS = (
    wire.MSG_HELLO,
    wire.MSG_PING,
    wire.MSG_ECHO,
    wire.MSG_STATUS,
    wire.MSG_GET,
    wire.MSG_REELS,
    wire.MSG_SENSE,
)


class Rpc:
    def __init__(self, link, outbox):
        self._link = link
        self._outbox = outbox
        self._handlers = {}
        # Ring of (request id, type, payload of the reply) of the requests that changed something.
        self._remembered = [(0, 0, b"")] * wire.REQUEST_MEMORY
        self._oldest = 0

    # handler(payload) returns the reply's payload behind the request id.
    def on(self, kind, handler):
        self._handlers[kind] = handler

    # A new host numbers its requests from anywhere.
    def forget(self):
        for i in range(wire.REQUEST_MEMORY):
            self._remembered[i] = (0, 0, b"")

    # The request that the link holds.
    def handle(self):
        link = self._link
        frame = link.frame
        # What nodes send is not for nodes: on some radios each hears itself.
        host = frame[_TYPE_AT] < wire.MSG_EVENT
        if host and frame[0] == wire.VERSION and frame[1] in (wire.ADDRESS_ANY, link.address, wire.ADDRESS_ALL):
            self._dispatch(frame[_TYPE_AT], bytes(frame[wire.HEADER_SIZE : link.length]))
            if frame[1] == wire.ADDRESS_ALL:
                link.wait_for_slot()
        link.done()

    def _dispatch(self, kind, payload):
        if kind == wire.MSG_EVENT_ACK:
            if len(payload) >= 4 and self._right_boot():
                self._outbox.acknowledge(struct.unpack("<I", payload)[0])
            return
        request = payload[0] | payload[1] << 8 if len(payload) >= 2 else 0
        for number, of, reply in self._remembered:
            if number == request and of == kind and number:
                self._link.reply(kind | wire.REPLY, reply)
                return
        try:
            self._execute(kind, request, payload)
        except Refusal as refusal:
            self._refuse(request, refusal)
        except OSError as error:
            self._refuse(
                request, Refusal(wire.ERROR_NO_SENSOR, "A part of the board failed (%r); run the self test." % error)
            )

    def _execute(self, kind, request, payload):
        if len(payload) < 2:
            raise Refusal(
                wire.ERROR_BAD_PAYLOAD, "The payload ends within the request id; a request begins with 2 bytes of it."
            )
        handler = self._handlers.get(kind)
        if handler is None:
            raise Refusal(
                wire.ERROR_UNKNOWN_MESSAGE,
                "This firmware does not know message type 0x%02x; use a host of the same version." % kind,
            )
        if not self._right_boot():
            raise Refusal(
                wire.ERROR_WRONG_BOOT,
                "The node has restarted: its boot id is %08x. Say HELLO again." % self._link.boot_id,
            )
        reply = payload[:2] + handler(payload)
        # The link copies without asking how much fits.
        if len(reply) > wire.MAX_PAYLOAD:
            raise Refusal(wire.ERROR_BAD_VALUE, "The answer has %d bytes, more than a frame holds." % len(reply))
        if kind not in _READS:
            self._remember(request, kind, reply)
        self._link.reply(kind | wire.REPLY, reply)

    def _right_boot(self):
        boot_id = struct.unpack_from("<I", self._link.frame, _BOOT_AT)[0]
        return boot_id in (wire.BOOT_ANY, self._link.boot_id)

    def _remember(self, request, kind, reply):
        self._remembered[self._oldest] = (request, kind, reply)
        self._oldest = (self._oldest + 1) % wire.REQUEST_MEMORY

    def _refuse(self, request, refusal):
        self._link.reply(wire.MSG_ERROR, struct.pack(wire.ERROR, request, refusal.code) + text8(refusal.sentence))


# A reply's fixed fields; its id is put before them later.
def answer(form, *values):
    return struct.pack(form, 0, *values)[2:]


# The fixed fields of a request, its id left out.
def fields(form, payload):
    size = struct.calcsize(form)
    if len(payload) < size:
        raise Refusal(wire.ERROR_BAD_PAYLOAD, "The payload has %d bytes, %d were expected." % (len(payload), size))
    return struct.unpack_from(form, payload)[1:]


# Fields behind those of `form`; what an older host does not send is 0.
def more(form, payload, form_more):
    tail = payload[struct.calcsize(form) :]
    return struct.unpack_from(form_more, tail + bytes(struct.calcsize(form_more)))


# A text8 at this place and the place behind it.
def text_at(payload, at):
    if at >= len(payload) or at + 1 + payload[at] > len(payload):
        raise Refusal(wire.ERROR_BAD_PAYLOAD, "The payload ends within a text.")
    end = at + 1 + payload[at]
    try:
        return str(payload[at + 1 : end], "utf-8"), end
    except UnicodeError:
        raise Refusal(wire.ERROR_BAD_PAYLOAD, "A text of the payload is not UTF-8.")


def text8(text):
    data = text.encode()[:255]
    return bytes([len(data)]) + data
