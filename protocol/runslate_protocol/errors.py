"""What the protocol says when bytes are not what they should be."""

from __future__ import annotations

_SHOWN_BYTES = 48
"""Enough of a bad message to recognise it, little enough for one line of a terminal."""


class ProtocolError(ValueError):
    """Bytes or field values that break the protocol; the text is a sentence."""


def hexdump(data: bytes) -> str:
    """The first bytes of `data` in hexadecimal, with its length."""
    if not data:
        return "no bytes"
    dots = " ..." if len(data) > _SHOWN_BYTES else ""
    return f"{len(data)} bytes: {data[:_SHOWN_BYTES].hex(' ')}{dots}"
