"""Records: typed, frozen classes whose layout is a construct.

A field is written once: an annotation for the type checker, a documented construct for the wire:

    host_us: int = wire(U64 * "The host's clock, microseconds.")

Everything else (parsing, building, struct formats, specification, fingerprint) is derived from it.
"""

from __future__ import annotations

import dataclasses
from io import SEEK_CUR
from typing import Any, ClassVar, Self, dataclass_transform

from construct import (
    Adapter,
    Bytes,
    ConstructError,
    FormatField,
    GreedyBytes,
    Int8sl,
    Int8ul,
    Int16sl,
    Int16ul,
    Int32ul,
    Int64ul,
    Prefixed,
    PrefixedArray,
    Renamed,
    StringError,
    Struct,
    Subconstruct,
)

from .constants import Documented
from .errors import ProtocolError, hexdump

U8, U16, U32, U64 = Int8ul, Int16ul, Int32ul, Int64ul
I8, I16 = Int8sl, Int16sl


class TextAdapter(Adapter):  # type: ignore[misc]  # construct has no types
    """UTF-8 text behind its length in bytes.

    Reading never fails on the text itself: a node may cut a long trace inside a character.
    """

    def __init__(self, length: FormatField) -> None:
        super().__init__(Prefixed(length, GreedyBytes))
        self.length = length
        self.limit = 256 ** length.sizeof() - 1

    def _decode(self, obj: bytes, context: Any, path: str) -> str:
        return obj.decode("utf-8", "replace")

    def _encode(self, obj: str, context: Any, path: str) -> bytes:
        text = obj.encode("utf-8")
        if len(text) > self.limit:
            raise StringError(f"{len(text)} bytes of text, at most {self.limit} fit", path)
        return text


TEXT = TextAdapter(U8)
LONG_TEXT = TextAdapter(U16)


class RestText(Adapter):  # type: ignore[misc]
    """UTF-8 text up to the end of the payload."""

    def __init__(self) -> None:
        super().__init__(GreedyBytes)

    def _decode(self, obj: bytes, context: Any, path: str) -> str:
        return obj.decode("utf-8", "replace")

    def _encode(self, obj: str, context: Any, path: str) -> bytes:
        return obj.encode("utf-8")


REST_TEXT = RestText()
REST = GreedyBytes


class Appended(Subconstruct):  # type: ignore[misc]
    """A field that earlier revisions did not send: has its default where the payload ends."""

    def __init__(self, subcon: Any, default: Any) -> None:
        super().__init__(subcon)
        self.default = default

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        if not stream.read(1):
            return self.default
        stream.seek(-1, SEEK_CUR)
        return self.subcon._parsereport(stream, context, path)


def wire(subcon: Any, *, values: type[Documented] | None = None, default: Any = None) -> Any:
    """A field of a record.

    Args:
        subcon: a construct with its line of documentation, `U16 * "why"`.
        values: the numbers that the field can hold, where they have names.
        default: value if the caller gives none.
    """
    metadata = {"wire": subcon, "values": values}
    if default is None:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(wire,))
class Record:
    """Base of everything that has a layout; subclasses list their fields with `wire`."""

    STRUCT: ClassVar[Any]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        fields = dataclasses.fields(cls)  # type: ignore[arg-type]  # it is one since the line above
        cls.STRUCT = Struct(*(_named(f.name, f.metadata["wire"]) for f in fields))

    @classmethod
    def title(cls) -> str:
        """What errors and the specification call this record."""
        return cls.__name__

    def encode(self) -> bytes:
        """The record's bytes; raises ProtocolError naming the field that does not fit."""
        try:
            return bytes(self.STRUCT.build(vars(self)))
        except (ConstructError, AttributeError, TypeError, UnicodeError) as error:
            raise ProtocolError(f"{self.title()} cannot be encoded: {_reason(error)}.") from error

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The record in `data`; bytes behind its last known field are ignored.

        Raises ProtocolError naming the field at which the bytes end.
        """
        try:
            return cls._from(cls.STRUCT.parse(data))
        except ConstructError as error:
            raise ProtocolError(f"{cls.title()} cannot be read: {_reason(error)}. Received {hexdump(data)}.") from error

    @classmethod
    def _from(cls, container: Any) -> Self:
        return cls(**{f.name: container[f.name] for f in dataclasses.fields(cls)})  # type: ignore[arg-type]


class RecordAdapter(Adapter):  # type: ignore[misc]
    """A record inside another."""

    def __init__(self, record: type[Record]) -> None:
        super().__init__(record.STRUCT)
        self.record = record

    def _decode(self, obj: Any, context: Any, path: str) -> Record:
        return self.record._from(obj)

    def _encode(self, obj: Record, context: Any, path: str) -> dict[str, Any]:
        if not isinstance(obj, self.record):
            raise ConstructError(f"a {self.record.__name__} is expected, not {obj!r}", path)
        return vars(obj)


class ListAdapter(Adapter):  # type: ignore[misc]
    """A u8 count, then as many records: a tuple, because records are frozen."""

    def __init__(self, record: type[Record]) -> None:
        super().__init__(PrefixedArray(U8, RecordAdapter(record)))
        self.record = record

    def _decode(self, obj: Any, context: Any, path: str) -> tuple[Record, ...]:
        return tuple(obj)

    def _encode(self, obj: Any, context: Any, path: str) -> list[Record]:
        return list(obj)


def _named(name: str, subcon: Any) -> Renamed:
    """The documented construct under a name, as one layer: error paths then name it once."""
    return Renamed(subcon.subcon, newname=name, newdocs=subcon.docs)


def _reason(error: Exception) -> str:
    """The path and the cause of a construct error in one phrase."""
    path = getattr(error, "path", None) or ""
    field = path.partition(" -> ")[2].replace(" -> ", ".")
    text = str(error).replace(f"Error in path {path}", "").strip().splitlines()
    cause = text[0].rstrip(".") if text else type(error).__name__
    return f"in field {field}: {cause}" if field else cause


__all__ = [
    "I8",
    "I16",
    "LONG_TEXT",
    "REST",
    "REST_TEXT",
    "TEXT",
    "U8",
    "U16",
    "U32",
    "U64",
    "Appended",
    "Bytes",
    "ListAdapter",
    "Record",
    "RecordAdapter",
    "TextAdapter",
    "wire",
]
