"""Markdown tables of what the definitions say."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Iterable
from itertools import pairwise
from types import ModuleType
from typing import Any

from construct import SizeofError
from runslate_protocol.constants import Documented
from runslate_protocol.record import Appended, Record
from runslate_protocol.schema import nested_in, type_name


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    names = list(head)
    lines = [names, ["---"] * len(names), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


def field_table(record: type[Record]) -> str:
    """Offset, name, type and meaning of each field; no offset behind a field of varying length."""
    rows, at = [], 0
    fields = dataclasses.fields(record)  # type: ignore[arg-type]
    for subcon, field in zip(record.STRUCT.subcons, fields, strict=True):
        kind = linked_type(record, subcon.subcon) + _values(field.metadata["values"])
        kind += _absent(subcon.subcon)
        rows.append(("" if at < 0 else at, subcon.name, kind, subcon.docs))
        at = _end(at, subcon)
    return table(("offset", "field", "type", "meaning"), rows)


def linked_type(record: type[Record], subcon: object) -> str:
    """The type's name, records as links to their tables."""
    text = type_name(subcon)
    for inner in set(nested_in(record)):
        text = text.replace(inner.__name__, f"[{inner.__name__}](#{inner.__name__.lower()})")
    return text


def number_table(values: type[Documented]) -> str:
    """Number, name and meaning of each member."""
    return table(("number", "name", "meaning"), ((int(v), v.name, v.doc) for v in values))


def constant_table(module: ModuleType, names: Iterable[str]) -> str:
    """Name, value and reason of constants: the string under each in its module."""
    reasons = _reasons(module)
    rows = ((f"`{name}`", getattr(module, name), reasons[name]) for name in names)
    return table(("limit", "value", "reason"), rows)


def _values(values: type[Documented] | None) -> str:
    return f" [{values.__name__}](#{values.__name__.lower()})" if values else ""


def _absent(subcon: object) -> str:
    return f", {subcon.default!r} if absent" if isinstance(subcon, Appended) else ""


def _end(at: int, subcon: Any) -> int:
    """Where the next field begins; -1 if that varies."""
    try:
        return at if at < 0 else at + int(subcon.sizeof())
    except SizeofError:
        return -1


def _reasons(module: ModuleType) -> dict[str, str]:
    """The string under each annotated constant of a module."""
    body = ast.parse(inspect.getsource(module)).body
    reasons = {}
    for statement, below in pairwise(body):
        match statement, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=text)):
                reasons[name] = str(text)
    return reasons
