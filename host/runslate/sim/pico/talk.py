"""Talking to an emulated Pico in emulated time alone: no threads, no wall clock, the same on every run."""

from __future__ import annotations

from typing import TypeVar

from runslate_protocol.frame import Deframer, Frame, encode_frame
from runslate_protocol.messages import (
    Hello,
    HelloReply,
    Message,
    PagePush,
    Pages,
    ReelEntry,
    Reels,
    Refusal,
    Reply,
    Request,
)
from runslate_protocol.version import VERSION_HIGH, VERSION_LOW

from runslate.errors import RunslateError
from runslate.sim.pico.board import EmulatedPico

R = TypeVar("R", bound=Reply)

GREETING_S = 0.25
"""Emulated time between two HELLOs to a board that may still be booting."""

ANSWER_S = 10.0
PAGES_S = 30.0
_MOST_PAGES = 128


class NoAnswerError(RunslateError):
    """The board did not answer within the emulated time."""


class RefusedError(RunslateError):
    """The board answered with an error; `code` is the wire's."""

    def __init__(self, code: int, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


class Talk:
    """A host that lets the board's time pass only while it waits for an answer.

    Args:
        pico: the board, switched on.
    """

    def __init__(self, pico: EmulatedPico) -> None:
        self._pico = pico
        self._deframer = Deframer()
        self._messages: list[Message] = []
        self._boot_id = 0
        self._sequence = 0
        self._request_id = 0
        self.pages: list[bytes] = []
        """Pages that came, asked for or pushed; the caller empties it."""

    def greet(self, limit_s: float = ANSWER_S) -> HelloReply:
        """Say HELLO until the board answers.

        Raises:
            NoAnswerError: not within `limit_s` emulated seconds.
        """
        end_us = self._pico.now_us() + limit_s * 1e6
        self._boot_id = 0
        while True:
            try:
                return self.request(Hello(version_low=VERSION_LOW, version_high=VERSION_HIGH), GREETING_S)
            except NoAnswerError:
                if self._pico.now_us() > end_us:
                    raise

    def send(self, message: Message) -> None:
        """Write one message without waiting."""
        self._sequence = (self._sequence + 1) & 0xFFFF
        frame = Frame(message.TYPE, message.encode(), self._boot_id, self._sequence)
        self._pico.write(encode_frame(frame))

    def ask(self, message: Request[R]) -> int:
        """Send a request without waiting for its reply; returns its request id."""
        self._request_id = self._request_id % 0xFFFF + 1
        self.send(message.numbered(self._request_id))
        return self._request_id

    def request(self, message: Request[R], timeout_s: float = ANSWER_S) -> R:
        """Ask and let the board run until it has answered.

        Raises:
            NoAnswerError: no reply within `timeout_s` emulated seconds.
            RefusedError: the board answered with an error.
        """
        request_id = self.ask(message)
        found: list[Reply | Refusal] = []

        def answered() -> bool:
            self.listen()
            found.extend(
                each for each in self._messages if isinstance(each, (Reply, Refusal)) and each.request_id == request_id
            )
            self._messages.clear()
            return bool(found)

        if not self._pico.run_until(answered, timeout_s):
            raise NoAnswerError(
                f"The emulated board did not answer {message.NAME} within {timeout_s:g} emulated seconds."
            )
        reply = found[0]
        if isinstance(reply, Refusal):
            raise RefusedError(reply.code, reply.sentence)
        assert isinstance(reply, message.reply())
        return reply

    def listen(self) -> None:
        """Take in what the board has sent so far."""
        data = bytes(self._pico.received)
        self._pico.received.clear()
        for frame in self._deframer.feed(data):
            message = frame.message()
            if isinstance(message, HelloReply):
                self._boot_id = frame.boot_id
            if isinstance(message, PagePush):
                self.pages.append(message.page)
            elif isinstance(message, Message):
                self._messages.append(message)

    def reels(self) -> list[ReelEntry]:
        """List the reels in the board's flash, oldest first."""
        found: list[ReelEntry] = []
        while True:
            reply = self.request(Reels(skip=len(found)))
            found += reply.reels
            if not reply.reels or len(found) >= reply.total:
                return found

    def fetch(self, entry: ReelEntry) -> list[bytes]:
        """Fetch all pages of a reel, in the order of their indices; what is not there is left out."""
        fetched: list[bytes] = []
        for first in range(0, entry.pages, _MOST_PAGES):
            self.pages.clear()
            count = min(_MOST_PAGES, entry.pages - first)
            promised = self.request(Pages(reel_id=entry.reel_id, first=first, count=count)).count
            self._pico.run_until(lambda promised=promised: self._have(promised), PAGES_S)  # type: ignore[misc]
            fetched += self.pages
        self.pages.clear()
        return fetched

    def _have(self, count: int) -> bool:
        self.listen()
        return len(self.pages) >= count
