"""Stands at a node's port, behind the bad wire: which events it sent, and which it was told are safe."""

from __future__ import annotations

import threading

from runslate_protocol.errors import ProtocolError
from runslate_protocol.frame import Deframer, Frame
from runslate_protocol.messages import EventAck, EventPush

from runslate.faults.flashtruth import EventKey


class Witness:
    """A proxy's tap; keeps the events of all boots and how far each boot was acknowledged."""

    def __init__(self) -> None:
        self._from_node = Deframer()
        self._to_node = Deframer()
        self._events: dict[EventKey, bytes] = {}
        self._acknowledged: dict[int, int] = {}
        self._lock = threading.Lock()

    def tap(self, direction: str, data: bytes) -> None:
        """See bytes pass (see `proxy.relay.Tap`)."""
        frames = (self._from_node if direction == "from node" else self._to_node).feed(data)
        with self._lock:
            for frame in frames:
                self._note(frame)

    def _note(self, frame: Frame) -> None:
        try:
            message = frame.message()
        except ProtocolError:
            return
        if isinstance(message, EventPush):
            self._events[frame.boot_id, message.sequence] = frame.payload[4:]
        elif isinstance(message, EventAck) and frame.boot_id:
            before = self._acknowledged.get(frame.boot_id, 0)
            self._acknowledged[frame.boot_id] = max(before, message.next)

    def acknowledged(self) -> dict[EventKey, bytes]:
        """Give the events that the node could forget."""
        with self._lock:
            known = self._acknowledged
            return {key: event for key, event in self._events.items() if key[1] < known.get(key[0], 0)}
