"""Fetching pages: as many asked for ahead as the link carries in a moment, and those that got lost are known at once.

A node sends what was asked for in order of request and index. So a page that comes tells that all before it that
have not come were lost; only the last ones need a timeout.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runslate_protocol.constants import ErrorCode
from runslate_protocol.messages import Pages

from runslate import hostclock, pages
from runslate.errors import RunslateError
from runslate.link import RefusedError

if TYPE_CHECKING:
    from runslate.node import Node

DRAIN_AHEAD_S = 0.4
"""Pages on their way while draining, in seconds of the link: longer than a round trip, so that it never idles."""

LIVE_AHEAD_S = 0.08
"""The same beside live events, which should not wait behind more than this: one or two pages at 57,600 baud."""

FIRST, MOST = 8, 96
"""Pages per request: at first, and at most. The node checks all before it promises them, 96 take it some 30 ms."""

SHORTEST_WAIT_S = 0.15
"""Before pages that do not come count as lost: a page asked for twice in vain costs less than a wait."""

_WAITING = 3  # the node keeps four requests

_REFUSED = 128
"""Refusals in a row until we give up: the pages of four requests, six in each wait, are sent in half as many."""


@dataclass
class Window:
    """How many pages to ask for ahead; learned from how quickly they come, never set by anybody."""

    ahead_s: float = DRAIN_AHEAD_S
    page_s: float = DRAIN_AHEAD_S / FIRST
    """Smoothed time from page to page."""

    @property
    def pages(self) -> int:
        """Pages that the link carries in `ahead_s`, at least one."""
        return max(1, min(MOST, round(self.ahead_s / self.page_s)))

    def bridge(self, round_trip_s: float) -> int:
        """Pages that are fetched once more in the time that a request of their own would take."""
        return min(MOST // 2, int(round_trip_s / self.page_s))

    def learn(self, count: int, seconds: float) -> None:
        """Take it that `count` pages took so many seconds; at most halves or doubles what was known."""
        measured = min(4 * self.page_s, max(self.page_s / 4, seconds / count))
        self.page_s += (measured - self.page_s) / 2


@dataclass
class Answer:
    """What came of one request: the good pages, and whether these are all that the node has of the range."""

    first: int
    count: int
    promised: int
    pages: dict[int, bytes] = field(default_factory=dict)
    first_us: int = 0
    last_us: int = 0

    @property
    def whole(self) -> bool:
        """All came that the node promised: what is missing now is not in its flash."""
        return len(self.pages) >= self.promised

    @property
    def over(self) -> bool:
        """Nothing more can come: pages come in order, and the last one is here."""
        return self.whole or self.first + self.count - 1 in self.pages

    def holds(self, index: int) -> bool:
        """Whether this page was asked for here."""
        return self.first <= index < self.first + self.count

    def take(self, index: int, page: bytes, now_us: int) -> None:
        """Note a page that came."""
        self.first_us = self.first_us or now_us
        self.last_us = now_us
        self.pages[index] = page


def bridged(runs: Iterable[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    """Join ascending runs of indices (both ends included) with at most `gap` others between them."""
    joined: list[tuple[int, int]] = []
    for first, last in runs:
        if joined and first - joined[-1][1] - 1 <= gap:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def fetch_runs(node: Node, reel_id: int, wanted: Iterable[tuple[int, int]]) -> Iterator[Answer]:
    """Ask once for runs of pages, the window always full.

    Args:
        node: whose they are.
        reel_id: the reel.
        wanted: first and last index of each run; what lies between close ones comes along.

    Yields:
        one answer per request, each page good and of this reel; what got lost is for the caller to ask for again.

    Raises:
        RunslateError: the node vanished, restarted, refused, or is silent.
    """
    node.forget_pages()
    todo = _Todo(bridged(wanted, node.window.bridge(node.link.round_trip.smoothed or 0.0)))
    waiting: deque[Answer] = deque()
    refused = 0
    while todo or waiting:
        while todo and len(waiting) < _WAITING and _on_the_way(waiting) <= node.window.pages // 2:
            answer = _ask(node, reel_id, *todo.next(node.window.pages), refused)
            if answer is None:
                refused += 1
                todo.back()
                break
            refused = 0
            waiting.append(answer)
        yield from _receive(node, reel_id, waiting)


def _receive(node: Node, reel_id: int, waiting: deque[Answer]) -> Iterator[Answer]:
    """Take the next page, or learn that none comes; gives the answers that are over by that."""
    if waiting and not waiting[0].over:
        page = node.next_page(_patience(node))
        if page is None:
            node.check()
            yield from _all(waiting)
            return
        yield from _sort(node, reel_id, waiting, page)
    while waiting and waiting[0].over:
        yield waiting.popleft()


def _sort(node: Node, reel_id: int, waiting: deque[Answer], page: bytes) -> Iterator[Answer]:
    if not pages.page_is_good(page) or pages.reel_of(page) != reel_id:
        return
    index = pages.index_of(page)
    if not any(answer.holds(index) for answer in waiting):
        return
    while not waiting[0].holds(index):  # what is before it will not come any more
        yield waiting.popleft()
    answer, now_us = waiting[0], hostclock.now_us()
    answer.take(index, page, now_us)
    if answer.over and len(answer.pages) > 1:
        node.window.learn(len(answer.pages) - 1, (answer.last_us - answer.first_us) / 1e6)


def _all(waiting: deque[Answer]) -> Iterator[Answer]:
    while waiting:
        yield waiting.popleft()


def _on_the_way(waiting: Iterable[Answer]) -> int:
    return sum(max(0, answer.promised - len(answer.pages)) for answer in waiting)


def _patience(node: Node) -> float:
    """How long to wait for the next page: what is on its way already comes first."""
    round_trip_s = node.link.round_trip.smoothed or 0.0
    return max(SHORTEST_WAIT_S, 2 * round_trip_s + 6 * node.window.page_s)


def _ask(node: Node, reel_id: int, first: int, count: int, refused: int) -> Answer | None:
    """Send one request; None when the node has too many of them already, as it had `refused` times before."""
    request = Pages(reel_id=reel_id, first=first, count=count)
    try:
        promised = node.link.request(request).count
    except RefusedError as error:
        if error.code != ErrorCode.BAD_VALUE:
            raise
        if refused >= _REFUSED:
            raise RunslateError(
                f"{node.known_name} takes no request for pages: {error.what}",
                "It sends what was asked for before, then takes the next one.",
                "Unplug it, plug it in again and repeat the command: its reels are safe in its flash.",
            ) from error
        hostclock.sleep(_patience(node))
        return None
    return Answer(first, count, promised)


class _Todo:
    """Runs of pages that are cut into requests when they are asked for."""

    def __init__(self, wanted: Iterable[tuple[int, int]]) -> None:
        self._runs = deque(wanted)
        self._last = (0, 0)

    def __bool__(self) -> bool:
        return bool(self._runs)

    def next(self, most: int) -> tuple[int, int]:
        """Give first index and count of the next request."""
        first, last = self._runs.popleft()
        count = min(most, last + 1 - first)
        if first + count <= last:
            self._runs.appendleft((first + count, last))
        self._last = (first, first + count - 1)
        return first, count

    def back(self) -> None:
        """The last request was not taken: it comes again."""
        self._runs.appendleft(self._last)
