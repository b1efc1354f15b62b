"""Wait for what another thread, process or node does."""

from __future__ import annotations

from collections.abc import Callable

from runslate import hostclock


def until(true: Callable[[], bool], seconds: float = 3.0) -> bool:
    """Look again and again, for so long by the host's time; returns whether it came true."""
    end_us = hostclock.now_us() + seconds * 1e6
    while not true():
        if hostclock.now_us() > end_us:
            return False
        hostclock.sleep(0.01)
    return True
