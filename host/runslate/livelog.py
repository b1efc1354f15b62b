"""What arrives while nodes are connected, on its way into the library: live events and clock samples."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from runslate_protocol.events import Event

from runslate.library import Library

MOST_KEPT = 1024
"""Events of one node that are kept while it is not known which reel they belong to: minutes of running."""


@dataclass
class Rolling:
    """A node's reel as this log knows it, with what is not yet in the library."""

    reel_id: int = 0
    first_event: int = 0
    """Sequence number of the reel's first event: older ones belong to earlier reels."""
    starting: bool = False
    """A reel is being started: events that come now may be its first ones."""
    clock: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


class LiveLog:
    """Keeps clock samples and events per node and writes them to their reels.

    An event is acknowledged to its node only when it is in a file, for then the node forgets it: neither a host that
    is killed nor a node that loses its power can lose an event that was acknowledged.
    """

    def __init__(self, uids: Iterable[str]) -> None:
        self.library: Library | None = None
        self._rolling = {uid: Rolling() for uid in uids}
        self._lock = threading.RLock()

    def reel_of(self, uid: str) -> int:
        """Give the reel that a node's events go to, 0 when it is not known."""
        return self._rolling[uid].reel_id

    def starting(self, uid: str) -> None:
        """A reel is about to be started: until it is known, no event is acknowledged."""
        self._rolling[uid].starting = True

    def know(self, uid: str, reel_id: int, first_event: int = 0) -> None:
        """A node's reel is known now; reel id 0: none was started."""
        with self._lock:
            rolling = self._rolling[uid]
            rolling.starting = False
            if reel_id:
                rolling.reel_id, rolling.first_event = reel_id, first_event

    def add_clock(self, uid: str, samples: Iterable[dict[str, Any]]) -> None:
        """Keep clock samples until the next flush."""
        with self._lock:
            self._rolling[uid].clock += samples

    def add_event(self, uid: str, boot_id: int, sequence: int, event: Event, arrived_us: int) -> bool:
        """Take an event as it arrives; returns whether it may be acknowledged."""
        with self._lock:
            rolling = self._rolling[uid]
            rolling.events.append(event_line(boot_id, sequence, event, arrived_us))
            if rolling.reel_id and self.library is not None:
                self._write_events(self.library, uid, rolling, durable=False)
                return True
            del rolling.events[:-MOST_KEPT]
            return not rolling.starting

    def flush(self) -> None:
        """Write everything of known reels into the library and wait until the disk has it."""
        if self.library is None:
            return
        for uid, rolling in self._rolling.items():
            with self._lock:
                if not rolling.reel_id:
                    continue
                reel = self.library.reel(uid, rolling.reel_id)
                clock, rolling.clock = rolling.clock, []
                self._write_events(self.library, uid, rolling, durable=True)
            reel.add_clock(clock)

    def _write_events(self, library: Library, uid: str, rolling: Rolling, *, durable: bool) -> None:
        events, rolling.events = rolling.events, []
        mine = [event for event in events if event["sequence"] >= rolling.first_event]
        library.reel(uid, rolling.reel_id).add_events(mine, durable=durable)


def event_line(boot_id: int, sequence: int, event: Event, arrived_us: int) -> dict[str, Any]:
    """Make the line that events.jsonl holds for one live event."""
    return {
        "boot_id": boot_id,
        "sequence": sequence,
        "kind": event.kind,
        "flags": event.flags,
        "tick": event.tick,
        "p": [event.p0, event.p1, event.p2, event.p3, event.p4],
        "arrived_us": arrived_us,
    }
