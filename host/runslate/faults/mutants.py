"""The code broken on purpose, in a host's process only: a campaign that does not notice these is worth nothing."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterable

import runslate_protocol.frame as frames
from runslate_protocol import cobs
from runslate_protocol.frame import BadFrame, Frame

from runslate import pages
from runslate.fetch import Answer
from runslate.library import Library
from runslate.reelstore import ReelStore

_CRC = 4
_DROPPED_OF = 41
"""One page index of so many never reaches the disk."""


def no_crc(_uids: list[str]) -> None:
    """The host takes frames and pages whatever their CRC says."""
    right = frames.decode_frame

    def decode(raw: bytes) -> Frame | BadFrame:
        try:
            body = cobs.decode(raw)[:-_CRC]
        except cobs.CobsError:
            return right(raw)
        return right(cobs.encode(body + binascii.crc32(body).to_bytes(_CRC, "little")))

    _replace(frames, "decode_frame", decode)
    _replace(pages, "page_is_good", lambda page: len(page) == pages.PAGE_BYTES)


def no_reask(_uids: list[str]) -> None:
    """What the link lost counts as not there: it is never asked for again."""
    _replace(Answer, "whole", property(lambda self: True))


def drop_page(_uids: list[str]) -> None:
    """The library's path loses a page of every so many, without a word."""
    right = ReelStore.append

    def append(self: ReelStore, fresh: Iterable[bytes]) -> int:
        return right(self, [page for page in fresh if pages.index_of(page) % _DROPPED_OF != 7])

    _replace(ReelStore, "append", append)


def swap_nodes(uids: list[str]) -> None:
    """The first two nodes' pages end up in each other's place."""
    right = Library.reel
    other = dict(zip(uids, [*uids[1::-1], *uids[2:]], strict=True))

    def reel(self: Library, uid: str, reel_id: int) -> ReelStore:
        return right(self, other[uid], reel_id)

    _replace(Library, "reel", reel)


MUTANTS: dict[str, Callable[[list[str]], None]] = {
    "no-crc": no_crc,
    "no-reask": no_reask,
    "drop-page": drop_page,
    "swap-nodes": swap_nodes,
}
"""By name, each takes the nodes' unique ids and changes the process that it is called in."""


def _replace(owner: object, name: str, value: object) -> None:
    setattr(owner, name, value)
