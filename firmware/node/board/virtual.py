# The virtual board: a client of the emulation's device channel, one inherited socket. Requests are 8 bytes
# (op, register, length, address), each answer has a known length.
import os
import struct
import sys

import vfs
from micropython import const
from node.board import files
from node.board.guard import SECTOR, Guard
from node.board.serial import poll_in, serial_read, serial_write  # noqa: F401  part of the board

NAME = "virtual"
FS = "/fs"
REPL = False
INTERRUPT = True  # idle() ends early on the sensor's interrupt

_REQUEST = "<BBHI"
_PAGE = const(256)

_channel = open(int(os.getenv("RUNSLATE_DEVICE_FD") or -1), "r+b")
_request = bytearray(8)
_with_page = bytearray(8 + _PAGE)  # a request and its data leave in one write
_page_view = memoryview(_with_page)
_one = bytearray(1)
_word = bytearray(4)
_idle = bytearray(5)


def _exchange(op, reg, n, addr, answer):
    struct.pack_into(_REQUEST, _request, 0, op, reg, n, addr)
    _channel.write(_request)
    _receive(answer)


# The emulation has gone: so has the power.
def _receive(answer):
    if _channel.readinto(answer) != len(answer):
        sys.exit(0)


def _identity():
    answer = bytearray(14)
    _exchange(ord("U"), 0, 0, 0, answer)
    return struct.unpack("<8sBIB", answer)


UID, CAUSE, _bytes, _kind = _identity()
SECTORS = _bytes // SECTOR


def bus_read(reg, buf):
    _exchange(82, reg, len(buf), 0, buf)  # 'R'


def bus_write(reg, value):
    struct.pack_into(_REQUEST, _with_page, 0, 87, reg, 1, 0)  # 'W'
    _with_page[8] = value
    _channel.write(_nine)
    _receive(_one)


_nine = memoryview(_with_page)[:9]


def ticks():
    _exchange(84, 0, 0, 0, _word)  # 'T'
    return _word[0] | _word[1] << 8 | _word[2] << 16 | _word[3] << 24


# The emulation says how long to wait for: nothing under the stepped clock, which it has moved on by itself.
def idle(us):
    _exchange(73, 0, 0, us, _idle)  # 'I'
    ms = _idle[0] | _idle[1] << 8
    if ms and not _idle[4]:
        for _ in poll_in.ipoll(ms):
            pass


def flash_read(addr, buf):
    _exchange(114, 0, len(buf), addr, buf)  # 'r'


def flash_program(addr, buf):
    struct.pack_into(_REQUEST, _with_page, 0, 112, 0, _PAGE, addr)  # 'p'
    _page_view[8:] = buf
    _channel.write(_with_page)
    _receive(_one)


def flash_erase(addr):
    _exchange(101, 0, 0, addr, _one)  # 'e'


def lamp(on):
    _exchange(76, on, 0, 0, _one)  # 'L'


def battery_mv():
    _exchange(66, 0, 0, 0, _two)  # 'B'
    return _two[0] | _two[1] << 8


_two = bytearray(2)


def _u32(buf, at):
    return buf[at] | buf[at + 1] << 8 | buf[at + 2] << 16 | buf[at + 3] << 24


# The counter of a treadmill's pulses.
class Pulses:
    def __init__(self):
        self.count = 0
        self.interval_us = 0  # between the last two; 0: there were none
        self.last_us = 0  # ticks of the last one
        self._answer = bytearray(12)

    def read(self):
        _exchange(72, 0, 0, 0, self._answer)  # 'H'
        self.count = _u32(self._answer, 0)
        self.interval_us = _u32(self._answer, 4)
        self.last_us = _u32(self._answer, 8)


pulses = Pulses


def watchdog_start(ms):
    _exchange(70, 0, 0, ms, _one)  # 'F'


def watchdog_feed():
    _exchange(70, 0, 0, 0, _one)


def restart(cause):
    _exchange(88, 0, 0, cause, _one)  # 'X'
    sys.exit(0)


def leave():
    sys.exit(0)


def mount():
    opened, lost = files.open_files(Guard(sys.modules["node.board.virtual"]), True)
    if opened is not None:
        vfs.mount(opened, FS)
    if lost:
        with open(FS + "/crash.txt", "w") as file:
            file.write(lost)


def safe_mode():
    return False
