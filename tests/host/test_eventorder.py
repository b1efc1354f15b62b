"""Live events behind a link that stood still for so long that the node's outbox ran over."""

from __future__ import annotations

from runslate.eventorder import EventOrder

CAPACITY, WINDOW = 128, 16
SEVERAL = 20
"""New events between two resends: more than a window, so that no resend repeats anything of the one before."""


class Outbox:
    """The node's: the oldest is dropped when it is full, and at most a window goes ahead of the oldest."""

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.next = self.dropped = 0

    def happen(self, count: int) -> None:
        self.kept += range(self.next, self.next + count)
        self.next += count
        self.dropped += max(0, len(self.kept) - CAPACITY)
        self.kept = self.kept[-CAPACITY:]

    def send(self, order: EventOrder[int]) -> list[int]:
        heard = [sequence for each in self.kept[:WINDOW] for sequence, _ in order.offer(each, each)]
        self.kept = [each for each in self.kept if each >= (order.next or 0)]
        return heard


def test_events_go_on_though_a_full_outbox_drops_some_with_each_resend() -> None:
    order: EventOrder[int] = EventOrder(next=0, window=WINDOW)
    outbox = Outbox()
    outbox.happen(15)
    heard = outbox.send(order)
    outbox.happen(300)
    for _ in range(5):
        outbox.happen(SEVERAL)
        heard += outbox.send(order)
    assert len(heard) > 5 * WINDOW
    while outbox.kept:
        heard += outbox.send(order)
    assert heard == sorted(set(heard))
    assert heard[-1] == outbox.next - 1
    assert order.lost == outbox.dropped == outbox.next - len(heard)


def test_a_host_that_comes_late_learns_the_first_number_from_a_full_outbox() -> None:
    order: EventOrder[int] = EventOrder(window=WINDOW)
    outbox = Outbox()
    outbox.happen(300)
    oldest = outbox.kept[0]
    heard = outbox.send(order)
    outbox.happen(SEVERAL)
    heard += outbox.send(order)
    assert heard[:WINDOW] == list(range(oldest, oldest + WINDOW))
    assert len(heard) == 2 * WINDOW
