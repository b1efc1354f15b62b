"""A flash with an old reel somewhere on the ring, or nearly full of it, made without running anything."""

from __future__ import annotations

from runslate.sim.pico.images import FS_SECTORS
from runslate_protocol.page import (
    PAGES_PER_SECTOR,
    SECTOR_SIZE,
    EndFacts,
    PageHeader,
    PageKind,
    build_mark,
    build_page,
)

OLD_REEL = 0x01D4EE1
OLD_BOOT = 0x0B007


def ring_sectors(storage_size: int) -> int:
    """How many sectors of a storage hold reels."""
    return storage_size // SECTOR_SIZE - FS_SECTORS


def nearly_full(storage: bytes, free_sectors: int) -> bytes:
    """Fill the reels' part of a storage, except for the last sectors, with one closed reel."""
    return with_old_reel(storage, 0, ring_sectors(len(storage)) - free_sectors)


def with_old_reel(storage: bytes, first: int, taken: int) -> bytes:
    """Give a storage whose reels' part is erased but for one closed reel in so many sectors from `first` on."""
    ring = bytearray()
    for sector in range(ring_sectors(len(storage))):
        place = sector - first
        ring += build_mark(sector + 1).ljust(256, b"\xff")
        if 0 <= place < taken:
            ring += b"".join(_page(place * PAGES_PER_SECTOR + i, taken) for i in range(PAGES_PER_SECTOR))
        else:
            ring += b"\xff" * (SECTOR_SIZE - 256)
    return storage[: FS_SECTORS * SECTOR_SIZE] + bytes(ring)


def _page(index: int, taken: int) -> bytes:
    last = taken * PAGES_PER_SECTOR - 1
    kind, payload = PageKind.EVENTS, b"\0\0\0\0"
    if index == last:
        kind = PageKind.END
        payload = EndFacts(reason=1, pages=last + 1, samples=0, overruns=0, events=0).encode()
    header = PageHeader(
        kind=kind,
        boot_id=OLD_BOOT,
        reel_id=OLD_REEL,
        index=index,
        tick=0,
        period=96,
        count=0,
        used=len(payload),
        anchor_tick=0,
        anchor_us=0,
        anchor_wraps=0,
    )
    return build_page(header, payload)
