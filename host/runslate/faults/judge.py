"""What is missing in a library, or wrong, when it is compared with what the nodes' flash held."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from pathlib import Path

from runslate.collect import take_tables
from runslate.faults.flashtruth import EventKey, FlashTruth, PageKey, events_in
from runslate.library import Library

_PAGE = 256


@dataclass
class Loss:
    """The figures of a campaign; all 0 when nothing was lost."""

    lost_pages: int = 0
    """Pages that reached flash and are not in the library, byte for byte, where they belong."""
    wrong_bytes: int = 0
    """Bytes of the library's pages that are not those of the flash."""
    lost_events: int = 0
    """Events that were in flash or acknowledged, and are not in the library."""
    unreadable_takes: int = 0
    """Takes that cannot be read, or whose strides cannot be told."""

    @property
    def none(self) -> bool:
        """Nothing was lost."""
        return not any(asdict(self).values())

    def __add__(self, other: Loss) -> Loss:
        mine, theirs = asdict(self), asdict(other)
        return Loss(**{name: mine[name] + theirs[name] for name in mine})


def node_loss(library: Path, uid: str, truth: FlashTruth, acknowledged: dict[EventKey, bytes]) -> Loss:
    """Compare what a library has of one node with the node's flash and with what it was promised.

    Args:
        library: the library's folder.
        uid: the node's.
        truth: its flash.
        acknowledged: events that it was told are safe.
    """
    loss = Loss()
    stored: dict[PageKey, bytes] = {}
    for log in sorted(library.glob(f"reels/{uid}-*/pages.log")):
        reel_id = int(log.parent.name.rpartition("-")[2], 16)
        for page in records(log.read_bytes()):
            key = (reel_id, struct.unpack_from("<I", page, 12)[0])
            loss.wrong_bytes += differing(page, truth.pages.get(key))
            stored[key] = page
    loss.lost_pages = sum(stored.get(key) != page for key, page in truth.pages.items())
    safe = _live_events(library, uid)
    for page in stored.values():
        safe.update(events_in(page))
    wanted = {**truth.events(), **acknowledged}
    loss.lost_events = sum(safe.get(key) != event for key, event in wanted.items())
    return loss


def records(log: bytes) -> list[bytes]:
    """Cut a page log into its whole records; what a torn write left behind them is none."""
    return [log[at : at + _PAGE] for at in range(0, len(log) - _PAGE + 1, _PAGE)]


def differing(page: bytes, true: bytes | None) -> int:
    """Count the bytes of a page that are not the true ones; all are wrong where there never was such a page."""
    if true is None:
        return len(page)
    return sum(mine != theirs for mine, theirs in zip(page, true, strict=True))


def _live_events(library: Path, uid: str) -> dict[EventKey, bytes]:
    found: dict[EventKey, bytes] = {}
    for path in sorted(library.glob(f"reels/{uid}-*/events.jsonl")):
        for line in path.read_bytes().splitlines():
            try:
                each = json.loads(line)
                event = struct.pack("<BBI5H", each["kind"], each["flags"], each["tick"], *each["p"])
                found[each["boot_id"], each["sequence"]] = event
            except (ValueError, KeyError, TypeError, struct.error):
                continue  # a line torn by a crash
    return found


def unreadable_takes(path: Path) -> tuple[list[str], int]:
    """Read every take in a library's folder; returns a sentence for each that cannot be read, and how many takes."""
    names = sorted(folder.parent.name for folder in path.glob("takes/*/take.json"))
    bad = []
    for name in names:
        try:
            library = Library(path, create=False)
            take_tables(library, library.take(name))
        except Exception as error:  # whatever it is: a user would not get his take
            bad.append(f"{name} cannot be read: {error!r}")
    return bad, len(names)
