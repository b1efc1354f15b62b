"""The schema as data: what the fingerprint hashes and what later versions are held to."""

from __future__ import annotations

from typing import Any, Final

from construct import Bytes, FormatField, GreedyBytes

from . import constants
from .constants import Documented
from .events import PARAMETERS, Event, EventFlag, EventKind, FallKind, LimpLevel, ReelChange
from .messages import MESSAGES
from .page import EndFacts, PageFlag, PageHeader, PageKind, SectorMark, StartFacts
from .record import Appended, ListAdapter, Record, RecordAdapter, RestText, TextAdapter

Schema = dict[str, list[str]]

ENUMERATIONS: Final[tuple[type[Documented], ...]] = (
    constants.ErrorCode,
    constants.Role,
    constants.ResetCause,
    constants.Capability,
    constants.State,
    constants.Reason,
    constants.StartMode,
    constants.LampMode,
    constants.LogLevel,
    EventKind,
    EventFlag,
    ReelChange,
    LimpLevel,
    FallKind,
    PageKind,
    PageFlag,
)
"""All named numbers on the wire."""

RECORDS: Final[tuple[type[Record], ...]] = (Event, PageHeader, StartFacts, EndFacts, SectorMark)
"""Layouts beside the messages and what is inside them."""

_FROZEN: Final = ("Event", "PageHeader", "SectorMark", "BoardTime", "ReelEntry", "Check")
"""Layouts that something else follows, so that nothing can be appended to them."""

_NUMBERS: Final = {
    "B": "u8",
    "H": "u16",
    "L": "u32",
    "I": "u32",
    "Q": "u64",
    "b": "i8",
    "h": "i16",
}


def type_name(subcon: Any) -> str:
    """The name of a wire type: u16, text8, bytes[8], rest, BoardTime, list of Check."""
    if isinstance(subcon, FormatField):
        return _NUMBERS[subcon.fmtstr[-1]]
    if isinstance(subcon, Appended):
        return type_name(subcon.subcon)
    if isinstance(subcon, TextAdapter):
        return f"text{8 * subcon.length.sizeof()}"
    if isinstance(subcon, ListAdapter):
        return f"list of {subcon.record.__name__}"
    if isinstance(subcon, RecordAdapter):
        return subcon.record.__name__
    if isinstance(subcon, Bytes):
        return f"bytes[{subcon.length}]"
    if isinstance(subcon, RestText):
        return "rest as text"
    if subcon is GreedyBytes:
        return "rest"
    raise TypeError(f"There is no name for {subcon!r}: add one to type_name.")


def fields_of(record: type[Record]) -> list[str]:
    """`name: type` of each field in wire order."""
    return [f"{s.name}: {type_name(s.subcon)}" for s in record.STRUCT.subcons]


def nested_in(record: type[Record]) -> list[type[Record]]:
    """The records inside a record."""
    inner = (s.subcon for s in record.STRUCT.subcons)
    return [s.record for s in inner if isinstance(s, ListAdapter | RecordAdapter)]


def schema() -> Schema:
    """Every layout as `name: type` lines, every set of named numbers as `number NAME` lines.

    Documentation is left out: wording may improve without a new fingerprint.
    """
    messages = [MESSAGES[type_id] for type_id in sorted(MESSAGES)]
    records = [*RECORDS, *(inner for m in messages for inner in nested_in(m))]
    result = {f"message 0x{m.TYPE:02X} {m.NAME}": fields_of(m) for m in messages}
    result |= {f"record {r.__name__}": fields_of(r) for r in records}
    result |= {f"event {k.value} {k.name}": [p.name for p in ps] for k, ps in PARAMETERS.items()}
    result |= {f"enum {e.__name__}": [f"{m.value} {m.name}" for m in e] for e in ENUMERATIONS}
    return result


def broken_promises(old: Schema, new: Schema) -> list[str]:
    """What `new` took away from or changed in `old`, in sentences; empty if only appended to.

    Nothing vanishes, no id or number gets another meaning, fields are appended only, and not at all
    to layouts that something else follows.
    """
    broken = []
    for name, fields in old.items():
        now = new.get(name)
        if now is None:
            broken.append(f"{name} is gone or has another name or number.")
        elif now[: len(fields)] != fields:
            broken.append(f"{name} had {fields}, has {now}: only appending is allowed.")
        elif len(now) > len(fields) and _is_frozen(name, fields):
            broken.append(f"{name} cannot grow: something follows it on the wire.")
    return broken


def _is_frozen(name: str, fields: list[str]) -> bool:
    record = name.removeprefix("record ")
    return record in _FROZEN or any(": rest" in field for field in fields[-1:])
