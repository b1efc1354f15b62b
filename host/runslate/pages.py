"""Pages, the 256-byte units of a reel: checked, parsed and decoded with NumPy, many at once.

A page is used only when its CRC-32 holds; pages that fail are counted and told, never guessed at.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from runslate_protocol.page import (
    EVENTS_PER_PAGE,
    PAGE_CRC_AT,
    PAGE_FORMAT,
    PAGE_HEADER_SIZE,
    PAGE_MAGIC,
    PAGE_ROOM,
    PAGE_SIZE,
    SAMPLES_PER_BLOCK,
    EndFacts,
    PageFlag,
    PageKind,
    StartFacts,
    parse_page,
)

PAGE_BYTES = PAGE_SIZE
HEADER_BYTES = PAGE_HEADER_SIZE
PAYLOAD_BYTES = PAGE_ROOM
CRC_AT = PAGE_CRC_AT
MAGIC = PAGE_MAGIC
FORMAT = PAGE_FORMAT

KIND_SAMPLES, KIND_EVENTS, KIND_START, KIND_END = (int(kind) for kind in PageKind)

FLAG_LOST_BEFORE = int(PageFlag.LOST)
"""Samples were lost just before this page (FIFO overrun)."""

HEADER = np.dtype(
    [
        ("magic", "u1"), ("kind", "u1"), ("format", "u1"), ("flags", "u1"),
        ("boot_id", "<u4"), ("reel_id", "<u4"), ("index", "<u4"), ("tick", "<u4"),
        ("period", "<u2"), ("count", "u1"), ("used", "u1"),
        ("anchor_tick", "<u4"), ("anchor_us", "<u4"), ("anchor_wraps", "<u2"),
        ("temperature", "<i2"),
    ]
)  # fmt: skip
"""The 36 header bytes of a page, packed, little-endian."""

_HEADER = struct.Struct("<BBBBIIIIHBBIIHh")  # the same for a single page

EVENT = np.dtype([("kind", "u1"), ("flags", "u1"), ("tick", "<u4"), ("p", "<u2", (5,))])
"""One 16-byte event as it stands in an events page and in an EVENT message."""

_BLOCK = SAMPLES_PER_BLOCK
_ROW = PAYLOAD_BYTES + 104  # a malformed page may point one whole block (99 bytes) past its payload
_CHUNK = 1024  # pages decoded at once: the work arrays stay in the processor's cache
_MASK = np.array([(1 << min(w, 16)) - 1 for w in range(17)], dtype=np.uint32)

U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Samples:
    """Decoded samples: `ticks` (n,) sensor ticks, `values` (n, channels) int16, `page` (n,) row."""

    ticks: I64
    values: NDArray[np.int16]
    page: I64
    malformed: I64
    """Rows of pages whose CRC holds but whose blocks do not add up to the stated bytes."""


def split_pages(data: bytes) -> tuple[U8, int]:
    """Cut a pages log into pages.

    Returns:
        (n, 256) bytes and the number of bytes of a torn last record (0 when there is none).
    """
    whole = len(data) // PAGE_BYTES
    table = np.frombuffer(data, dtype=np.uint8, count=whole * PAGE_BYTES)
    return table.reshape(whole, PAGE_BYTES), len(data) - whole * PAGE_BYTES


def page_is_good(page: bytes | memoryview) -> bool:
    """Tell whether 256 bytes are a page of this format with a valid CRC-32."""
    return (
        len(page) == PAGE_BYTES
        and page[0] == MAGIC
        and page[2] == FORMAT
        and zlib.crc32(page[:CRC_AT]) == struct.unpack_from("<I", page, CRC_AT)[0]
    )


def index_of(page: bytes) -> int:
    """Give a page's index in its reel."""
    return int(_HEADER.unpack_from(page)[6])


def reel_of(page: bytes) -> int:
    """Give the id of a page's reel."""
    return int(_HEADER.unpack_from(page)[5])


def good_rows(table: U8) -> NDArray[np.bool_]:
    """Check every page of a (n, 256) table; returns (n,) True where the page may be used."""
    view = memoryview(np.ascontiguousarray(table).data).cast("B") if table.size else b""
    return np.fromiter(
        (page_is_good(view[start : start + PAGE_BYTES]) for start in range(0, table.shape[0] * PAGE_BYTES, PAGE_BYTES)),
        dtype=np.bool_,
        count=table.shape[0],
    )


def headers(table: U8) -> NDArray[np.void]:
    """Parse the headers of a (n, 256) table into an (n,) record array of `HEADER`."""
    return np.ascontiguousarray(table[:, :HEADER_BYTES]).view(HEADER).reshape(-1)


def decode_samples(table: U8, channels: int) -> Samples:
    """Decode samples pages losslessly.

    Args:
        table: (n, 256) pages of kind 1, each with a valid CRC, in the wanted order.
        channels: 6 with gyroscope, 3 without.

    Returns:
        all samples in page order; malformed pages contribute none and are listed.
    """
    parts = [_decode_chunk(table[at : at + _CHUNK], channels, at) for at in range(0, table.shape[0], _CHUNK)]
    if not parts:
        none = np.empty(0, np.int64)
        return Samples(none, np.empty((0, channels), np.int16), none, none)
    return Samples(
        np.concatenate([part.ticks for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.page for part in parts]),
        np.concatenate([part.malformed for part in parts]),
    )


def _decode_chunk(table: U8, channels: int, first_row: int) -> Samples:
    head = headers(table)
    counts = head["count"].astype(np.int64)
    deltas, ends = _unpack_deltas(table, counts, channels)
    values = np.cumsum(deltas, axis=1, dtype=np.int32).astype(np.int16)
    good = (ends == head["used"]) & (counts > 0)
    kept = np.where(good, counts, 0)
    inside = np.arange(values.shape[1])[None, :] < kept[:, None]
    rows, nth = np.nonzero(inside)
    ticks = head["tick"].astype(np.int64)[rows] + nth * head["period"].astype(np.int64)[rows]
    return Samples(ticks, values[inside], rows + first_row, np.nonzero(~good)[0] + first_row)


def _unpack_deltas(table: U8, counts: I64, channels: int) -> tuple[NDArray[np.int32], I64]:
    """Unpack block after block of all pages in step; returns first sample + deltas, and ends."""
    pages = table.shape[0]
    windows = _windows(table)
    blocks = int((counts.max(initial=1) - 1 + _BLOCK - 1) // _BLOCK)
    deltas = np.zeros((pages, 1 + blocks * _BLOCK, channels), dtype=np.int32)
    first = np.ascontiguousarray(table[:, HEADER_BYTES : HEADER_BYTES + 2 * channels])
    deltas[:, 0, :] = first.view("<i2")
    ends = np.full(pages, 2 * channels, dtype=np.int64)
    for block in range(blocks):
        sizes = np.clip(counts - 1 - block * _BLOCK, 0, _BLOCK)
        rows = np.nonzero(sizes)[0]
        values, ends[rows] = _unpack_block(windows, rows, ends[rows], sizes[rows], channels)
        at = 1 + block * _BLOCK
        deltas[rows, at : at + _BLOCK, :] = values
    return deltas, ends


def _windows(table: U8) -> NDArray[np.uint32]:
    """Give for each payload byte the 24 bits that start there: 16 bits at any bit offset."""
    padded = np.zeros((table.shape[0], _ROW + 2), dtype=np.uint32)
    padded[:, :PAYLOAD_BYTES] = table[:, HEADER_BYTES:CRC_AT]
    windows = padded[:, :-2] | padded[:, 1:-1] << 8 | padded[:, 2:] << 16
    return windows.astype(np.uint32, copy=False)


def _unpack_block(
    windows: NDArray[np.uint32], rows: I64, start: I64, sizes: I64, channels: int
) -> tuple[NDArray[np.int32], I64]:
    """Unpack one block of each row: ((rows, 8, channels) deltas, byte where each block ends)."""
    nibble_bytes = (channels + 1) // 2
    channel = np.arange(channels)
    at = start[:, None] + channel // 2
    widths = (windows[rows[:, None], at] >> (4 * (channel % 2)).astype(np.uint32)) & 15
    widths = np.where(widths == 15, 16, widths).astype(np.int64)
    bits = widths * sizes[:, None]
    begin = (start[:, None] + nibble_bytes) * 8 + np.cumsum(bits, axis=1) - bits
    nth = np.arange(_BLOCK)
    bit = begin[:, None, :] + nth[None, :, None] * widths[:, None, :]
    np.minimum(bit, (_ROW - 1) * 8, out=bit)
    words = windows[rows[:, None, None], bit >> 3] >> (bit & 7).astype(np.uint32)
    zigzag = (words & _MASK[widths][:, None, :]).astype(np.int32)
    zigzag[nth[None, :] >= sizes[:, None]] = 0
    ends = start + nibble_bytes + (bits.sum(axis=1) + 7) // 8
    return (zigzag >> 1) ^ -(zigzag & 1), np.minimum(ends, PAYLOAD_BYTES + 1)


def infer_channels(table: U8) -> int:
    """Find out whether samples pages hold 6 or 3 channels when the start page is missing.

    Only the right number makes the blocks end exactly where the header says.
    """
    probe = table[:32]
    return min((6, 3), key=lambda channels: decode_samples(probe, channels).malformed.size)


def decode_events(table: U8) -> tuple[NDArray[np.void], I64]:
    """Read events pages (kind 2): ((n,) record array of `EVENT`, (n,) event sequence numbers)."""
    records, sequences = [], []
    for page, head in zip(table, headers(table), strict=True):
        count = min(int(head["count"]), EVENTS_PER_PAGE)
        payload = page[HEADER_BYTES:CRC_AT].tobytes()
        records.append(np.frombuffer(payload, dtype=EVENT, count=count, offset=4))
        sequences.append(struct.unpack_from("<I", payload)[0] + np.arange(count, dtype=np.int64))
    if not records:
        return np.empty(0, EVENT), np.empty(0, np.int64)
    return np.concatenate(records), np.concatenate(sequences)


def parse_start(page: bytes) -> StartFacts:
    """Read a start page; raises ProtocolError for another kind."""
    return parse_page(page).start()


def parse_end(page: bytes) -> EndFacts:
    """Read an end page; raises ProtocolError for another kind."""
    return parse_page(page).end()
