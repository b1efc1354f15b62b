"""firmware/node/wire.py: what the board needs to know of the protocol, as MicroPython constants."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from runslate_protocol import constants as c
from runslate_protocol import page as p
from runslate_protocol.events import Event, EventFlag, EventKind, FallKind, LimpLevel, ReelChange
from runslate_protocol.fingerprint import fingerprint
from runslate_protocol.messages import (
    MESSAGES,
    BoardTime,
    Check,
    Message,
    PagePush,
    ReelEntry,
    Reply,
    Request,
)
from runslate_protocol.page import EndFacts, PageHeader, SectorMark, StartFacts
from runslate_protocol.record import Record
from runslate_protocol.version import VERSION, VERSION_HIGH, VERSION_LOW

from wiregen.layout import appended_format, appended_names, fixed_format, fixed_names, offsets, variable_fields

HEAD = """\
# Generated from protocol/runslate_protocol by tools/generate_wire.py: edit those, then `make wire`.
#
# Text in comments: u8 length + that many bytes of UTF-8 (text8), u16 length (text16).
# A list is a u8 count, then its records. Everything is little-endian.
# A format covers the fixed part of a payload; what follows it is named beside it.
from micropython import const
"""

LIMITS = {
    "HEADER_SIZE": c.HEADER_SIZE,
    "CRC_SIZE": c.CRC_SIZE,
    "MAX_PAYLOAD": c.MAX_PAYLOAD,
    "MAX_BODY": c.MAX_BODY,
    "MAX_FRAME": c.MAX_FRAME,
    "ADDRESS_ANY": c.ADDRESS_ANY,
    "ADDRESS_ALL": c.ADDRESS_ALL,
    "BOOT_ANY": c.BOOT_ANY,
    "MAX_ID": c.MAX_ID,
    "REPLY": c.REPLY_BIT,
    "REQUEST_MEMORY": c.REQUEST_MEMORY,
    "EVENT_SIZE": c.EVENT_SIZE,
    "MAX_REEL_ENTRIES": c.MAX_REEL_ENTRIES,
    "MAX_ECHO": c.MAX_ECHO,
    "MAX_CRASH": c.MAX_CRASH,
}
PAGES = {
    "PAGE_SIZE": p.PAGE_SIZE,
    "PAGE_MAGIC": p.PAGE_MAGIC,
    "PAGE_FORMAT": p.PAGE_FORMAT,
    "PAGE_HEADER_SIZE": p.PAGE_HEADER_SIZE,
    "PAGE_ROOM": p.PAGE_ROOM,
    "PAGE_CRC_AT": p.PAGE_CRC_AT,
    "EVENTS_PER_PAGE": p.EVENTS_PER_PAGE,
    "SAMPLES_PER_BLOCK": p.SAMPLES_PER_BLOCK,
    "SECTOR_SIZE": p.SECTOR_SIZE,
    "PAGES_PER_SECTOR": p.PAGES_PER_SECTOR,
    "MARK_MAGIC": p.MARK_MAGIC,
    "MARK_FORMAT": p.MARK_FORMAT,
    "MARK_FREED_AT": p.MARK_FREED_AT,
}
ENUMERATIONS: dict[str, type[c.Documented]] = {
    "ERROR": c.ErrorCode,
    "ROLE": c.Role,
    "RESET": c.ResetCause,
    "CAP": c.Capability,
    "STATE": c.State,
    "REASON": c.Reason,
    "START": c.StartMode,
    "LAMP": c.LampMode,
    "LOG": c.LogLevel,
    "EVENT": EventKind,
    "FLAG": EventFlag,
    "REEL": ReelChange,
    "LIMP": LimpLevel,
    "FALL": FallKind,
    "PAGE": p.PageKind,
    "PAGE_FLAG": p.PageFlag,
}
RECORDS: dict[str, type[Record]] = {
    "TIME": BoardTime,
    "REEL_ENTRY": ReelEntry,
    "CHECK": Check,
    "EVENT_FORMAT": Event,
    "PAGE_HEADER": PageHeader,
    "START_FACTS": StartFacts,
    "END_FACTS": EndFacts,
    "SECTOR_MARK": SectorMark,
}


def wire_module() -> str:
    """The text of firmware/node/wire.py."""
    parts = [_frame(), _types(), _payloads(), _records(), *_enumerations(), _pages()]
    return HEAD + "".join("\n" + "\n".join(part) + "\n" for part in parts)


def _number(name: str, value: int) -> str:
    return f"{name} = const({value})"


def _frame() -> Iterator[str]:
    yield _number("VERSION", VERSION)
    yield _number("VERSION_LOW", VERSION_LOW)
    yield _number("VERSION_HIGH", VERSION_HIGH)
    yield "# Hash of the schema, for HELLO"
    yield _number("FINGERPRINT", fingerprint())
    yield "# Frame: COBS( header | payload | crc32 ) 0x00"
    yield '# version, address, boot_id, sequence, type\nHEADER = "<BBIHB"'
    yield from (_number(name, value) for name, value in LIMITS.items())


def _types() -> Iterator[str]:
    yield "# Types; a reply's type is its request's | REPLY"
    for message in MESSAGES.values():
        if not issubclass(message, Reply):
            yield f"MSG_{message.NAME} = const(0x{message.TYPE:02X})"


def _payloads() -> Iterator[str]:
    yield "# Payloads that are more than a request id (u16)"
    for message in MESSAGES.values():
        if message is not PagePush:  # 256 bytes as they are: nothing to unpack
            yield from _format(_payload_name(message), message)


def _payload_name(message: type[Message]) -> str:
    return message.NAME + ("_REQUEST" if issubclass(message, Request) else "")


def _records() -> Iterator[str]:
    yield "# Records in payloads and pages"
    for name, record in RECORDS.items():
        yield from _format(name, record)


def _format(name: str, record: type[Record]) -> Iterator[str]:
    """A format under a comment that names its fields; a lone request id needs none."""
    fixed, rest = fixed_format(record), variable_fields(record)
    names = ", ".join(fixed_names(record))
    if fixed in ("<", "<H"):
        text = f"{name}: {', '.join([names, *rest] if names else rest)}"
        yield from _comment(text) if rest else ()
        return
    yield from _comment(names + (f"; then {', '.join(rest)}" if rest else ""))
    yield f'{name} = "{fixed}"'
    if more := appended_format(record):
        yield from _comment(f"behind it, 0 where an older host sends less: {', '.join(appended_names(record))}")
        yield f'{name}_MORE = "{more}"'


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent="# ", subsequent_indent="#   ")


def _enumerations() -> Iterator[list[str]]:
    for prefix, values in ENUMERATIONS.items():
        title = (values.__doc__ or "").strip().rstrip(".")
        yield [f"# {title}", *(_number(f"{prefix}_{v.name}", int(v)) for v in values)]


def _pages() -> Iterator[str]:
    yield "# Pages and flash"
    yield from (_number(name, value) for name, value in PAGES.items())
    yield "# Offsets in a page's header"
    yield from (_number(f"AT_{n.upper()}", at) for n, at in offsets(PageHeader).items())
