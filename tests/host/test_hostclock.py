"""The host on another time than the wall's: waits, sleeps and stamps follow it."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest
from runslate import hostclock


class Slow:
    """A time that goes on by 20 ms with every look."""

    def __init__(self) -> None:
        self.us = 5_000_000

    def now_us(self) -> int:
        self.us += 20_000
        return self.us


def test_waits_end_by_the_time_that_is_followed() -> None:
    slow = Slow()
    began = time.monotonic()
    with hostclock.follow(slow):
        assert not hostclock.wait(threading.Event().wait, 2.0)
        assert slow.us >= 7_000_000
        hostclock.sleep(1.0)
        assert slow.us >= 8_000_000
    assert time.monotonic() - began < 2.5  # 3 s of the followed time
    assert abs(hostclock.now_us() / 1e6 - time.monotonic() - hostclock.slept_s()) < 1.0


def test_what_comes_ends_a_wait() -> None:
    event = threading.Event()
    event.set()
    with hostclock.follow(Slow()):
        assert hostclock.wait(event.wait, 60.0)


def test_utc_follows_too() -> None:
    with hostclock.follow(Slow()):
        first = hostclock.utc_us() - hostclock.now_us()
        hostclock.sleep(1.0)
        assert abs(hostclock.utc_us() - hostclock.now_us() - first) < 100_000


def test_time_goes_on_while_the_laptop_is_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tags run for an hour while the laptop sleeps: a clock that stood still would be an hour off at the drain."""
    awake = hostclock.now_us()
    shut_s = 3600
    for name in ("clock_gettime_ns", "monotonic_ns"):
        usual = getattr(time, name)
        # Sleep is what Python's own monotonic clock does not count.
        gain_ns = 0 if name == "monotonic_ns" and sys.platform != "win32" else shut_s * 10**9
        monkeypatch.setattr(time, name, lambda *which, usual=usual, gain_ns=gain_ns: usual(*which) + gain_ns)
    assert hostclock.now_us() - awake >= shut_s * 1_000_000


def test_a_boot_keeps_its_name_on_a_mac_whose_clock_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A take is rolled by one program and cut by the next: another boot's times would be refused."""
    monkeypatch.setattr(hostclock, "_BOOT_ID", tmp_path / "none")
    monkeypatch.setattr(hostclock, "_MAC_BOOT_ID", (sys.executable, "-c", "print('A1B2')"))
    monkeypatch.setattr(sys, "platform", "darwin")
    name = hostclock.host_boot.__wrapped__()
    set_at = time.time
    monkeypatch.setattr(time, "time", lambda: set_at() + 120)
    assert hostclock.host_boot.__wrapped__() == name
