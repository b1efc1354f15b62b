"""Values for golden vectors: derived from names, so they stay when fields are appended."""

from __future__ import annotations

import binascii
import dataclasses
from typing import Any, TypeVar

from construct import Bytes, FormatField, GreedyBytes
from runslate_protocol.constants import Documented
from runslate_protocol.record import Appended, ListAdapter, Record, RecordAdapter, TextAdapter

R = TypeVar("R", bound=Record)

VARIANTS = ("zero", "typical", "limit")
"""All bits 0, something a reader recognises, and the widest that fits."""

_TEXTS = ("Ada", "left", "LSM6DSO32", "Łódź, 3.2 g", "1.0.0")
_SIGNED = {"b": 7, "h": 15}
_UNSIGNED = {"B": 8, "H": 16, "L": 32, "I": 32, "Q": 64}


def record_of(record: type[R], variant: str) -> R:
    """An instance of a record with the values of a variant."""
    fields = dataclasses.fields(record)  # type: ignore[arg-type]
    return record(**{f.name: _value(f, f"{record.__name__}.{f.name}", variant) for f in fields})


def _value(field: dataclasses.Field[Any], seed: str, variant: str) -> Any:
    subcon, names = field.metadata["wire"].subcon, field.metadata["values"]
    if isinstance(subcon, Appended):
        subcon = subcon.subcon
    if isinstance(subcon, FormatField):
        return _number(subcon.fmtstr[-1], names, seed, variant)
    if isinstance(subcon, RecordAdapter):
        return record_of(subcon.record, variant)
    if isinstance(subcon, ListAdapter):
        size = {"zero": 0, "typical": 2, "limit": 8}[variant]
        return tuple(record_of(subcon.record, "typical") for _ in range(size))
    if isinstance(subcon, TextAdapter):
        return {"zero": "", "typical": _pick(_TEXTS, seed), "limit": "ø" * 20}[variant]
    if isinstance(subcon, Bytes):
        return _bytes(seed, variant, subcon.length)
    if subcon is GreedyBytes:
        return _bytes(seed, variant, {"zero": 0, "typical": 20, "limit": 600}[variant])
    return {"zero": "", "typical": "FIFO overran once", "limit": "ø" * 100}[variant]


def _number(character: str, names: type[Documented] | None, seed: str, variant: str) -> int:
    bits = _UNSIGNED.get(character) or _SIGNED[character]
    if variant == "zero":
        return 0
    if variant == "limit":
        return (1 << bits) - 1 if character in _UNSIGNED else -(1 << bits)
    if names:
        return int(_pick(tuple(names), seed))
    number = binascii.crc32(seed.encode()) % (1 << min(bits, 20))
    return number if character in _UNSIGNED else number % (1 << bits) - (1 << bits - 1)


def _bytes(seed: str, variant: str, size: int) -> bytes:
    if variant != "typical":
        return bytes(size) if variant == "zero" else bytes(i % 256 for i in range(size))
    words = (binascii.crc32(f"{seed} {i}".encode()).to_bytes(4, "little") for i in range(size))
    return b"".join(words)[:size]


def _pick(choices: tuple[Any, ...], seed: str) -> Any:
    return choices[binascii.crc32(seed.encode()) % len(choices)]
