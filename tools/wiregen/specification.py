"""docs/protocol.md: the prose of specification.md filled with tables from the definitions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from runslate_protocol import cobs, constants, page
from runslate_protocol.constants import REPLY_BIT
from runslate_protocol.events import PARAMETERS, Event
from runslate_protocol.fingerprint import fingerprint
from runslate_protocol.frame import Frame, encode_frame
from runslate_protocol.messages import MESSAGES, Message, Ping, Reply, Request
from runslate_protocol.schema import ENUMERATIONS, nested_in
from runslate_protocol.version import REVISION, VERSION

from wiregen.tables import constant_table, field_table, number_table, table

TEMPLATE = Path(__file__).with_name("specification.md")

LIMITS = (
    "MAX_PAYLOAD",
    "MAX_BODY",
    "MAX_FRAME",
    "MAX_ID",
    "MAX_ECHO",
    "MAX_CRASH",
    "MAX_REEL_ENTRIES",
    "REQUEST_MEMORY",
    "TIME_BITS",
)


def specification() -> str:
    """The text of docs/protocol.md; KeyError if the prose names a part that does not exist."""
    parts: dict[str, Callable[[], object]] = {
        "version": lambda: VERSION,
        "revision": lambda: REVISION,
        "fingerprint": lambda: f"0x{fingerprint():08X}",
        "golden": lambda: f"`tests/protocol/golden/v{REVISION}.json`",
        "max_frame": lambda: constants.MAX_FRAME,
        "request_memory": lambda: constants.REQUEST_MEMORY,
        "example": _example,
        "overview": _overview,
        "messages": lambda: "\n\n".join(_messages()),
        "records": lambda: "\n\n".join(_records()),
        "event": lambda: field_table(Event),
        "events": _events,
        "page_header_size": lambda: page.PAGE_HEADER_SIZE,
        "page_room": lambda: page.PAGE_ROOM,
        "page_crc_at": lambda: page.PAGE_CRC_AT,
        "page_crc_last": lambda: page.PAGE_CRC_AT - 1,
        "page_header": lambda: field_table(page.PageHeader),
        "start": lambda: field_table(page.StartFacts),
        "end": lambda: field_table(page.EndFacts),
        "events_per_page": lambda: page.EVENTS_PER_PAGE,
        "samples_per_block": lambda: page.SAMPLES_PER_BLOCK,
        "sector_size": lambda: page.SECTOR_SIZE,
        "pages_per_sector": lambda: page.PAGES_PER_SECTOR,
        "mark": lambda: field_table(page.SectorMark),
        "mark_freed_at": lambda: page.MARK_FREED_AT,
        "enumerations": lambda: "\n\n".join(_enumerations()),
        "limits": lambda: constant_table(constants, LIMITS),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda m: str(parts[m[1]]()), TEMPLATE.read_text("utf-8"))


def _example() -> str:
    frame = Frame(Ping.TYPE, Ping(request_id=7, host_us=1_000_000).encode())
    raw = encode_frame(frame)
    header = cobs.decode(raw[:-1])[: constants.HEADER_SIZE]
    lines = (
        f"header   {header.hex(' ')}",
        f"payload  {frame.payload.hex(' ')}",
        f"frame    {raw.hex(' ')}",
    )
    return "\n".join(f"    {line}" for line in lines)


def _overview() -> str:
    rows = []
    for message in MESSAGES.values():
        if not issubclass(message, Reply):
            link = f"[{message.NAME}](#{_anchor(message)})"
            rows.append((f"0x{message.TYPE:02X}", link, _way(message), _said(message)))
    return table(("type", "message", "from", ""), rows)


def _way(message: type[Message]) -> str:
    if issubclass(message, Request):
        return "host, answered"
    return "host" if message.NAME == "EVENT_ACK" else "node"


def _said(message: type[Message]) -> str:
    return (message.__doc__ or "").strip()


def _anchor(message: type[Message]) -> str:
    return f"0x{message.TYPE:02x}-{message.NAME.lower()}"


def _messages() -> Iterator[str]:
    """A section per message; a reply stands under its request."""
    for message in MESSAGES.values():
        if issubclass(message, Reply):
            continue
        yield f"### 0x{message.TYPE:02X} {message.NAME}\n\n{_said(message)}"
        yield field_table(message)
        if issubclass(message, Request):
            reply = MESSAGES[message.TYPE | REPLY_BIT]
            yield f"Reply 0x{reply.TYPE:02X}: {_said(reply)}\n\n{field_table(reply)}"


def _records() -> Iterator[str]:
    seen = {r.__name__: r for m in MESSAGES.values() for r in nested_in(m) if r is not Event}
    for name, record in seen.items():
        yield f"### {name}\n\n{(record.__doc__ or '').strip()}\n\n{field_table(record)}"


def _events() -> str:
    rows = []
    for kind, parameters in PARAMETERS.items():
        said = "; ".join(f"p{i} `{p.name}`: {p.doc.rstrip('.')}" for i, p in enumerate(parameters))
        rows.append((int(kind), kind.name, kind.doc, said))
    return table(("kind", "name", "meaning", "parameters"), rows)


def _enumerations() -> Iterator[str]:
    for values in ENUMERATIONS:
        said = (values.__doc__ or "").strip()
        yield f"### {values.__name__}\n\n{said}\n\n{number_table(values)}"
