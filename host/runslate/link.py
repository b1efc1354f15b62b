"""The link to one node: matches replies to requests, asks again, puts events in order."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from runslate_protocol.constants import ADDRESS_ANY, ErrorCode, name_of
from runslate_protocol.events import Event
from runslate_protocol.frame import Frame
from runslate_protocol.messages import (
    EventAck,
    EventPush,
    Hello,
    HelloReply,
    LogPush,
    Message,
    PagePush,
    Refusal,
    Reply,
    Request,
)

from runslate import hostclock
from runslate.errors import RunslateError
from runslate.eventorder import EventOrder
from runslate.hostclock import now_us
from runslate.line import Line
from runslate.port import Port, PortGoneError

R = TypeVar("R", bound=Reply)

FIRST_TIMEOUT_S = 0.5
"""Before any round trip was measured."""

SHORTEST_TIMEOUT_S = 0.1
"""Twice a typical flash erase (45 ms). A node in a longer one is asked again, which does no harm."""

BACKOFF = 1.5
"""Each repetition waits so much longer: a link is slower than it was, or it loses much."""

LONGEST_TIMEOUT_S = 4.0

ACK_AGAIN_US = 50_000
"""Between acknowledgements that say the same: one tells a node of a hole, more only fill a slow link."""

TRIES = 9
"""Sendings of one request: with growing timeouts some 7 s on a fast link."""


class RefusedError(RunslateError):
    """The node answered with an error; `code` is the wire's."""

    def __init__(self, code: int, sentence: str, cure: str = "") -> None:
        self.code = code
        super().__init__(sentence or f"The node refused: {name_of(ErrorCode, code)}.", "", cure)


class SilentError(RunslateError):
    """The node did not answer in time."""


class RestartedError(RunslateError):
    """The node restarted: it has another boot id than when this link greeted it."""


@dataclass
class _Pending:
    """A request that waits for its reply."""

    done: threading.Event = field(default_factory=threading.Event)
    reply: Message | None = None
    error: RunslateError | None = None
    received_us: int = 0


@dataclass(frozen=True)
class Timed:
    """A reply with the host's clock around it, microseconds."""

    reply: Reply
    sent_us: int
    received_us: int
    tries: int


class RoundTrip:
    """Smoothed round trip and its variation, by RFC 6298 (section 2), in seconds."""

    def __init__(self) -> None:
        self.smoothed: float | None = None
        self.variation = 0.0

    def add(self, seconds: float) -> None:
        """Take one measured round trip."""
        if self.smoothed is None:
            self.smoothed, self.variation = seconds, seconds / 2
            return
        self.variation += 0.25 * (abs(seconds - self.smoothed) - self.variation)
        self.smoothed += 0.125 * (seconds - self.smoothed)

    @property
    def timeout(self) -> float:
        """How long to wait for a reply before asking again."""
        if self.smoothed is None:
            return FIRST_TIMEOUT_S
        return min(LONGEST_TIMEOUT_S, max(SHORTEST_TIMEOUT_S, self.smoothed + 4 * self.variation))


class Link:
    """Requests to and streams from one node. Callbacks run in the line's thread and must be short.

    Args:
        port: the node's own port, or a line that several nodes share.
        address: the node's; 0: whoever is on this port.
    """

    def __init__(self, port: Port | Line, address: int = ADDRESS_ANY) -> None:
        self.line = port if isinstance(port, Line) else Line(port)
        self.port = self.line.port
        self.address = address
        self.heard_address = address
        """Address of the node that answered the last HELLO."""
        self.boot_id = 0
        """Boot id of the last HELLO; 0 before it."""
        self.round_trip = RoundTrip()
        self.events: EventOrder[Event] = EventOrder()
        self.on_event: Callable[[int, Event, int], bool | None] | None = None
        """Called with sequence, event and host microseconds of its arrival.

        An event is acknowledged when this has returned, unless it returned False: then not before a later one is.
        """
        self.on_page: Callable[[bytes], None] | None = None
        self.on_log: Callable[[int, str], None] | None = None
        self.failed: RunslateError | None = None
        self._acknowledged_us = 0
        self._safe: int | None = None  # all events below may be acknowledged
        self._pending: dict[int, _Pending] = {}
        self._lock = threading.Lock()
        # Random, so that a new process doesn't meet the replies that a node remembers of the last.
        self._next_id = secrets.randbelow(0xFFFF) + 1
        self.line.attach(address, self)

    @property
    def noise(self) -> bytes:
        """The last bytes that arrived at the port, whatever they are."""
        return self.line.noise

    @property
    def counters(self) -> dict[str, int]:
        """Good and bad frames at the port so far, by kind."""
        return self.line.counters

    def go_on_from(self, before: Link) -> None:
        """Take over callbacks, boot and the order of events from the link that failed."""
        self.on_event, self.on_page, self.on_log = before.on_event, before.on_page, before.on_log
        self.boot_id, self.events, self._safe = before.boot_id, before.events, before._safe

    def close(self) -> None:
        """End all waiting; the last link of a line closes its port."""
        if self.failed is None:
            self.fail(PortGoneError(f"The port {self.port.name} was closed."))
        self.line.detach(self.address)

    def send(self, message: Message, *, boot_id: int | None = None) -> None:
        """Write one message, no reply expected.

        Raises:
            RunslateError: the port vanished or the board does not read.
        """
        self.line.send(message, self.boot_id if boot_id is None else boot_id, self.address)

    def request(self, message: Request[R], *, timeout: float | None = None, tries: int = TRIES) -> R:
        """Ask and wait for the reply.

        Args:
            message: the request; its request id is set here.
            timeout: seconds before the first repetition; by default from measured round trips.
            tries: sendings in all; repeated under the same id, so executed at most once.

        Raises:
            RefusedError: the node answered with an error.
            SilentError: no answer.
            RestartedError: the node has restarted since HELLO.
            PortGoneError: the port vanished.
        """
        timed = self.timed(message, timeout=timeout, tries=tries)
        assert isinstance(timed.reply, message.reply())
        return timed.reply

    def timed(self, message: Request[R], *, timeout: float | None = None, tries: int = TRIES) -> Timed:
        """Ask like `request`; also tells when the answered sending left and the reply came."""
        request_id, pending = self._register()
        wait = self.round_trip.timeout if timeout is None else timeout
        # HELLO goes to whatever boot runs; everything else only to the boot that was greeted.
        boot_id = 0 if isinstance(message, Hello) else self.boot_id
        try:
            for attempt in range(1, tries + 1):
                sent_us = now_us()
                self.send(message.numbered(request_id), boot_id=boot_id)
                if hostclock.wait(pending.done.wait, wait):
                    return self._finish(pending, sent_us, attempt)
                wait = min(BACKOFF * wait, LONGEST_TIMEOUT_S)
        finally:
            with self._lock:
                self._pending.pop(request_id, None)
        raise SilentError(
            f"The node at {self.port.name} did not answer {message.NAME} ({tries} tries).",
            "A node answers within milliseconds.",
            "Unplug it, plug it in again; its reel stays in flash.",
        )

    def _register(self) -> tuple[int, _Pending]:
        if self.failed is not None:
            raise self.failed
        pending = _Pending()
        with self._lock:
            request_id = self._next_id
            self._next_id = request_id % 0xFFFF + 1
            self._pending[request_id] = pending
        return request_id, pending

    def _finish(self, pending: _Pending, sent_us: int, attempt: int) -> Timed:
        if pending.error is not None:
            raise pending.error
        reply = pending.reply
        if isinstance(reply, Refusal):
            if reply.code == ErrorCode.WRONG_BOOT:
                raise restarted(self.port.name)
            raise RefusedError(reply.code, reply.sentence)
        assert isinstance(reply, Reply)
        if attempt == 1:  # a repeated request's reply can't be told from the first one's (Karn)
            self.round_trip.add((pending.received_us - sent_us) / 1e6)
        return Timed(reply, sent_us, pending.received_us, attempt)

    def fail(self, error: RunslateError) -> None:
        """Nothing comes any more: tell those who wait."""
        self.failed = error
        with self._lock:
            waiting = list(self._pending.values())
        for pending in waiting:
            pending.error = error
            pending.done.set()

    def take(self, message: Message, frame: Frame, arrived_us: int) -> None:
        """Take one message of this node, from the line's thread."""
        if isinstance(message, HelloReply):
            self.heard_address = frame.address
            self._greeted(frame.boot_id, message.event_window)
        elif self.boot_id and frame.boot_id != self.boot_id and not isinstance(message, Refusal):
            self._notice_restart()
            return
        if isinstance(message, (Reply, Refusal)):
            self._answer(message, arrived_us)
        elif isinstance(message, EventPush):
            self._event(message, arrived_us)
        elif isinstance(message, PagePush) and self.on_page:
            self.on_page(message.page)
        elif isinstance(message, LogPush) and self.on_log:
            self.on_log(message.level, message.text)

    def _greeted(self, boot_id: int, event_window: int) -> None:
        if boot_id != self.boot_id:
            self.events = EventOrder(next=0 if self.boot_id else None, window=event_window)
            self._safe = None
            self.boot_id = boot_id

    def _notice_restart(self) -> None:
        """Requests to the old boot are never answered any more: tell those who wait."""
        with self._lock:
            waiting = [each for each in self._pending.values() if each.reply is None]
        for pending in waiting:
            pending.error = restarted(self.port.name)
            pending.done.set()

    def _answer(self, message: Reply | Refusal, arrived_us: int) -> None:
        with self._lock:
            pending = self._pending.get(message.request_id)
        if pending is not None and not pending.done.is_set():
            pending.reply, pending.received_us = message, arrived_us
            pending.done.set()

    def _event(self, message: EventPush, arrived_us: int) -> None:
        before = self._safe
        for sequence, event in self.events.offer(message.sequence, message.event):
            if self.on_event is None or self.on_event(sequence, event, arrived_us) is not False:
                self._safe = sequence + 1
        if self._safe is None or (self._safe == before and arrived_us - self._acknowledged_us < ACK_AGAIN_US):
            return
        self._acknowledged_us = arrived_us
        self._acknowledge(self._safe)

    def _acknowledge(self, next_sequence: int) -> None:
        try:
            self.send(EventAck(next=next_sequence))
        except RunslateError as error:
            self.fail(error)


def restarted(name: str) -> RestartedError:
    """Say that a node restarted."""
    return RestartedError(
        f"The node at {name} has restarted.",
        "A node runs through from roll to cut; its reel up to the restart is in its flash.",
        "Run `runslate drain`, then roll again.",
    )
