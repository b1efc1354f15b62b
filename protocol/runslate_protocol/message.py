"""What a message is: a record with a type of its own, and a request's tie to its reply."""

from __future__ import annotations

import dataclasses
import re
from typing import ClassVar, Final, Generic, Self, TypeVar

from .constants import REPLY_BIT
from .errors import ProtocolError
from .record import U16, Record, wire

MESSAGES: Final[dict[int, type[Message]]] = {}
"""Every known message by its type."""


class Message(Record):
    """A record with a type of its own: the payload of one frame."""

    TYPE: ClassVar[int]
    NAME: ClassVar[str]

    def __init_subclass__(cls, type_id: int = 0, name: str = "") -> None:
        super().__init_subclass__()
        if not type_id:
            return
        if type_id in MESSAGES:
            raise ProtocolError(f"Type 0x{type_id:02X} is taken by {MESSAGES[type_id].title()}.")
        cls.TYPE = type_id
        cls.NAME = name or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).upper()
        MESSAGES[type_id] = cls

    @classmethod
    def title(cls) -> str:
        return f"{cls.NAME} (0x{cls.TYPE:02X})"


class Reply(Message):
    """Answer of a node to one request."""

    request_id: int = wire(U16 * "The request that this answers.", default=0)

    def __init_subclass__(cls, to: type[Message]) -> None:
        super().__init_subclass__(type_id=to.TYPE | REPLY_BIT, name=f"{to.NAME}_REPLY")


R = TypeVar("R", bound=Reply)


class Request(Message, Generic[R]):
    """A host's request; `R` is the class of its reply."""

    request_id: int = wire(U16 * "Chosen by the host, never 0, never used again within this boot.", default=0)

    def numbered(self, request_id: int) -> Self:
        """The same request under a request id."""
        return dataclasses.replace(self, request_id=request_id)

    @classmethod
    def reply(cls) -> type[R]:
        """The class of the reply."""
        return MESSAGES[cls.TYPE | REPLY_BIT]  # type: ignore[return-value]
