"""The order of live events: each once, ascending, whatever the link drops or repeats. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

GIVE_UP_AFTER = 4
"""Resends of what follows a hole until the hole is accepted: the node has forgotten it."""


@dataclass
class EventOrder(Generic[T]):
    """Puts events of one boot into the order of their sequence numbers.

    The node resends everything from its oldest unacknowledged event on. Where a host joins late
    the first number is learned: nothing is delivered until the lowest number seen came again.
    """

    next: int | None = None
    """All events below are delivered; None while the first number is being learned."""
    lost: int = 0
    """Sequence numbers that the node no longer had."""
    window: int = 0
    """Events that the node sends ahead of its oldest; 0: not known."""
    _held: dict[int, T] = field(default_factory=dict)
    _repeats: int = 0

    def offer(self, sequence: int, event: T) -> list[tuple[int, T]]:
        """Take one event as it arrived; returns those whose turn has come, in order."""
        if self.next is None:
            self._learn(sequence)
        if self.next is not None and sequence < self.next:
            return []
        seen = sequence in self._held
        self._held[sequence] = event
        if self.next is None:
            return []
        if seen and self.next not in self._held and sequence == min(self._held):
            self._repeats += 1
            if self._repeats >= GIVE_UP_AFTER:
                self.lost += sequence - self.next
                self.next = sequence
        if self.window and sequence - self.window >= self.next:
            return self._skip_to(sequence - self.window + 1) + self._release()
        return self._release()

    def _skip_to(self, oldest: int) -> list[tuple[int, T]]:
        """Go on from the oldest event that a node can still have which has just sent one a window ahead of it.

        A full outbox drops one with each new event: what is sent again then begins elsewhere each time.
        """
        assert self.next is not None
        ready = [(each, self._held.pop(each)) for each in sorted(self._held) if each < oldest]
        self.lost += oldest - self.next - len(ready)
        self.next = oldest
        return ready

    def _learn(self, sequence: int) -> None:
        lowest = min(self._held, default=None)
        if sequence == 0 or (lowest == sequence):
            self.next = sequence
        elif lowest is not None and 0 < self.window <= sequence - lowest + 1:
            self.next = lowest  # nothing before it can come any more: see _skip_to

    def _release(self) -> list[tuple[int, T]]:
        assert self.next is not None
        ready = []
        while self.next in self._held:
            ready.append((self.next, self._held.pop(self.next)))
            self.next += 1
        if ready:
            self._repeats = 0
        return ready
