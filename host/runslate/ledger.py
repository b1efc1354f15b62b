"""The ledger of a reel: which page indices exist, which are missing and why. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from runslate_protocol.constants import TICK_NS

REASONS = {
    0: "not closed",
    1: "stopped",
    2: "flash full",
    3: "low battery",
    4: "maximum length reached",
    5: "sensor lost",
}
"""Why a reel ended, by its code on the wire."""

LOST_POWER = "power lost or reset, before its last events were in flash"
"""Why a reel ended that was not closed."""

NOT_THERE = "not whole in the node's flash"
NOT_FETCHED = "not fetched yet"


@dataclass(frozen=True)
class Missing:
    """A run of page indices that the library doesn't have, and the reason."""

    first: int
    last: int
    why: str


@dataclass
class Ledger:
    """What a library has of one reel, and what it knows to be missing."""

    uid: str
    reel_id: int
    boot_id: int = 0
    closed: bool = False
    finished: bool = False
    """Nothing can be added any more: closed, or the node lost power and runs under a new boot."""
    reason: int = 0
    pages: int = 0
    """Highest known page index + 1, of the node's flash and the library's log."""
    torn: int = 0
    """Page slots with a bad CRC at the reel's end in the node's flash."""
    utc_ms: int = 0
    have: list[tuple[int, int]] = field(default_factory=list)
    """Ranges of indices in the log, both ends included."""
    missing: list[Missing] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sha256: str = ""
    bytes: int = 0
    node: dict[str, Any] = field(default_factory=dict)
    receipted: bool = False

    @property
    def whole(self) -> bool:
        """All pages from 0 to the highest known index are in the log."""
        return self.pages > 0 and not self.missing

    @property
    def settled(self) -> bool:
        """Nothing more can come: the reel is finished and all that flash held is in the log.

        Only then may the node free its space. A reel that power loss left open counts too, else
        it would occupy the flash for ever.
        """
        return self.finished and all(hole.why == NOT_THERE for hole in self.missing)

    @property
    def missing_pages(self) -> int:
        """Number of pages below the highest known index that are not in the log."""
        return sum(hole.last - hole.first + 1 for hole in self.missing)

    @property
    def page_count(self) -> int:
        """Number of different pages in the log."""
        return sum(last - first + 1 for first, last in self.have)

    def to_json(self) -> dict[str, Any]:
        """Give the ledger as a JSON-ready dictionary."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Ledger:
        """Read a ledger back; keys of later versions are ignored."""
        known = {key: document[key] for key in cls.__dataclass_fields__ if key in document}
        known["have"] = [(first, last) for first, last in known.get("have", [])]
        known["missing"] = [Missing(**entry) for entry in known.get("missing", [])]
        return cls(**known)


def ranges(indices: Iterable[int]) -> list[tuple[int, int]]:
    """Fold page indices into sorted ranges, both ends included; repeats are allowed."""
    folded: list[tuple[int, int]] = []
    for index in sorted(set(indices)):
        if folded and folded[-1][1] == index - 1:
            folded[-1] = (folded[-1][0], index)
        else:
            folded.append((index, index))
    return folded


def absent(have: list[tuple[int, int]], pages: int) -> list[tuple[int, int]]:
    """Give the ranges of 0..pages-1 that are not in `have`."""
    holes, at = [], 0
    for first, last in have:
        if first > at:
            holes.append((at, min(first, pages) - 1))
        at = max(at, last + 1)
    if at < pages:
        holes.append((at, pages - 1))
    return [(first, last) for first, last in holes if first <= last]


def why_missing(first: int, last: int, refused: set[int]) -> str:
    """Say why a run of pages is missing.

    Args:
        first: first index of the run.
        last: last index of the run.
        refused: indices that were asked for and that the node's flash doesn't hold whole.
    """
    asked = sum(index in refused for index in range(first, last + 1))
    if asked == last - first + 1:
        return NOT_THERE
    return NOT_FETCHED if asked == 0 else f"partly {NOT_THERE}, partly {NOT_FETCHED}"


def unclosed_note(end_tick: int, torn: int, page_ms: float) -> str:
    """State what an unclosed reel lacks at its end.

    Args:
        end_tick: sensor time of the last sample in flash.
        torn: page slots with a bad CRC behind it.
        page_ms: how long one page of this reel lasts.
    """
    return (
        f"The reel was not closed (power loss or reset): samples after sensor time {end_tick} "
        f"(about {end_tick * TICK_NS / 1e9:.1f} s into the reel) are not in flash: at most one page of about "
        f"{page_ms:.0f} ms and what the sensor still held, about 0.1 s. Its last strides may be untold though "
        f"their samples are there. Pages torn at the end: {torn}."
    )
