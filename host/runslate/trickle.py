"""Pages of reels that still record, brought in beside the live events: a few at a time, so that no event waits long."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from runslate import hostclock
from runslate.errors import RunslateError
from runslate.fetch import LIVE_AHEAD_S, fetch_runs
from runslate.library import Library
from runslate.node import Node
from runslate.reelstore import ReelStore

REST_S = 0.2
"""Between rounds in which nothing was new."""

STORED_PAGES = 16
"""Pages that are stored together."""


class Trickle:
    """Brings in the pages of one line's nodes in turn; what got lost on the way is left to the drain.

    Args:
        nodes: those that share one line.
        reels: the reel of each by uid; nodes that are not in it are left alone.
        library: where pages go.
        stop: ends it.
    """

    def __init__(self, nodes: Sequence[Node], reels: dict[str, int], library: Library, stop: threading.Event) -> None:
        self._nodes = [node for node in nodes if reels.get(node.uid)]
        self._stores = {node.uid: library.reel(node.uid, reels[node.uid]) for node in self._nodes}
        self._next = dict.fromkeys(self._stores, 0)
        self._written = dict.fromkeys(self._stores, 0)
        self._fresh: dict[str, list[bytes]] = {uid: [] for uid in self._stores}
        self._stop = stop
        self.pages = 0
        """Pages that came."""

    def run(self) -> None:
        """Go round until told to stop."""
        for node in self._nodes:
            node.window.ahead_s = LIVE_AHEAD_S
        while not self._stop.is_set():
            came = [self._one(node) for node in self._nodes]
            if not any(came):
                hostclock.wait(self._stop.wait, REST_S)
        for uid, store in self._stores.items():
            self._save(uid, store)

    def _one(self, node: Node) -> bool:
        """Fetch a few pages of one node; whether there were any."""
        uid, store = node.uid, self._stores[node.uid]
        try:
            if self._next[uid] >= self._written[uid]:
                self._written[uid] = node.status().pages
            last = min(self._next[uid] + node.window.pages, self._written[uid]) - 1
            if last < self._next[uid]:
                return False
            for answer in fetch_runs(node, store.reel_id, [(self._next[uid], last)]):
                self._fresh[uid] += answer.pages.values()
                self.pages += len(answer.pages)
        except RunslateError:
            return False  # it is gone or busy; the rig tells
        self._next[uid] = last + 1
        if len(self._fresh[uid]) >= STORED_PAGES:
            self._save(uid, store)
        return True

    def _save(self, uid: str, store: ReelStore) -> None:
        fresh, self._fresh[uid] = self._fresh[uid], []
        if fresh:
            store.append(fresh)
