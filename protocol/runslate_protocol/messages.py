"""Every message, in construct, with a line of documentation per field."""

from __future__ import annotations

import dataclasses

from .constants import (
    TIME_BITS,
    UID_SIZE,
    Capability,
    ErrorCode,
    LampMode,
    LogLevel,
    Reason,
    ResetCause,
    Role,
    StartMode,
    State,
)
from .errors import ProtocolError
from .events import Event
from .message import MESSAGES as MESSAGES
from .message import Message as Message
from .message import Reply as Reply
from .message import Request as Request
from .record import (
    I16,
    LONG_TEXT,
    REST,
    REST_TEXT,
    TEXT,
    U8,
    U16,
    U32,
    U64,
    Appended,
    Bytes,
    ListAdapter,
    Record,
    RecordAdapter,
    wire,
)


class BoardTime(Record):
    """A board's clock, microseconds since some instant of its boot."""

    wraps: int = wire(U16 * "How often the 30-bit counter has wrapped.")
    us: int = wire(U32 * "The counter, 0 to 2^30 - 1 microseconds.")

    @property
    def total_us(self) -> int:
        """Microseconds without wraps."""
        return (self.wraps << TIME_BITS) + self.us


BOARD_TIME = RecordAdapter(BoardTime)


class Hello(Request["HelloReply"], type_id=0x01):
    """Who are you? The first message on a port; its form never changes."""

    version_low: int = wire(U8 * "Lowest protocol version that the host understands.")
    version_high: int = wire(U8 * "Highest protocol version that the host understands.")


class HelloReply(Reply, to=Hello):
    """Who the node is, what it can do and why it started."""

    version_low: int = wire(U8 * "Lowest protocol version that the node understands.")
    version_high: int = wire(U8 * "Highest protocol version that the node understands.")
    max_payload: int = wire(U16 * "Longest payload that the node accepts and sends, bytes.")
    event_window: int = wire(U8 * "Events that the node sends ahead of an EVENT_ACK.")
    capabilities: int = wire(U32 * "What the node can do.", values=Capability)
    fingerprint: int = wire(U32 * "Hash of the firmware's schema; only a diagnostic.")
    uid: bytes = wire(Bytes(UID_SIZE) * "Unique id of the board, the same for ever.")
    role: int = wire(U8 * "What the node is used for.", values=Role)
    reset_cause: int = wire(U8 * "Why it started.", values=ResetCause)
    time: BoardTime = wire(BOARD_TIME * "The board's clock now.")
    firmware: str = wire(TEXT * "Version of the firmware.")
    board: str = wire(TEXT * "Kind of board.")
    imu: str = wire(TEXT * "Kind of motion sensor, for example LSM6DSO32; empty if none answers.")
    crash: str = wire(TEXT * "Trace of the last crash, at most 200 bytes; empty if there was none.")


class Ping(Request["PingReply"], type_id=0x02):
    """What time is it? The base of the clock fit."""

    host_us: int = wire(U64 * "The host's clock when it sent this, microseconds; comes back.")


class PingReply(Reply, to=Ping):
    """The board's clock at both ends of the answer."""

    host_us: int = wire(U64 * "As in the request.")
    received: BoardTime = wire(BOARD_TIME * "When the request's last byte was read.")
    sent: BoardTime = wire(BOARD_TIME * "When the reply was handed to the serial port.")


class Echo(Request["EchoReply"], type_id=0x03):
    """Send the same bytes back: a test of the way."""

    data: bytes = wire(REST * "Any bytes, at most 600.")


class EchoReply(Reply, to=Echo):
    """The bytes of the request."""

    data: bytes = wire(REST * "As in the request.")


class Status(Request["StatusReply"], type_id=0x04):
    """How are you?"""


class StatusReply(Reply, to=Status):
    """State, room, losses and load."""

    state: int = wire(U8 * "What the node is doing.", values=State)
    reel_id: int = wire(U32 * "The reel that records, or the last one of this boot; 0 if none.")
    pages: int = wire(U32 * "Pages written in that reel.")
    pages_free: int = wire(U32 * "Pages that are erased and ready.")
    pages_total: int = wire(U32 * "Pages of the whole ring.")
    seconds_left: int = wire(U32 * "Recording time left at the present rate and compression.")
    samples: int = wire(U32 * "Samples recorded in that reel.")
    overruns: int = wire(U16 * "Times that the sensor's FIFO overran in that reel.")
    fifo_max: int = wire(U16 * "Highest fill of the sensor's FIFO seen, words of 7 bytes.")
    battery_mv: int = wire(U16 * "Supply voltage, mV; 0 if it is not measured.")
    temperature: int = wire(I16 * "Sensor's temperature, 1/256 degC (25 degC is 6400).")
    events_next: int = wire(U32 * "Sequence of the next event.")
    events_dropped: int = wire(U16 * "Events that found the outbox full; the reel has them.")
    heap_free: int = wire(U32 * "Free heap after a collection, bytes.")
    loop_us_max: int = wire(U32 * "Longest turn of the loop since the last STATUS, microseconds.")
    time: BoardTime = wire(BOARD_TIME * "The board's clock now.")


class Get(Request["GetReply"], type_id=0x05):
    """Read a setting."""

    key: str = wire(TEXT * "Name of the setting; empty: all of them as a JSON object.")


class GetReply(Reply, to=Get):
    """The setting's value."""

    value: str = wire(LONG_TEXT * "The value as text; its length has 16 bits, for all as JSON.")


class Set(Request["SetReply"], type_id=0x06):
    """Change a setting and store it."""

    key: str = wire(TEXT * "Name of the setting.")
    value: str = wire(TEXT * "New value as text.")


class SetReply(Reply, to=Set):
    """The setting as it is stored now."""

    value: str = wire(TEXT * "The value as text.")


class Start(Request["StartReply"], type_id=0x07):
    """Start a reel, now or when it is due: the node is armed until then, and STOP disarms it."""

    utc_ms: int = wire(U64 * "The host's UTC, milliseconds since 1970; kept in the start page.")
    max_seconds: int = wire(U16 * "Close the reel after this time; 0: record until flash is full.")
    start_utc_ms: int = wire(
        Appended(U64, 0) * "Begin at this UTC, milliseconds since 1970, by the board's clock; 0: at once.", default=0
    )
    mode: int = wire(Appended(U8, 0) * "What begins the reel.", values=StartMode, default=0)
    preroll_s: int = wire(Appended(U8, 0) * "Seconds kept from before the beginning.", default=0)


class StartReply(Reply, to=Start):
    """The reel has begun, or the node is armed."""

    reel_id: int = wire(U32 * "Id of the new reel: random, 1 to 2^30 - 1.")
    time: BoardTime = wire(BOARD_TIME * "The board's clock when recording began, or when the node was armed.")


class Stop(Request["StopReply"], type_id=0x08):
    """Close the reel that records."""


class StopReply(Reply, to=Stop):
    """The reel is closed and whole in flash."""

    reel_id: int = wire(U32 * "The reel that was closed.")
    pages: int = wire(U32 * "Pages of the reel, start and end page included.")
    reason: int = wire(U8 * "Why it ended.", values=Reason)


class ReelEntry(Record):
    """One reel in the node's flash."""

    reel_id: int = wire(U32 * "Id of the reel.")
    boot_id: int = wire(U32 * "The boot that recorded it.")
    pages: int = wire(U32 * "Highest page index + 1.")
    closed: int = wire(U8 * "1 if its end page is there.")
    reason: int = wire(U8 * "Why it ended.", values=Reason)
    utc_ms: int = wire(U64 * "UTC of its start, milliseconds since 1970, as the host gave it.")
    torn: int = wire(U8 * "Page slots with a bad CRC at its end: writes that power loss cut off.")


class Reels(Request["ReelsReply"], type_id=0x09):
    """Which reels are in flash?"""

    skip: int = wire(U8 * "Leave out this many, to ask for the rest of a long list.", default=0)


class ReelsReply(Reply, to=Reels):
    """Up to 8 reels, oldest first."""

    total: int = wire(U8 * "Reels in flash.")
    reels: tuple[ReelEntry, ...] = wire(ListAdapter(ReelEntry) * "Reels from `skip` on, at most 8.")


class Pages(Request["PagesReply"], type_id=0x0A):
    """Send pages of a reel. Reading never erases."""

    reel_id: int = wire(U32 * "The reel.")
    first: int = wire(U32 * "Index of the first page.")
    count: int = wire(U16 * "How many indices from there on.")


class PagesReply(Reply, to=Pages):
    """How many PAGE messages follow, in index order; pages that are not there are skipped."""

    count: int = wire(U16 * "Pages that follow.")


class Receipt(Request["ReceiptReply"], type_id=0x0B):
    """The library holds these pages, after fsync and read-back: the node may free them."""

    library_id: bytes = wire(Bytes(8) * "The library; must own the node, or the node has no owner.")
    reel_id: int = wire(U32 * "The reel; refused while it records.")
    pages: int = wire(U32 * "All pages with an index below this are safe.")


class ReceiptReply(Reply, to=Receipt):
    """What became free."""

    freed_pages: int = wire(U32 * "Pages freed by this receipt.")


class Check(Record):
    """One check of the self test."""

    name: str = wire(TEXT * "What was checked.")
    passed: int = wire(U8 * "1 if it passed.")
    detail: str = wire(TEXT * "What was measured and what was expected.")


class Selftest(Request["SelftestReply"], type_id=0x0C):
    """Check yourself: sensor, flash, file system, clock, supply."""


class SelftestReply(Reply, to=Selftest):
    """Every check with what was measured."""

    passed: int = wire(U8 * "1 if every check passed.")
    checks: tuple[Check, ...] = wire(ListAdapter(Check) * "The checks in the order they ran.")


class Lamp(Request["LampReply"], type_id=0x0D):
    """Set the lamp, to find a node among many."""

    mode: int = wire(U8 * "What the lamp shows.", values=LampMode)


class LampReply(Reply, to=Lamp):
    """The lamp is set."""


class Subscribe(Request["SubscribeReply"], type_id=0x0E):
    """Choose what the node sends without being asked."""

    events: int = wire(U8 * "1: events, as they happen.")
    pages: int = wire(U8 * "1: each page after it was written to flash, if the link has room.")
    window: int = wire(Appended(U8, 0) * "Events sent ahead of an EVENT_ACK; 0: the node's own number.", default=0)
    page_window: int = wire(Appended(U8, 0) * "Pages pushed in one turn; 0: the node's own number.", default=0)


class SubscribeReply(Reply, to=Subscribe):
    """The choice is in force."""


class EnterRepl(Request["EnterReplReply"], type_id=0x0F):
    """Leave the loop for MicroPython's prompt, so that mpremote can get in."""


class EnterReplReply(Reply, to=EnterRepl):
    """The last frame before the prompt."""


class Reset(Request["ResetReply"], type_id=0x10):
    """Restart the board."""


class ResetReply(Reply, to=Reset):
    """The last frame of this boot."""


class EventAck(Message, type_id=0x11):
    """The host has these events; no reply."""

    next: int = wire(U32 * "Every event with a sequence below this was received.")


class Sense(Request["SenseReply"], type_id=0x12):
    """One look at the sensor, recording or not: for pairing by a stamp of the foot."""


class SenseReply(Reply, to=Sense):
    """The newest sample and the peak since the last SENSE."""

    ax: int = wire(I16 * "Acceleration x, sensor units.")
    ay: int = wire(I16 * "Acceleration y, sensor units.")
    az: int = wire(I16 * "Acceleration z, sensor units.")
    gx: int = wire(I16 * "Angular rate x, sensor units; 0 without a gyro.")
    gy: int = wire(I16 * "Angular rate y, sensor units.")
    gz: int = wire(I16 * "Angular rate z, sensor units.")
    accel_mg_q10: int = wire(U16 * "mg per sensor unit times 1024 (32 g: 0.976 mg is 999).")
    peak_mg: int = wire(U16 * "Highest acceleration since the last SENSE, mg.")
    temperature: int = wire(I16 * "Sensor's temperature, 1/256 degC (25 degC is 6400).")
    tick: int = wire(U32 * "Sensor time of the sample, ticks of nominally 25 us.")


class Belt(Request["BeltReply"], type_id=0x13):
    """How far has the treadmill's belt run? Answered by a node with the role `belt`."""


class BeltReply(Reply, to=Belt):
    """The pulse counter."""

    pulses: int = wire(U32 * "Pulses since the node started.")
    interval_us: int = wire(U32 * "Between the last two pulses, microseconds; 0 if there were none.")
    last: BoardTime = wire(BOARD_TIME * "The board's clock at the last pulse.")
    time: BoardTime = wire(BOARD_TIME * "The board's clock now.")


class EventPush(Message, type_id=0x40, name="EVENT"):
    """Something happened; resent until EVENT_ACK covers it."""

    sequence: int = wire(U32 * "Rises by one with each event of a boot.")
    event: Event = wire(RecordAdapter(Event) * "What happened.")


class PagePush(Message, type_id=0x41, name="PAGE"):
    """One page of a reel, the same bytes as in flash."""

    page: bytes = wire(Bytes(256) * "The page, its CRC included.")


class LogPush(Message, type_id=0x42, name="LOG"):
    """A line for a person."""

    level: int = wire(U8 * "How much it matters.", values=LogLevel)
    text: str = wire(REST_TEXT * "The line.")


class Refusal(Message, type_id=0x7F, name="ERROR"):
    """A request was not executed."""

    request_id: int = wire(U16 * "The request; 0 if it could not be read.")
    code: int = wire(U8 * "Why.", values=ErrorCode)
    sentence: str = wire(TEXT * "What happened, what was expected, what to do.")


@dataclasses.dataclass(frozen=True)
class Unknown:
    """A message of a type that this side does not know: ignored, or refused by a node."""

    type_id: int
    payload: bytes


def decode(type_id: int, payload: bytes) -> Message | Unknown:
    """The message of a frame.

    Raises ProtocolError if the payload ends before the last field of a known type.
    """
    message = MESSAGES.get(type_id)
    return message.decode(payload) if message else Unknown(type_id, payload)


def message_named(name: str) -> type[Message]:
    """The class of a message by its wire name, for example `PING_REPLY`; raises ProtocolError."""
    for message in MESSAGES.values():
        if name == message.NAME:
            return message
    known = ", ".join(message.NAME for message in MESSAGES.values())
    raise ProtocolError(f"There is no message {name}; known are {known}.")
