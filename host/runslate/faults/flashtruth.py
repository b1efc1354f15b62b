"""What really reached a node's flash, read from its file byte by byte. Nothing of the library's code is used here."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

_PAGE = 256
_MAGIC, _FORMAT, _EVENTS = 0xA7, 1, 2
_CRC_AT = 252
_PAYLOAD_AT = 36
_EVENT = 16

PageKey = tuple[int, int]
"""Reel id and page index."""

EventKey = tuple[int, int]
"""Boot id and sequence number."""


@dataclass
class FlashTruth:
    """All pages that were ever whole in one node's flash."""

    pages: dict[PageKey, bytes] = field(default_factory=dict)
    _erased: list[bytes] = field(default_factory=list)

    def look(self, image: bytes) -> None:
        """Take in what a flash of these contents holds now; pages that were freed since are remembered."""
        self.pages.update(pages_in(image))
        while self._erased:
            self.pages.update(pages_in(self._erased.pop()))

    def erased(self, sector: bytes) -> None:
        """Keep what a sector holds that is about to be erased: written and freed between two looks."""
        self._erased.append(sector)

    def events(self) -> dict[EventKey, bytes]:
        """Give all events of all pages, 16 bytes each."""
        found: dict[EventKey, bytes] = {}
        for page in self.pages.values():
            found.update(events_in(page))
        return found


def pages_in(image: bytes) -> dict[PageKey, bytes]:
    """Find the whole pages in a flash's contents, or in a page log's."""
    found = {}
    for at in range(0, len(image) - _PAGE + 1, _PAGE):
        if image[at] == _MAGIC and image[at + 2] == _FORMAT:
            page = image[at : at + _PAGE]
            if zlib.crc32(page[:_CRC_AT]) == struct.unpack_from("<I", page, _CRC_AT)[0]:
                found[struct.unpack_from("<II", page, 8)] = page
    return found


def events_in(page: bytes) -> dict[EventKey, bytes]:
    """Read an events page; any other page holds none."""
    if page[1] != _EVENTS:
        return {}
    boot = struct.unpack_from("<I", page, 4)[0]
    first = struct.unpack_from("<I", page, _PAYLOAD_AT)[0]
    start = _PAYLOAD_AT + 4
    return {(boot, first + n): page[start + n * _EVENT : start + (n + 1) * _EVENT] for n in range(page[22])}
