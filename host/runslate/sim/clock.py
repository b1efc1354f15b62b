"""The two clocks of an emulated run (wall and stepped) and the board's own, which is off by a bit.

Scene time is seconds since the epoch that all nodes of a run share.
"""

from __future__ import annotations

import time
from typing import Protocol

from runslate.hostclock import slept_s

# A request of the firmware over the device channel costs about this much; a stepped clock has to
# advance by it, or a firmware that polls the time for a deadline would wait for ever.
_REQUEST_S = 20e-6

TICKS_MASK = (1 << 30) - 1


class SceneClock(Protocol):
    """What the emulation needs of a clock."""

    def now(self) -> float:
        """Return the scene time in seconds."""
        ...

    def spend(self) -> None:
        """Account for one request over the device channel."""
        ...

    def wait_until(self, due_s: float) -> float:
        """Return how many seconds the caller has to wait really; a stepped clock jumps instead."""
        ...

    def step_until(self, end_s: float) -> None:
        """From now to `end_s` run as fast as the firmware asks, if this clock can."""
        ...

    def follow(self) -> None:
        """Follow the wall again."""
        ...


class Wall:
    """The time that emulated nodes and their host share: `time.monotonic()`, from now on `pace` times as fast.

    A host that is to agree with it lives by it: `hostclock.follow(wall)`.
    """

    def __init__(self, pace: float = 1.0) -> None:
        self._from_s = time.monotonic()
        self._pace = pace

    def now_s(self) -> float:
        """Return its seconds."""
        return self._from_s + (time.monotonic() - self._from_s) * self._pace

    def now_us(self) -> int:
        """Return its microseconds as a host counts them: with the time that the computer slept."""
        return round((self.now_s() + slept_s()) * 1e6)

    def real_s(self, seconds: float) -> float:
        """Return how long so many of its seconds really last."""
        return seconds / self._pace

    def expect(self, node: object, due_s: float) -> None:
        """Hear that a node will ask again at `due_s`; this wall waits for nobody."""

    def busy(self, node: object) -> None:
        """Hear of a node's request."""

    def forget(self, node: object) -> None:
        """Hear that a node is off."""


class WallClock:
    """Scene time is the wall's minus the epoch."""

    def __init__(self, epoch_s: float, wall: Wall | None = None) -> None:
        self._epoch_s = epoch_s
        self._wall = wall or Wall()

    def now(self) -> float:
        """Return the scene time in seconds."""
        return self._wall.now_s() - self._epoch_s

    def spend(self) -> None:
        """Tell the wall of a request; real time passes by itself."""
        self._wall.busy(self)

    def wait_until(self, due_s: float) -> float:
        """Return the seconds from now until `due_s`, at least 0."""
        now = self.now()
        self._wall.expect(self, self._epoch_s + max(now, due_s))
        return self._wall.real_s(max(0.0, due_s - now))

    def step_until(self, end_s: float) -> None:
        """Do nothing: the wall cannot be hurried."""

    def follow(self) -> None:
        """Tell the wall that the node is off; the clock always follows."""
        self._wall.forget(self)


class SteppedClock:
    """Follows the wall, except between `step_until` and its end: there the firmware drives it."""

    def __init__(self, epoch_s: float) -> None:
        self._epoch_s = epoch_s  # moves back by as much as was skipped
        self._stepping = False
        self._now_s = 0.0
        self._end_s = 0.0

    def now(self) -> float:
        """Return the scene time in seconds."""
        if self._stepping:
            return self._now_s
        return time.monotonic() - self._epoch_s

    def spend(self) -> None:
        """Advance by the cost of one request while stepping."""
        if self._stepping:
            self._advance(self._now_s + _REQUEST_S)

    def wait_until(self, due_s: float) -> float:
        """Jump to `due_s` while stepping and return 0; else return the seconds to wait."""
        if not self._stepping:
            return max(0.0, due_s - self.now())
        self._advance(max(due_s, self._now_s))
        return 0.0

    def step_until(self, end_s: float) -> None:
        """Let the firmware drive the time from now to `end_s`."""
        self._now_s = self.now()
        self._end_s = end_s
        self._stepping = end_s > self._now_s

    def follow(self) -> None:
        """Follow the wall again, from the present scene time on."""
        if self._stepping:
            self._stepping = False
            self._epoch_s = time.monotonic() - self._now_s

    def _advance(self, to_s: float) -> None:
        self._now_s = to_s
        if to_s >= self._end_s:
            self.follow()


class BoardClock:
    """A board's microsecond counter: its crystal's error, a random start, a wrap at 2^30."""

    def __init__(self, ppm: float, offset_us: int) -> None:
        self._rate = 1e6 * (1.0 + ppm * 1e-6)
        self._offset_us = offset_us

    def ticks_us(self, scene_s: float) -> int:
        """Return the counter, 0 .. 2^30-1, at a scene time in seconds."""
        return (int(scene_s * self._rate) + self._offset_us) & TICKS_MASK

    def scene_s(self, board_us: float) -> float:
        """Return how many seconds of scene time a span of board microseconds is."""
        return board_us / self._rate
