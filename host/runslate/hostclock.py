"""This computer's clocks: monotonic microseconds (the common time line), UTC, and which boot."""

from __future__ import annotations

import functools
import hashlib
import time
from pathlib import Path
from typing import Any

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def now_us() -> int:
    """Give host monotonic microseconds: they don't jump when the laptop's wall clock is set."""
    return time.monotonic_ns() // 1000


def utc_us() -> int:
    """Give microseconds since 1970, UTC."""
    return time.time_ns() // 1000


@functools.cache
def host_boot() -> str:
    """Name this boot of this computer: monotonic times of different boots can't be compared."""
    if _BOOT_ID.exists():
        return hashlib.sha256(_BOOT_ID.read_bytes()).hexdigest()[:12]
    booted_minutes = round((time.time() - time.monotonic()) / 60)
    return f"t{booted_minutes:x}"


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
