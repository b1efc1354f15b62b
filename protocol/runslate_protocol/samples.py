"""The lossless compression of samples pages: the reference that other codecs are tested against.

It is written to be read. Boards pack with a kernel, hosts unpack with arrays.

First sample: each channel as i16. Then blocks of up to 8 samples. A block begins with one width
nibble per channel, low nibble first, a half byte left over being 0; then each channel's differences
to the sample before, zigzag-coded in `width` bits, least significant bit first; then zero bits up
to the next byte. Widths 0 to 14 stand for themselves, 15 for 16 bits.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .errors import ProtocolError
from .page import SAMPLES_PER_BLOCK

_WIDE: Final = 15
"""The nibble for 16 bits: a difference needs 15 bits so rarely that it shares this one."""

_MASK: Final = 0xFFFF

Sample = tuple[int, ...]


def pack_samples(samples: Sequence[Sequence[int]]) -> bytes:
    """The payload for samples of one to six i16 channels each; at least one sample."""
    first = samples[0]
    out = bytearray(struct.pack(f"<{len(first)}h", *first))
    for at in range(1, len(samples), SAMPLES_PER_BLOCK):
        out += _pack_block(samples[at - 1 : at + SAMPLES_PER_BLOCK])
    return bytes(out)


def unpack_samples(payload: bytes, count: int, channels: int) -> list[Sample]:
    """The samples of a page; raises ProtocolError if the payload's length is not theirs."""
    try:
        samples: list[Sample] = [struct.unpack_from(f"<{channels}h", payload)]
        at = 2 * channels
        while len(samples) < count:
            at += _unpack_block(payload, at, samples, min(SAMPLES_PER_BLOCK, count - len(samples)))
    except (struct.error, IndexError):
        at = -1
    if at != len(payload):
        raise ProtocolError(f"{len(payload)} bytes do not hold {count} samples of {channels} channels exactly.")
    return samples


def zigzag(difference: int) -> int:
    """A difference of two i16 as u16: 0, -1, 1, -2 ... become 0, 1, 2, 3; it wraps at 16 bits."""
    wrapped = _signed(difference)
    return ((wrapped << 1) ^ (wrapped >> 15)) & _MASK


def unzigzag(code: int) -> int:
    """The difference that `zigzag` coded."""
    return (code >> 1) ^ -(code & 1)


def _signed(value: int) -> int:
    return ((value & _MASK) ^ 0x8000) - 0x8000


def _width(codes: Sequence[int]) -> int:
    """The nibble for the widest of these codes."""
    return min(max(code.bit_length() for code in codes), _WIDE)


def _bits(nibble: int) -> int:
    return 16 if nibble == _WIDE else nibble


def _pack_block(samples: Sequence[Sequence[int]]) -> bytes:
    """A block of all samples but the first, which they differ from."""
    columns = [[zigzag(new - old) for old, new in pairwise(column)] for column in zip(*samples, strict=True)]
    nibbles = [_width(codes) for codes in columns]
    fields = [(code, _bits(n)) for codes, n in zip(columns, nibbles, strict=True) for code in codes]
    return _pack_bits([(n, 4) for n in nibbles]) + _pack_bits(fields)


def _pack_bits(fields: Sequence[tuple[int, int]]) -> bytes:
    """(value, width) one after the other from the least significant bit, filled up to a byte."""
    number = at = 0
    for value, width in fields:
        number |= value << at
        at += width
    return number.to_bytes((at + 7) // 8, "little")


def _unpack_block(payload: bytes, at: int, samples: list[Sample], count: int) -> int:
    """Append `count` samples from the block at `at`; returns the block's length."""
    channels = len(samples[-1])
    head = (channels + 1) // 2
    widths = [_bits(payload[at + c // 2] >> 4 * (c % 2) & 15) for c in range(channels)]
    length = head + (sum(widths) * count + 7) // 8
    if at + length > len(payload):
        raise IndexError
    number = int.from_bytes(payload[at + head : at + length], "little")
    columns = []
    for width, value in zip(widths, samples[-1], strict=True):
        column = []
        for _ in range(count):
            value = _signed(value + unzigzag(number & (1 << width) - 1))
            number >>= width
            column.append(value)
        columns.append(column)
    samples += zip(*columns, strict=True)
    return length
