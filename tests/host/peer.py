"""A node made of Python behind a port made of memory; what the wire does to bytes is scripted."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from runslate.port import PortGoneError
from runslate_protocol import (
    BoardTime,
    Deframer,
    Echo,
    EchoReply,
    Event,
    EventAck,
    EventPush,
    Frame,
    Get,
    GetReply,
    Hello,
    HelloReply,
    Message,
    PagePush,
    Pages,
    PagesReply,
    Start,
    StartReply,
    encode_frame,
)

Mangle = Callable[[bytes], list[bytes]]
"""What a wire makes of one frame: nothing, itself, twice itself, garbage before it."""


def clean(frame: bytes) -> list[bytes]:
    """A wire that does no harm."""
    return [frame]


class Peer:
    """A `Port` with a node at its other end; answers within `write`."""

    name = "memory"

    def __init__(self, pages: dict[int, bytes] | None = None, boot_id: int = 77) -> None:
        self.boot_id = boot_id
        self.pages = pages or {}
        self.to_node: Mangle = clean
        self.to_host: Mangle = clean
        self.seen: list[Message] = []
        self.starts = 0
        self.acknowledged = 0
        self._answered: dict[int, Message] = {}
        self._deframer = Deframer()
        self._bytes: deque[bytes] = deque()
        self._ready = threading.Condition()
        self._gone = False

    @property
    def in_waiting(self) -> int:
        return sum(map(len, self._bytes))

    def read(self, size: int) -> bytes:
        with self._ready:
            if not self._bytes and not self._gone:
                self._ready.wait(0.05)
            if self._gone:
                raise PortGoneError("The port memory vanished.")
            return self._bytes.popleft() if self._bytes else b""

    def write(self, data: bytes) -> None:
        if self._gone:
            raise PortGoneError("The port memory vanished.")
        for piece in self.to_node(data):
            for frame in self._deframer.feed(piece):
                message = frame.message()
                assert isinstance(message, Message)
                self._answer(message)

    def close(self) -> None:
        self._gone = True

    def unplug(self) -> None:
        """Vanish like a pulled cable."""
        with self._ready:
            self._gone = True
            self._ready.notify_all()

    def push(self, message: Message, *, boot_id: int | None = None) -> None:
        """Send a message to the host."""
        boot = self.boot_id if boot_id is None else boot_id
        self.push_bytes(encode_frame(Frame(message.TYPE, message.encode(), boot)))

    def push_bytes(self, data: bytes) -> None:
        with self._ready:
            self._bytes.extend(self.to_host(data))
            self._ready.notify_all()

    def push_event(self, sequence: int) -> None:
        self.push(EventPush(sequence=sequence, event=Event(kind=1, tick=sequence)))

    def _answer(self, message: Message) -> None:
        self.seen.append(message)
        if isinstance(message, EventAck):
            self.acknowledged = message.next
            return
        number: int = message.request_id  # type: ignore[attr-defined]
        reply = self._answered.get(number) or self._reply(message)
        if reply is not None:
            self._answered[number] = reply
            self.push(reply)
        if isinstance(message, Pages) and isinstance(reply, PagesReply):
            wanted = range(message.first, message.first + message.count)
            for index in wanted:
                if index in self.pages:
                    self.push(PagePush(page=self.pages[index]))

    def _reply(self, message: Message) -> Message | None:
        match message:
            case Hello():
                return hello(message.request_id)
            case Echo():
                return EchoReply(request_id=message.request_id, data=message.data)
            case Get():
                return GetReply(request_id=message.request_id, value='{"name": "peer"}')
            case Start():
                self.starts += 1
                time = BoardTime(wraps=0, us=1)
                return StartReply(request_id=message.request_id, reel_id=self.starts, time=time)
            case Pages():
                wanted = range(message.first, message.first + message.count)
                there = sum(index in self.pages for index in wanted)
                return PagesReply(request_id=message.request_id, count=there)
        return None


def hello(request_id: int, low: int = 1, high: int = 1) -> HelloReply:
    """What the peer says of itself."""
    return HelloReply(
        request_id=request_id,
        version_low=low,
        version_high=high,
        max_payload=640,
        event_window=8,
        capabilities=2,
        fingerprint=1,
        uid=bytes(range(8)),
        role=0,
        reset_cause=1,
        time=BoardTime(wraps=0, us=1),
        firmware="0.1.0",
        board="memory",
        imu="LSM6DSO32",
        crash="",
    )
