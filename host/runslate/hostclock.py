"""This computer's clocks: monotonic microseconds (the common time line), UTC, and which boot."""

from __future__ import annotations

import functools
import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_MAC_BOOT_ID = ("/usr/sbin/sysctl", "-n", "kern.bootsessionuuid")

_LOOK_S = 0.005
"""Of the wall: how often a wait looks at a clock that is not the wall's."""


class TimeSource(Protocol):
    """Another time that the host lives by: boards that cannot keep up with the wall set it."""

    def now_us(self) -> int:
        """Give microseconds that only grow, of the same order as this computer's."""
        ...


def _wall_ns() -> int:
    """Monotonic nanoseconds that go on while the computer sleeps: a laptop is shut while the tags are out running.

    Python's own monotonic clock stands still then, except on Windows.
    """
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    return time.monotonic_ns()


def slept_s() -> float:
    """Give how much longer the host's monotonic clock has run than Python's: the time that the computer slept."""
    return (_wall_ns() - time.monotonic_ns()) / 1e9


class _Wall:
    """This computer's own clock."""

    def now_us(self) -> int:
        return _wall_ns() // 1000


_WALL = _Wall()
_source: TimeSource = _WALL


@contextmanager
def follow(source: TimeSource) -> Iterator[None]:
    """Let the whole host live by another time while the context lasts."""
    global _source
    _source = source
    try:
        yield
    finally:
        _source = _WALL


def now_us() -> int:
    """Give host monotonic microseconds: they neither jump with the wall clock nor stop while the laptop sleeps."""
    return _source.now_us()


def utc_us() -> int:
    """Give microseconds since 1970, UTC."""
    return time.time_ns() // 1000 + now_us() - _WALL.now_us()


def wait(attempt: Callable[[float], bool], seconds: float) -> bool:
    """Wait for something for so long by the host's time; returns whether it came.

    Args:
        attempt: waits for it at most so many seconds of the wall (`threading.Event.wait` does).
        seconds: how long to wait in all.
    """
    if _source is _WALL:
        return attempt(seconds)
    end_us = now_us() + seconds * 1e6
    while not attempt(_LOOK_S):
        if now_us() >= end_us:
            return False
    return True


def sleep(seconds: float) -> None:
    """Let so much of the host's time pass."""

    def never(limit_s: float) -> bool:
        time.sleep(limit_s)
        return False

    wait(never, seconds)


@functools.cache
def host_boot() -> str:
    """Name this boot of this computer: monotonic times of different boots can't be compared."""
    session = _boot_session()
    if session:
        return hashlib.sha256(session).hexdigest()[:12]
    booted_minutes = round((time.time() - _wall_ns() / 1e9) / 60)
    return f"t{booted_minutes:x}"


def _boot_session() -> bytes:
    """Read the system's own name of this boot, which a wall clock that is set leaves alone; b"" where it has none."""
    if _BOOT_ID.exists():
        return _BOOT_ID.read_bytes()
    if sys.platform == "darwin":
        return subprocess.run(_MAC_BOOT_ID, capture_output=True, check=False).stdout.strip()
    return b""


def clock_sample(
    sent_us: int, received_us: int, board_received_us: int, board_sent_us: int, boot_id: int
) -> dict[str, Any]:
    """Make one clock sample of a ping's four times.

    Args:
        sent_us: host time before the request was written.
        received_us: host time when the reply was read.
        board_received_us: board time when the request was understood.
        board_sent_us: board time when the reply was written.
        boot_id: the node's boot.

    Returns:
        the document that `clock.jsonl` holds; both times are the middles of their intervals, the
        round trip is without the board's own time.
    """
    middle = (sent_us + received_us) // 2
    return {
        "host_us": middle,
        "utc_us": utc_us() - (now_us() - middle),
        "board_us": (board_received_us + board_sent_us) // 2,
        "rtt_us": max(0, (received_us - sent_us) - (board_sent_us - board_received_us)),
        "boot_id": boot_id,
        "host_boot": host_boot(),
    }
