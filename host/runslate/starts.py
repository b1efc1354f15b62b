"""Which reels this library's programs began: noted before START is sent, so that a killed program's reels are found.

A reel that records and that no take knows can be another laptop's; stopping it would spoil that one's take. Only the
note tells it from a reel whose host was killed between START and the saving of its take.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from runslate_protocol.constants import State

from runslate import hostclock
from runslate.files import write_json
from runslate.node import Node

_FILE = "starts.json"

_noting = threading.Lock()


class Starts:
    """The last START that was sent to each node, kept in a library's `starts.json` as UTC milliseconds by uid.

    Where the note can't be read, a killed program's reel passes for another laptop's and is left alone.
    A reel keeps the UTC that its START named, so the last one is all that has to be known: START is sent only to a
    node that does not record.
    """

    def __init__(self, library: Path) -> None:
        self._path = library / _FILE

    def note(self, uid: str) -> int:
        """Note that START is about to be sent to a node; returns the UTC in milliseconds that it shall name."""
        with _noting:
            known = self._read()
            known[uid] = hostclock.utc_us() // 1000
            write_json(self._path, known)
            return known[uid]

    def began(self, uid: str, utc_ms: int) -> bool:
        """Tell whether a node's reel of this UTC is one that was begun from here."""
        return self._read().get(uid) == utc_ms

    def _read(self) -> dict[str, int]:
        with suppress(OSError, ValueError, TypeError, AttributeError):
            return {str(uid): int(utc_ms) for uid, utc_ms in json.loads(self._path.read_bytes()).items()}
        return {}


def records_for(library: Path, node: Node, reels: Collection[tuple[str, int]]) -> int | None:
    """Give the `State` of a node that records or waits for this library; None: it rests, or does so for another laptop.

    Args:
        library: its folder.
        node: is asked.
        reels: (uid, reel id) of this library's takes, and of what it armed.
    """
    status = node.status()
    if status.state not in (State.RECORDING, State.ARMED):
        return None
    if (node.uid, status.reel_id) in reels:
        return status.state
    starts = Starts(library)
    ours = any(entry.reel_id == status.reel_id and starts.began(node.uid, entry.utc_ms) for entry in node.reels())
    return status.state if ours else None
