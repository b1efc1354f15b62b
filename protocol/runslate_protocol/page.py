"""Pages: 256 self-describing bytes of a reel, the same in flash, on the wire and in the library."""

from __future__ import annotations

import binascii
import struct
from dataclasses import dataclass
from typing import Final

from .constants import Documented, name_of
from .errors import ProtocolError, hexdump
from .events import Event
from .record import I8, I16, TEXT, U8, U16, U32, U64, Bytes, Record, wire

PAGE_SIZE: Final = 256
"""What a NOR flash programs at once."""

PAGE_MAGIC: Final = 0xA7
"""First byte of a page: neither erased (0xFF) nor freed (0x00), nor a sector mark."""

PAGE_FORMAT: Final = 1
"""Layout of header and payloads; another number means other rules."""

PAGE_HEADER_SIZE: Final = 36
"""Where the payload begins."""

SAMPLES_PER_BLOCK: Final = 8
"""Samples that share the bit widths of their channels."""

PAGE_CRC_AT: Final = 252
"""Where the CRC-32 over all bytes before it stands."""

PAGE_ROOM: Final = PAGE_CRC_AT - PAGE_HEADER_SIZE
"""Bytes of payload; unused ones are 0xFF, so they need no programming."""

EVENTS_PER_PAGE: Final = (PAGE_ROOM - 4) // 16
"""Events behind the sequence of the first."""

SECTOR_SIZE: Final = 4096
"""What a NOR flash erases at once."""

PAGES_PER_SECTOR: Final = SECTOR_SIZE // PAGE_SIZE - 1
"""Slots for pages; the first slot of a sector holds its mark."""

MARK_MAGIC: Final = 0x5E
"""First byte of a sector mark."""

MARK_FORMAT: Final = 1
"""Layout of the mark."""

MARK_FREED_AT: Final = 128
"""Programmed to 0x00 when the sector's pages were freed; 0xFF before."""

_CRC: Final = struct.Struct("<I")


class PageKind(Documented):
    """What a page's payload holds."""

    SAMPLES = 1, "Compressed samples."
    EVENTS = 2, "Events."
    START = 3, "Facts about the reel; always index 0."
    END = 4, "Why the reel ended; always the last index."


class PageFlag(Documented):
    """Bits of a page's flags."""

    LOST = 1 << 0, "Samples were lost just before this page."


class PageHeader(Record):
    """The first 36 bytes of a page."""

    magic: int = wire(U8 * "0xA7.", default=PAGE_MAGIC)
    kind: int = wire(U8 * "What the payload holds.", values=PageKind)
    format: int = wire(U8 * "1.", default=PAGE_FORMAT)
    flags: int = wire(U8 * "What else is to be known.", values=PageFlag, default=0)
    boot_id: int = wire(U32 * "The boot that recorded it.")
    reel_id: int = wire(U32 * "The reel.")
    index: int = wire(U32 * "Counts all pages of the reel from 0.")
    tick: int = wire(U32 * "Sensor time of the first sample or event, ticks.")
    period: int = wire(U16 * "Ticks between samples: 96 at 417 Hz.")
    count: int = wire(U8 * "Samples or events in the page.")
    used: int = wire(U8 * "Bytes of payload in use.")
    anchor_tick: int = wire(U32 * "Sensor time of the newest anchor, ticks.")
    anchor_us: int = wire(U32 * "Board time of the anchor, the 30-bit counter.")
    anchor_wraps: int = wire(U16 * "Wraps of that counter.")
    temperature: int = wire(I16 * "Sensor's temperature, 1/256 degC (25 degC is 6400).", default=0)


class StartFacts(Record):
    """Payload of a start page: all that is needed to read the reel without its node."""

    uid: bytes = wire(Bytes(8) * "Unique id of the board.")
    utc_ms: int = wire(U64 * "UTC of the start, milliseconds since 1970, as the host gave it.")
    odr_hz: int = wire(U16 * "Nominal rate, for display only.")
    accel_range_g: int = wire(U8 * "Range of acceleration, g: 32 or 16.")
    gyro_range_dps: int = wire(U16 * "Range of angular rate, degrees per second; 0 without a gyro.")
    gyro: int = wire(U8 * "1: samples have six channels; 0: three.")
    who_am_i: int = wire(U8 * "What the sensor answered; 0x6C for both kinds.")
    freq_fine: int = wire(I8 * "The sensor's own statement of its oscillator, 0.15 % per unit.")
    imu: str = wire(TEXT * "Kind of motion sensor.")
    name: str = wire(TEXT * "Name of the node.")
    runner: str = wire(TEXT * "Who wears it.")
    foot: str = wire(TEXT * "left or right; empty if not set.")
    firmware: str = wire(TEXT * "Version of the firmware.")


class EndFacts(Record):
    """Payload of an end page: what a whole reel must add up to."""

    reason: int = wire(U8 * "Why the reel ended.")
    pages: int = wire(U32 * "Pages of the reel, this one included.")
    samples: int = wire(U32 * "Samples in all its pages.")
    overruns: int = wire(U16 * "Times that the sensor's FIFO overran.")
    events: int = wire(U32 * "Events in all its pages.")


class SectorMark(Record):
    """Slot 0 of a sector, programmed only after its erase is complete."""

    magic: int = wire(U8 * "0x5E.", default=MARK_MAGIC)
    format: int = wire(U8 * "1.", default=MARK_FORMAT)
    sequence: int = wire(U32 * "Rises with every erase of the ring: the order of the sectors.")
    crc: int = wire(U32 * "CRC-32 over the bytes before it.", default=0)


class PageError(ProtocolError):
    """256 bytes that are not a whole page; `reason` is blank, torn, format or length."""

    def __init__(self, reason: str, sentence: str) -> None:
        self.reason = reason
        super().__init__(sentence)


@dataclass(frozen=True)
class Page:
    """A page whose CRC was right."""

    header: PageHeader
    payload: bytes

    def start(self) -> StartFacts:
        """The facts of a start page; raises ProtocolError for another kind."""
        return StartFacts.decode(self._of(PageKind.START))

    def end(self) -> EndFacts:
        """The facts of an end page; raises ProtocolError for another kind."""
        return EndFacts.decode(self._of(PageKind.END))

    def events(self) -> list[tuple[int, Event]]:
        """Sequence and event of an events page; raises ProtocolError for another kind."""
        data = self._of(PageKind.EVENTS)
        if len(data) < 4 + 16 * self.header.count:
            raise ProtocolError(f"Page {self.header.index} states more events than it holds.")
        (first,) = struct.unpack_from("<I", data)
        return [(first + i, Event.decode(data[4 + 16 * i : 20 + 16 * i])) for i in range(self.header.count)]

    def _of(self, kind: PageKind) -> bytes:
        if self.header.kind != kind:
            found = name_of(PageKind, self.header.kind)
            raise ProtocolError(f"Page {self.header.index} holds {found}, not {name_of(PageKind, kind)}.")
        return self.payload


def build_page(header: PageHeader, payload: bytes) -> bytes:
    """256 bytes of page; `header.used` must be the payload's length, else ProtocolError."""
    if len(payload) > PAGE_ROOM or header.used != len(payload):
        raise ProtocolError(
            f"A page's payload has {len(payload)} bytes: its header says {header.used}, at most {PAGE_ROOM} fit."
        )
    body = (header.encode() + payload).ljust(PAGE_CRC_AT, b"\xff")
    return body + _CRC.pack(binascii.crc32(body))


def parse_page(data: bytes) -> Page:
    """The page in 256 bytes; raises PageError that says whether they are blank, torn or foreign."""
    if len(data) != PAGE_SIZE:
        raise PageError("length", f"A page has {PAGE_SIZE} bytes, these are {len(data)}.")
    if data.count(0xFF) == PAGE_SIZE:
        raise PageError("blank", "The page is blank: it was never written.")
    crc, stated = binascii.crc32(data[:PAGE_CRC_AT]), _CRC.unpack_from(data, PAGE_CRC_AT)[0]
    if crc != stated:
        raise PageError("torn", f"The page's CRC says {stated:08x}, its bytes {crc:08x}: {hexdump(data)}.")
    header = PageHeader.decode(data)
    if (header.magic, header.format) != (PAGE_MAGIC, PAGE_FORMAT) or header.used > PAGE_ROOM:
        raise PageError("format", f"The page is not of format {PAGE_FORMAT}: {hexdump(data)}.")
    return Page(header, data[PAGE_HEADER_SIZE : PAGE_HEADER_SIZE + header.used])


def build_mark(sequence: int) -> bytes:
    """The bytes of a sector mark."""
    head = SectorMark(sequence=sequence).encode()[:-4]
    return head + _CRC.pack(binascii.crc32(head))


def mark_sequence(data: bytes) -> int | None:
    """The sequence in a valid sector mark, else None: then the sector is not erased."""
    mark = SectorMark.decode(data)
    whole = binascii.crc32(data[: PAGE_MARK_SIZE - 4]) == mark.crc
    known = (mark.magic, mark.format) == (MARK_MAGIC, MARK_FORMAT)
    return mark.sequence if whole and known else None


PAGE_MARK_SIZE: Final = len(SectorMark(sequence=0).encode())
"""Bytes of a sector mark."""
