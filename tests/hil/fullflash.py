"""A flash that is nearly full, made without running anything: one old reel in all sectors but a few."""

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


def nearly_full(storage: bytes, free_sectors: int) -> bytes:
    """Fill the reels' part of a storage, except for the last sectors, with one closed reel."""
    first = FS_SECTORS * SECTOR_SIZE
    sectors = (len(storage) - first) // SECTOR_SIZE
    taken = sectors - free_sectors
    ring = bytearray()
    for sector in range(sectors):
        ring += build_mark(sector + 1).ljust(256, b"\xff")
        if sector < taken:
            ring += b"".join(_page(sector * PAGES_PER_SECTOR + i, taken) for i in range(PAGES_PER_SECTOR))
        else:
            ring += b"\xff" * (SECTOR_SIZE - 256)
    return storage[:first] + bytes(ring)


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
