"""Pages written by the book, for tests: plain loops, nothing shared with the decoder."""

from __future__ import annotations

import struct
import zlib

HEADER = struct.Struct("<BBBBIIIIHBBIIHh")


def page(
    kind: int,
    index: int,
    payload: bytes,
    *,
    count: int = 0,
    tick: int = 0,
    reel_id: int = 7,
    boot_id: int = 5,
    flags: int = 0,
    period: int = 96,
    anchor: tuple[int, int, int] = (0, 0, 0),
) -> bytes:
    """One whole page with its CRC; `anchor` is tick, wraps, microseconds."""
    anchor_tick, wraps, us = anchor
    head = HEADER.pack(
        0xA7, kind, 1, flags, boot_id, reel_id, index, tick, period, count, len(payload),
        anchor_tick, us, wraps, 25 * 256,
    )  # fmt: skip
    body = (head + payload).ljust(252, b"\xff")
    assert len(body) == 252
    return body + struct.pack("<I", zlib.crc32(body))


def pack(samples: list[tuple[int, ...]]) -> bytes:
    """The lossless code of samples: first one raw, then blocks of up to eight differences."""
    out = struct.pack(f"<{len(samples[0])}h", *samples[0])
    for start in range(1, len(samples), 8):
        block = samples[start : start + 8]
        before = samples[start - 1 : start + len(block) - 1]
        columns = [
            [_zigzag(new[c] - old[c]) for new, old in zip(block, before, strict=True)] for c in range(len(samples[0]))
        ]
        out += _block(columns)
    return out


def _zigzag(difference: int) -> int:
    d = (difference + 0x8000) % 0x10000 - 0x8000
    return 2 * d if d >= 0 else -2 * d - 1


def _block(columns: list[list[int]]) -> bytes:
    widths = []
    for codes in columns:
        bits = max(codes).bit_length()
        widths.append(16 if bits >= 15 else bits)
    nibbles = [15 if width == 16 else width for width in widths]
    if len(nibbles) % 2:
        nibbles.append(0)
    head = bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    text = "".join(
        format(code, f"0{width}b")[::-1] if width else ""
        for codes, width in zip(columns, widths, strict=True)
        for code in codes
    )
    text += "0" * (-len(text) % 8)
    return head + bytes(int(text[at : at + 8][::-1], 2) for at in range(0, len(text), 8))


def start_page(*, gyro: bool = True, reel_id: int = 7, boot_id: int = 5, **more: object) -> bytes:
    """A start page (index 0)."""
    payload = struct.pack("<8sQHBHBBb", bytes(range(8)), 1_700_000_000_000, 417, 32, 2000, int(gyro), 0x6C, -3)
    for text in ("LSM6DSO32", "tag", "mary", "left", "0.1.0"):
        payload += bytes([len(text)]) + text.encode()
    return page(3, 0, payload, reel_id=reel_id, boot_id=boot_id, **more)  # type: ignore[arg-type]


def end_page(index: int, samples: int, *, reason: int = 1, events: int = 0, **more: object) -> bytes:
    """An end page; `index` is the last one."""
    payload = struct.pack("<BIIHI", reason, index + 1, samples, 0, events)
    return page(4, index, payload, **more)  # type: ignore[arg-type]


def event(kind: int, tick: int, *p: int, flags: int = 0) -> bytes:
    """One 16-byte event."""
    return struct.pack("<BBIHHHHH", kind, flags, tick, *p, *[0] * (5 - len(p)))


def events_page(index: int, first_sequence: int, events: list[bytes], **more: object) -> bytes:
    """An events page."""
    payload = struct.pack("<I", first_sequence) + b"".join(events)
    return page(2, index, payload, count=len(events), **more)  # type: ignore[arg-type]


def small_reel(pages: int = 6, per_page: int = 9, *, closed: bool = True) -> list[bytes]:
    """A reel of a start page, `pages` samples pages of a quiet sensor and an end page."""
    made = [start_page()]
    for number in range(pages):
        tick = number * per_page * 96
        samples = [(0, 0, 1025 + (i + number) % 3, 1, 2, 3) for i in range(per_page)]
        board = 1_000_000 + tick * 25
        made.append(page(1, number + 1, pack(samples), count=per_page, tick=tick, anchor=(tick, 0, board)))
    if closed:
        made.append(end_page(pages + 1, pages * per_page, anchor=(0, 0, 1_000_000)))
    return made
