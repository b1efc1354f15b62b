"""Frames: COBS( header | payload | CRC-32 ) 0x00."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from . import cobs
from .constants import ADDRESS_ANY, BOOT_ANY, CRC_SIZE, HEADER_SIZE, MAX_FRAME, MAX_PAYLOAD
from .errors import ProtocolError, hexdump
from .messages import Message, Unknown, decode
from .version import VERSION, VERSION_HIGH, VERSION_LOW

_HEADER: Final = struct.Struct("<BBIHB")
_CRC: Final = struct.Struct("<I")
_END: Final = b"\0"


@dataclass(frozen=True)
class Frame:
    """One message with its envelope."""

    type: int
    payload: bytes
    boot_id: int = BOOT_ANY
    sequence: int = 0
    address: int = ADDRESS_ANY
    version: int = VERSION

    def message(self) -> Message | Unknown:
        """The payload decoded; raises ProtocolError if it is too short."""
        return decode(self.type, self.payload)


@dataclass(frozen=True)
class BadFrame:
    """Bytes between two delimiters that are no frame, and why."""

    reason: str
    sentence: str
    raw: bytes


@dataclass
class Counters:
    """What a deframer has seen; Python integers, so they never wrap."""

    frames: int = 0
    cobs: int = 0
    too_short: int = 0
    too_long: int = 0
    crc: int = 0
    version: int = 0

    @property
    def bad(self) -> int:
        """Bad frames of all kinds; text between frames counts as one of them."""
        return self.cobs + self.too_short + self.too_long + self.crc + self.version


def encode_frame(frame: Frame) -> bytes:
    """The frame's bytes with the delimiter; raises ProtocolError if the payload is too long."""
    if len(frame.payload) > MAX_PAYLOAD:
        raise ProtocolError(f"A payload of {len(frame.payload)} bytes does not fit: {MAX_PAYLOAD} are allowed.")
    try:
        header = _HEADER.pack(frame.version, frame.address, frame.boot_id, frame.sequence, frame.type)
    except struct.error as error:
        raise ProtocolError(f"The header of {frame} cannot be encoded: {error}.") from error
    body = header + frame.payload
    return cobs.encode(body + _CRC.pack(binascii.crc32(body))) + _END


def decode_frame(raw: bytes) -> Frame | BadFrame:
    """The frame in the bytes between two delimiters, or why there is none."""
    if len(raw) > MAX_FRAME:
        return _bad("too_long", f"no delimiter within {MAX_FRAME} bytes", raw)
    try:
        body = cobs.decode(raw)
    except cobs.CobsError as error:
        return _bad("cobs", str(error).rstrip("."), raw)
    if len(body) < HEADER_SIZE + CRC_SIZE:
        return _bad("too_short", f"{len(body)} bytes do not hold a header and a CRC", raw)
    body, (crc,) = body[:-CRC_SIZE], _CRC.unpack(body[-CRC_SIZE:])
    if binascii.crc32(body) != crc:
        return _bad("crc", f"CRC {crc:08x} stated, {binascii.crc32(body):08x} computed", raw)
    version, address, boot_id, sequence, type_id = _HEADER.unpack_from(body)
    if not VERSION_LOW <= version <= VERSION_HIGH:
        return _bad("version", f"protocol version {version} is not known here", raw)
    return Frame(type_id, body[HEADER_SIZE:], boot_id, sequence, address, version)


def _bad(reason: str, sentence: str, raw: bytes) -> BadFrame:
    return BadFrame(reason, f"Bad frame: {sentence}. Received {hexdump(raw)}.", raw)


@dataclass
class Deframer:
    """Turns bytes in arbitrary chunks into frames; what stands between is counted, not delivered.

    A good frame that follows a delimiter is always found, whatever came before it.
    """

    counters: Counters = field(default_factory=Counters)
    last_bad: BadFrame | None = None
    _held: bytearray = field(default_factory=bytearray)
    _skipping: bool = False

    @property
    def waiting(self) -> int:
        """Bytes held back until their delimiter arrives, never more than a frame."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes, in order."""
        return [frame for raw in self._split(data) if (frame := self._take(raw))]

    def _split(self, data: bytes) -> Iterator[bytes]:
        """What stands between delimiters; the part after the last one is held back."""
        *whole, rest = data.split(_END)
        for part in whole:
            raw = bytes(self._held) + part
            self._held.clear()
            if raw and not self._skipping:
                yield raw
            self._skipping = False
        if self._skipping:
            return
        self._held += rest
        if len(self._held) > MAX_FRAME:
            raw = bytes(self._held)
            self._held.clear()
            self._skipping = True
            yield raw

    def _take(self, raw: bytes) -> Frame | None:
        result = decode_frame(raw)
        if isinstance(result, Frame):
            self.counters.frames += 1
            return result
        setattr(self.counters, result.reason, getattr(self.counters, result.reason) + 1)
        self.last_bad = result
        return None
