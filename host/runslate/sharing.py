"""Several nodes behind one radio: who is there, each by its own address."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable

from runslate_protocol.constants import ADDRESS_ALL, ADDRESS_ANY, BOOT_ANY
from runslate_protocol.frame import Frame
from runslate_protocol.messages import Hello, HelloReply, Message
from runslate_protocol.version import VERSION_HIGH, VERSION_LOW

from runslate import hostclock
from runslate.errors import RunslateError
from runslate.line import SHARED, Line
from runslate.link import Link
from runslate.node import Node
from runslate.port import Port

SLOTS, SLOT_S = 16, 0.04
"""A node answers a call to all in the slot of its address: a greeting of 150 bytes takes 26 ms at 57,600 baud."""

CALLS = 4
"""Calls to all at most: an answer that collided with another comes with the next one."""


class _RollCall:
    """Collects who answers."""

    def __init__(self) -> None:
        self.heard: set[int] = set()
        self._lock = threading.Lock()

    def take(self, message: Message, frame: Frame, _arrived_us: int) -> None:
        """Note the address of an answer."""
        if isinstance(message, HelloReply) and frame.address:
            with self._lock:
                self.heard.add(frame.address)

    def fail(self, _error: RunslateError) -> None:
        """Nobody answers any more."""


def roll_call(line: Line) -> list[int]:
    """Call all nodes on a line until a call brings nobody new; returns their addresses."""
    call = _RollCall()
    line.attach(ADDRESS_ANY, call)
    for number in range(CALLS):
        before = len(call.heard)
        hello = Hello(version_low=VERSION_LOW, version_high=VERSION_HIGH).numbered(secrets.randbelow(0xFFFF) + 1)
        line.send(hello, BOOT_ANY, ADDRESS_ALL)
        hostclock.sleep((SLOTS + 2) * SLOT_S)
        if number and len(call.heard) == before:
            break
    return sorted(call.heard)


def open_shared(first: Node, label: str, open_port: Callable[[str], Port]) -> list[Node]:
    """Open all nodes that share a port with one that was found there; its own link is closed.

    Raises:
        RunslateError: the port vanished, or a node does not answer under its address.
    """
    port = first.port
    first.close()
    line = SHARED.open(port, open_port)
    try:
        return [Node(Link(line, address), label) for address in roll_call(line)]
    finally:
        line.detach(ADDRESS_ANY)
