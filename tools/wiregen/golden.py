"""Golden vectors: bytes that no later version may read or write differently."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from typing import Any

from runslate_protocol.constants import CRC_SIZE
from runslate_protocol.events import PARAMETERS, Event, EventFlag
from runslate_protocol.fingerprint import fingerprint
from runslate_protocol.frame import Frame, encode_frame
from runslate_protocol.messages import MESSAGES, Echo, Message, PagePush
from runslate_protocol.page import (
    EndFacts,
    PageFlag,
    PageHeader,
    PageKind,
    StartFacts,
    build_mark,
    build_page,
)
from runslate_protocol.record import Record
from runslate_protocol.samples import Sample, pack_samples
from runslate_protocol.schema import schema
from runslate_protocol.version import REVISION, VERSION

from wiregen.values import VARIANTS, record_of

Vector = dict[str, Any]

_BOOT, _REEL = 0x2A11B0B5, 0x15EE1234


def golden_text() -> str:
    """The whole file; one vector per line, so that a difference is readable."""
    sections: dict[str, list[Vector]] = {
        "messages": list(_messages()),
        "events": list(_events()),
        "pages": list(_pages()),
        "marks": [{"sequence": n, "bytes": build_mark(n).hex()} for n in (0, 1, 0xFFFFFFFF)],
    }
    head = {"version": VERSION, "revision": REVISION, "fingerprint": fingerprint()}
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    parts.append('"schema": {\n' + ",\n".join(_items(schema())) + "\n}")
    for name, vectors in sections.items():
        lines = ",\n".join(json.dumps(v, ensure_ascii=False) for v in vectors)
        parts.append(f'"{name}": [\n{lines}\n]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def plain(value: Any) -> Any:
    """A record's fields as JSON knows them: bytes in hexadecimal, records as objects."""
    if isinstance(value, Record):
        fields = dataclasses.fields(value)  # type: ignore[arg-type]
        return {f.name: plain(getattr(value, f.name)) for f in fields}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def _items(mapping: dict[str, list[str]]) -> Iterator[str]:
    return (f"{json.dumps(name)}: {json.dumps(lines)}" for name, lines in mapping.items())


def _messages() -> Iterator[Vector]:
    for _, kind in sorted(MESSAGES.items()):
        for variant in VARIANTS:
            message: Message = record_of(kind, variant)
            if kind is PagePush:
                message = PagePush(page=_samples_page(0, _motion(9, 6)))
            yield _message(message, variant)
    for message in (Echo(request_id=n, data=_full_blocks()) for n in range(1, 1000)):
        vector = _message(message, "full blocks")
        if vector["frame"][-2 * _FULL - 4 : -2 * _FULL - 2] == "ff":
            yield vector
            return


_FULL = 254
"""Bytes of a full COBS block; its code is 255."""


def _full_blocks() -> bytes:
    """If the CRC has no zero byte: a full block before a zero, and one at the end of the frame."""
    run = bytes(range(1, 255))
    return b"\0" + run + b"\0" + run[: _FULL - CRC_SIZE]


def _message(message: Message, variant: str) -> Vector:
    type_id = message.TYPE
    frame = Frame(type_id, message.encode(), _BOOT, 256 * type_id, type_id, VERSION)
    return {
        "name": message.NAME,
        "variant": variant,
        "type": type_id,
        "boot_id": frame.boot_id,
        "sequence": frame.sequence,
        "address": frame.address,
        "fields": plain(message),
        "payload": frame.payload.hex(),
        "frame": encode_frame(frame).hex(),
    }


def _events() -> Iterator[Vector]:
    for kind, parameters in PARAMETERS.items():
        for flags in (0, *EventFlag, 0x1F):
            numbers = {f"p{i}": 1000 * i + int(kind) for i in range(len(parameters))}
            event = Event(kind=int(kind), flags=int(flags), tick=0x12345678 + int(kind), **numbers)
            yield {"name": kind.name, "fields": plain(event), "bytes": event.encode().hex()}


def _pages() -> Iterator[Vector]:
    start, end = record_of(StartFacts, "typical"), record_of(EndFacts, "typical")
    yield _page(PageKind.START, 0, start.encode(), facts=plain(start))
    for index, (count, channels) in enumerate([(1, 6), (9, 6), (12, 6), (17, 3)], 1):
        yield _samples(index, _motion(count, channels))
    yield _samples(5, _jumps())
    events = [Event(kind=k, tick=1000 * k) for k in (1, 2, 3)]
    payload = (77).to_bytes(4, "little") + b"".join(e.encode() for e in events)
    yield _page(PageKind.EVENTS, 6, payload, count=3, first=77, events=[plain(e) for e in events])
    yield _page(PageKind.END, 7, end.encode(), facts=plain(end))


def _page(kind: PageKind, index: int, payload: bytes, count: int = 0, **more: Any) -> Vector:
    header = _header(kind, index, len(payload), count)
    data = build_page(header, payload)
    return {"kind": kind.name, "header": plain(header), **more, "bytes": data.hex()}


def _samples(index: int, samples: list[Sample]) -> Vector:
    data = _samples_page(index, samples)
    rows = [list(s) for s in samples]
    header = PageHeader.decode(data)
    return {"kind": "SAMPLES", "header": plain(header), "samples": rows, "bytes": data.hex()}


def _samples_page(index: int, samples: list[Sample]) -> bytes:
    payload = pack_samples(samples)
    return build_page(_header(PageKind.SAMPLES, index, len(payload), len(samples)), payload)


def _header(kind: PageKind, index: int, used: int, count: int) -> PageHeader:
    return PageHeader(
        kind=int(kind),
        flags=int(PageFlag.LOST) if index == 2 else 0,
        boot_id=_BOOT,
        reel_id=_REEL,
        index=index,
        tick=960 * index,
        period=96,
        count=count,
        used=used,
        anchor_tick=1600 + index,
        anchor_us=(1 << 30) - 1 - index,
        anchor_wraps=3,
        temperature=-128 * index,
    )


def _motion(count: int, channels: int) -> list[Sample]:
    """A smooth movement in integers: sines, whose rounding is far from any half."""
    return [tuple(round(1000 * math.sin(0.3 * i + c) + 7 * c) for c in range(channels)) for i in range(count)]


def _jumps() -> list[Sample]:
    """Differences that wrap and need 16 bits, 15 bits (written as 16), 10 bits and none."""
    low, high = -32768, 32767
    return [(low, high, 0, low, high, 0), (high, low, 9000, low, high, -1), (0, 0, 0, low, 0, 511)]
