# Runs on MicroPython: what the board's own modules make of a golden file, as one JSON document.
# Arguments: the firmware's folder, the golden file.
import json
import struct
import sys
from array import array
from binascii import hexlify, unhexlify

sys.path.insert(0, sys.argv[1])

from node import kernels, page, wire
from node.packer import Packer
from node.sectors import Sectors


def plain(values):
    return [hexlify(v).decode() if isinstance(v, bytes) else v for v in values]


def constants():
    return {n: getattr(wire, n) for n in dir(wire) if n[0] != "_" and n[0].isupper()}


# The fixed part of a payload by the format that wire.py has for its name; None: it has none.
def unpacked(name, data):
    form = getattr(wire, name, None)
    return plain(struct.unpack_from(form, data)) if isinstance(form, str) else None


# The frame that the board makes of a message.
def framed(vector):
    payload = unhexlify(vector["payload"])
    body = bytearray(wire.MAX_BODY)
    struct.pack_into(
        wire.HEADER,
        body,
        0,
        wire.VERSION,
        vector["address"],
        vector["boot_id"],
        vector["sequence"],
        vector["type"],
    )
    n = wire.HEADER_SIZE + len(payload)
    body[wire.HEADER_SIZE : n] = payload
    kernels.crc32_put(kernels.CRC_TABLE, body, n, body, n)
    out = bytearray(wire.MAX_FRAME + 1)
    return hexlify(out[: kernels.cobs_encode(body, n + wire.CRC_SIZE, out)]).decode()


# Header and payload that the board reads from a frame; None: it would drop it.
def deframed(vector):
    raw = bytearray(unhexlify(vector["frame"]))
    n = kernels.cobs_decode(raw, len(raw) - 1) - wire.CRC_SIZE
    if n < wire.HEADER_SIZE or not kernels.crc32_good(kernels.CRC_TABLE, raw, n):
        return None
    head = struct.unpack_from(wire.HEADER, raw)
    return {"head": head, "payload": hexlify(raw[wire.HEADER_SIZE : n]).decode()}


# Payload of the samples page that the board packs.
def packed(vector):
    made = []

    def out(buf, flags, tick, count, used):
        made.append(hexlify(buf[wire.PAGE_HEADER_SIZE : wire.PAGE_HEADER_SIZE + used]).decode())

    packer = Packer(out)
    packer.reset(96)
    samples = array("h", [v for row in vector["samples"] for v in row])
    packer.feed(samples, len(vector["samples"]), 0)
    packer.flush()
    return made


# The page that the board makes of a header and a payload.
def sealed(vector, data):
    head = vector["header"]
    origin = page.Origin(head["boot_id"])
    origin.reel_id = head["reel_id"]
    origin.index = head["index"]
    origin.period = head["period"]
    origin.anchor(head["anchor_tick"], head["anchor_us"], head["anchor_wraps"])
    origin.temperature = head["temperature"]
    end = wire.PAGE_HEADER_SIZE + head["used"]
    buf = bytearray(wire.PAGE_SIZE)
    buf[wire.PAGE_HEADER_SIZE : end] = data[wire.PAGE_HEADER_SIZE : end]
    page.seal(buf, origin, head["kind"], head["flags"], head["tick"], head["count"], head["used"])
    return hexlify(buf).decode()


def page_of(vector):
    data = unhexlify(vector["bytes"])
    facts = {"START": "START_FACTS", "END": "END_FACTS"}.get(vector["kind"])
    return {
        "good": page.good(data),
        "header": unpacked("PAGE_HEADER", data),
        "index": struct.unpack_from("<I", data, wire.AT_INDEX)[0],
        "facts": facts and unpacked(facts, data[wire.PAGE_HEADER_SIZE :]),
        "sealed": sealed(vector, data),
        "packed": packed(vector) if len(vector.get("samples", [[]])[0]) == 6 else None,
    }


def message_of(vector):
    payload = unhexlify(vector["payload"])
    name = vector["name"]
    return {
        "request": unpacked(name + "_REQUEST", payload),
        "payload": unpacked(name, payload),
        "framed": framed(vector),
        "deframed": deframed(vector),
    }


with open(sys.argv[2]) as file:
    golden = json.load(file)

print(
    json.dumps(
        {
            "constants": constants(),
            "messages": [message_of(v) for v in golden["messages"]],
            "events": [unpacked("EVENT_FORMAT", unhexlify(v["bytes"])) for v in golden["events"]],
            "pages": [page_of(v) for v in golden["pages"]],
            "marks": [Sectors.marked(None, unhexlify(v["bytes"])) for v in golden["marks"]],
        }
    )
)
