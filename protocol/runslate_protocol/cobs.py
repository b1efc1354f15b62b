"""Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): data without zero bytes.

A code byte n says: n - 1 bytes follow as they are, then a zero that is left out. 255 is the
exception: 254 bytes follow and no zero. The zero after the last block is not part of the data.
The cost is one byte per 254 begun, whatever the data.
"""

from __future__ import annotations

from .errors import ProtocolError

_LONGEST = 254
"""Longest run of non-zero bytes under one code byte: its code, 255, is the highest byte."""


class CobsError(ProtocolError):
    """Bytes that no COBS encoder writes."""


def encode(data: bytes) -> bytes:
    """`data` without zero bytes; the delimiter is not appended."""
    out = bytearray()
    *whole, last = data.split(b"\0")
    for run in whole:
        _append(out, run)
        if run and len(run) % _LONGEST == 0:
            out.append(1)  # 255 implies no zero: an empty block carries it
    _append(out, last)
    return bytes(out)


def _append(out: bytearray, run: bytes) -> None:
    """Append a run without zeros as blocks."""
    while len(run) > _LONGEST:
        out.append(_LONGEST + 1)
        out += run[:_LONGEST]
        run = run[_LONGEST:]
    out.append(len(run) + 1)
    out += run


def decode(data: bytes) -> bytes:
    """What `encode` was given; raises CobsError at a zero byte or a block beyond the end."""
    out = bytearray()
    at = 0
    while at < len(data):
        code = data[at]
        end = at + code
        if code == 0 or b"\0" in data[at:end]:
            raise CobsError(f"A zero byte stands inside a frame, in the block at byte {at}.")
        if end > len(data):
            raise CobsError(f"The block at byte {at} says {code - 1} bytes follow, but {len(data) - at - 1} do.")
        out += data[at + 1 : end]
        if code <= _LONGEST and end < len(data):
            out.append(0)
        at = end
    return bytes(out)
