"""How a record lies in memory: struct formats, offsets, what follows the fixed part."""

from __future__ import annotations

from typing import Any

from construct import Bytes, FormatField
from runslate_protocol.record import Appended, Record, RecordAdapter
from runslate_protocol.schema import type_name

# On some machines construct's Int32ul says "L"; in little-endian mode both mean 4 bytes.
CHARACTERS = {"B": "B", "H": "H", "L": "I", "I": "I", "Q": "Q", "b": "b", "h": "h"}


def fixed_format(record: type[Record]) -> str:
    """The struct format of the fields before the first one of variable length, `<` included."""
    parts = [_character(s.subcon) for s in record.STRUCT.subcons[: _fixed_count(record)]]
    return "<" + "".join(part or "" for part in parts)


def fixed_names(record: type[Record]) -> list[str]:
    """The names of the fields that `fixed_format` covers."""
    return [s.name for s in record.STRUCT.subcons[: _fixed_count(record)]]


def appended_format(record: type[Record]) -> str:
    """The struct format of the fields at the end that an older peer does not send; "" if there are none."""
    appended = [s.subcon for s in record.STRUCT.subcons if isinstance(s.subcon, Appended)]
    if any(a.default for a in appended):
        raise TypeError(f"{record.__name__}: a node reads absent fields as 0, so their defaults must be 0.")
    return "<" + "".join(_character(a.subcon) or "" for a in appended) if appended else ""


def appended_names(record: type[Record]) -> list[str]:
    """The names of the fields that `appended_format` covers."""
    return [s.name for s in record.STRUCT.subcons if isinstance(s.subcon, Appended)]


def variable_fields(record: type[Record]) -> list[str]:
    """`name: type` of the fields from the first one of variable length on."""
    subcons = record.STRUCT.subcons[_fixed_count(record) :]
    return [f"{s.name}: {type_name(s.subcon)}" for s in subcons if not isinstance(s.subcon, Appended)]


def offsets(record: type[Record]) -> dict[str, int]:
    """Offset of each field of a record without variable fields."""
    at, result = 0, {}
    for subcon in record.STRUCT.subcons:
        result[subcon.name] = at
        at += subcon.sizeof()
    return result


def _fixed_count(record: type[Record]) -> int:
    for i, subcon in enumerate(record.STRUCT.subcons):
        if _character(subcon.subcon) is None:
            return i
    return len(record.STRUCT.subcons)


def _character(subcon: Any) -> str | None:
    """The format of one field; None if its length varies."""
    if isinstance(subcon, FormatField):
        return CHARACTERS[subcon.fmtstr[-1]]
    if isinstance(subcon, Bytes):
        return f"{subcon.length}s"
    if isinstance(subcon, RecordAdapter):
        return fixed_format(subcon.record)[1:]
    return None
