"""Opening a port that something else has for a moment, as ModemManager has one right after it was plugged in."""

from __future__ import annotations

import errno
from collections.abc import Callable

from runslate import hostclock, opening
from runslate.discovery import PortInfo
from runslate.port import Port
from runslate.porterrors import explain

from host.peer import Peer

NAMED = PortInfo("/dev/ttyACM7", "named", "")


def busy(times: float) -> Callable[[str], Port]:
    """A way to open a port that somebody else has, so many times."""
    tries = iter(range(10**6))

    def open_port(url: str) -> Port:
        if next(tries) < times:
            raise explain(url, OSError(errno.EBUSY, "Device or resource busy"), [], "linux")
        return Peer()

    return open_port


class Hasty:
    """A time in which every look is a second later."""

    us = 0

    def now_us(self) -> int:
        self.us += 1_000_000
        return self.us


def test_a_port_that_is_busy_for_a_moment_is_waited_for() -> None:
    nodes, problems = opening.open_nodes([NAMED], busy(times=2))
    opening.close_all(nodes)
    assert [node.name for node in nodes] == ["peer"]
    assert problems == []


def test_a_port_that_stays_busy_is_told_after_a_while() -> None:
    with hostclock.follow(Hasty()):
        nodes, problems = opening.open_nodes([NAMED], busy(times=float("inf")))
    assert nodes == []
    assert [error.what for error in problems] == ["The port /dev/ttyACM7 is busy: another program has it open."]
