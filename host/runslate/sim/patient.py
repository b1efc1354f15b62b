"""A fast wall that waits for its nodes: a busy computer makes the emulation slower, never a sensor's FIFO overrun."""

from __future__ import annotations

import math
import threading
import time

from runslate.sim.clock import Wall

SLACK_S = 0.2
"""Of its own time that a node may be late: a FIFO holds 0.6 s and is read every 0.1 s."""

REQUEST_S = 20e-6
"""Granted with every request: firmware that polls the time for a deadline gets there."""

PATIENCE_S = 5.0
"""Of the computer's time: a node that asks for nothing so long hangs, and its watchdog shall notice."""


class PatientWall(Wall):
    """The shared time, at most `pace` times as fast as the computer's, never `slack_s` ahead of a recording node."""

    def __init__(self, pace: float, slack_s: float = SLACK_S) -> None:
        super().__init__(pace)
        self._slack_s = slack_s
        self._lock = threading.Lock()
        self._looked_s = self._now_s = time.monotonic()
        self._due: dict[object, tuple[float, float]] = {}
        """By node: until when it is known not to ask, and the computer's time when that was said."""

    def now_s(self) -> float:
        """Return its seconds: they stand still while a node is late."""
        with self._lock:
            real_s = time.monotonic()
            reached = self._now_s + (real_s - self._looked_s) * self._pace
            self._looked_s = real_s
            self._now_s = max(self._now_s, min(reached, self._limit_s(real_s)))
            return self._now_s

    def expect(self, node: object, due_s: float) -> None:
        """Wait for a node that will ask again at `due_s`."""
        with self._lock:
            self._due[node] = (due_s, time.monotonic())

    def busy(self, node: object) -> None:
        """Grant a node that is awaited the time of a request."""
        with self._lock:
            if node in self._due:
                self._due[node] = (self._due[node][0] + REQUEST_S, time.monotonic())

    def forget(self, node: object) -> None:
        """Wait no longer for a node: it is switched off."""
        with self._lock:
            self._due.pop(node, None)

    def _limit_s(self, real_s: float) -> float:
        awaited = [due for due, said in self._due.values() if real_s - said < PATIENCE_S]
        return min(awaited, default=math.inf) + self._slack_s
