"""Every number that both sides must agree on, each with its reason."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, Self

HEADER_SIZE: Final = 9
"""version, address, boot id, sequence, type: `<BBIHB`."""

CRC_SIZE: Final = 4
"""CRC-32 as `binascii.crc32` computes it, present on CPython and on MicroPython."""

MAX_PAYLOAD: Final = 640
"""Room for an ECHO of 600 bytes: a sweep over lengths crosses the USB edges at 64 and 512."""

MAX_BODY: Final = HEADER_SIZE + MAX_PAYLOAD + CRC_SIZE
"""Longest header + payload + CRC before COBS."""

MAX_FRAME: Final = MAX_BODY + (MAX_BODY + 253) // 254
"""Longest frame on the wire without its delimiter: COBS adds one byte per 254 begun."""

DELIMITER: Final = 0x00
"""The one byte value that COBS never writes, so it can only be the end of a frame."""

ADDRESS_ANY: Final = 0
"""The node on this port, whatever its address."""

ADDRESS_ALL: Final = 255
"""All nodes behind this port."""

BOOT_ANY: Final = 0
"""A host that has not met this boot yet."""

MAX_ID: Final = (1 << 30) - 1
"""Boot and reel ids are 1 to this: a 32-bit MicroPython boxes larger integers on its heap."""

TIME_BITS: Final = 30
"""`ticks_us` of MicroPython on a 32-bit board wraps after 2^30 microseconds, about 18 minutes."""

REPLY_BIT: Final = 0x80
"""A reply's type is its request's type with this bit set."""

REQUEST_MEMORY: Final = 8
"""Replies that a node remembers: a repeated request is answered again, never executed twice."""

EVENT_SIZE: Final = 16
"""One size for all events: a page holds a whole number, a node copies them unparsed."""

MAX_REEL_ENTRIES: Final = 8
"""Reels in one REELS reply: 8 x 23 bytes keep it under the 256 bytes of a slow link's frame."""

MAX_ECHO: Final = 600
"""Longest ECHO data."""

MAX_CRASH: Final = 200
"""Longest crash trace in HELLO, bytes of UTF-8: its tail names the line that failed."""

UID_SIZE: Final = 8
"""The flash chip's unique id on an RP2040."""

TICK_NS: Final = 25_000
"""Nominal length of a sensor tick, for display only: the oscillator is off by percents."""


class Documented(IntEnum):
    """Numbers on the wire whose members say what they mean in `doc`."""

    doc: str

    def __new__(cls, value: int, doc: str) -> Self:
        member = int.__new__(cls, value)
        member._value_ = value
        member.doc = doc
        return member


def name_of(values: type[Documented], value: int) -> str:
    """The name of `value` in lower case, or `unknown (value)` from a newer firmware."""
    for member in values:
        if member == value:
            return member.name.lower().replace("_", " ")
    return f"unknown ({value})"


class ErrorCode(Documented):
    """Why a request was refused."""

    UNKNOWN_MESSAGE = 1, "The node's firmware does not know this message type."
    BAD_PAYLOAD = 2, "The payload ends too early or holds something unreadable."
    WRONG_BOOT = 3, "The request was meant for another boot of this node: it has restarted."
    RECORDING = 4, "Refused while a reel records."
    NOT_RECORDING = 5, "No reel records."
    FLASH_FULL = 6, "No erased page is left: drain, then send a receipt."
    NO_SENSOR = 7, "The motion sensor does not answer or failed its 1-g check."
    NOT_OWNER = 8, "The node belongs to another library."
    NO_SUCH_REEL = 9, "The node holds no reel with this id."
    BAD_VALUE = 10, "A field's or setting's value is out of range, or the setting is unknown."
    LOW_BATTERY = 11, "The battery is too low to record."
    PREPARING = 12, "The node is erasing flash for the next reel; try again in a moment."


class Role(Documented):
    """What a node is used for."""

    TAG = 0, "Motion sensor on a shoe."
    BELT = 1, "Pulse counter on a treadmill."
    SLATE = 2, "Timecode in, light and beep."


class ResetCause(Documented):
    """Why the node started."""

    UNKNOWN = 0, "The board cannot tell."
    POWER_ON = 1, "Power was applied, or the reset button pressed."
    SOFT = 2, "RESET was requested, or a tool restarted MicroPython."
    WATCHDOG = 3, "The loop made no progress."
    CRASH = 4, "An exception ended the loop; HELLO carries its trace."
    LOW_BATTERY = 5, "The supply had failed."


class Capability(Documented):
    """Bits of HELLO's capabilities."""

    GYRO = 1 << 0, "Angular rate is measured beside acceleration."
    REELS = 1 << 1, "The node can record reels."
    LAMP = 1 << 2, "There is a lamp to find the node by."
    BATTERY = 1 << 3, "The supply voltage is measured."
    REPL = 1 << 4, "ENTER_REPL gives access to MicroPython."


class State(Documented):
    """What the node is doing."""

    IDLE = 0, "Ready."
    RECORDING = 1, "A reel records."
    PREPARING = 2, "Flash is being erased for the next reel."
    ARMED = 3, "Waiting for the set time or the first motion; then a reel records."


class Reason(Documented):
    """Why a reel ended."""

    OPEN = 0, "It is recording still, or its end was never written: power loss or a reset."
    STOPPED = 1, "STOP was requested."
    FULL = 2, "No erased page was left."
    LOW_BATTERY = 3, "The battery fell under its limit."
    MAX_SECONDS = 4, "The limit given with START was reached."
    SENSOR_LOST = 5, "The sensor stopped answering."


class StartMode(Documented):
    """What begins a reel."""

    TIME = 0, "The request itself, or the instant in `start_utc_ms` if it is not 0."
    MOTION = 1, "The first motion of the foot."


class LampMode(Documented):
    """What the lamp shows."""

    AUTO = 0, "The node's state."
    OFF = 1, "Dark."
    ON = 2, "Lit."
    BLINK = 3, "Blinking fast: find me."


class LogLevel(Documented):
    """How much a LOG line matters."""

    DEBUG = 0, "For people who change the firmware."
    INFO = 1, "Worth knowing."
    WARNING = 2, "Something went wrong and was dealt with."
    ERROR = 3, "Something was lost."
