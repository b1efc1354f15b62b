"""The device channel: the virtual board's bus, flash, clock and pins, one request at a time.

A request is eight bytes `<BBHI` (op, reg, n, addr) and n bytes more for ops `W` and `p`; a reply
has the length that its op states.
"""

from __future__ import annotations

import math
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from runslate.errors import RunslateError
from runslate.sim.belt import BeltProfile
from runslate.sim.clock import BoardClock, SceneClock
from runslate.sim.flash import Flash
from runslate.sim.imu import Imu
from runslate.sim.nor import PowerLostError

_REQUEST = struct.Struct("<BBHI")
_DONE = b"\x00"
_TICKS_MASK = (1 << 30) - 1
_TICKS = struct.Struct("<I")
_IDLE = struct.Struct("<IB")
_BATTERY = struct.Struct("<H")
_PULSES = struct.Struct("<III")
_IDENTITY = struct.Struct("<8sBIB")
_BUS_VIRTUAL = 0

_WITH_PAYLOAD = (ord("W"), ord("p"))
# The longest request: a header and as many bytes as n can say.
_BUFFER = _REQUEST.size + 0xFFFF
# How long the server sleeps in one go: a starved watchdog is noticed this late at most.
_NAP_S = 0.1

CAUSES = {"unknown": 0, "power on": 1, "soft": 2, "watchdog": 3, "crash": 4, "low battery": 5}
CAUSE_NAMES = {number: name for name, number in CAUSES.items()}


@dataclass
class Board:
    """What one virtual board is made of."""

    imu: Imu
    flash: Flash
    clock: SceneClock
    ticks: BoardClock
    uid: bytes
    battery_mv: Callable[[float], float]
    cause: int = CAUSES["power on"]
    lamp: bool = False
    belt: BeltProfile | None = None


@dataclass
class Ending:
    """Why the channel closed: the VM announced its reset, starved its watchdog, or just ended."""

    cause: int | None = None
    starved: bool = False


@dataclass
class _Watchdog:
    timeout_s: float = 0.0  # 0: not armed
    fed_s: float = 0.0

    def starved(self, now_s: float) -> bool:
        return self.timeout_s > 0.0 and now_s - self.fed_s > self.timeout_s


@dataclass
class DeviceServer:
    """Answers one VM over its socket until that closes.

    Args:
        board: the parts to serve; they outlive the VM.
        channel: our end of the socket pair.
    """

    board: Board
    channel: socket.socket
    _watchdog: _Watchdog = field(default_factory=_Watchdog)
    _ending: Ending = field(default_factory=Ending)
    _pulses_before: int | None = None
    """Pulses that had come when the VM first asked; it counts from there."""

    def serve(self) -> Ending:
        """Answer requests until the VM's end closes or its watchdog starves; return why."""
        nap = struct.pack("ll", 0, int(_NAP_S * 1e6))
        self.channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, nap)
        answers = self._answers()
        buffer = memoryview(bytearray(_BUFFER))
        channel, clock = self.channel, self.board.clock
        header = _REQUEST.size
        while self._fill(buffer, 0, header):
            op, register, count, address = _REQUEST.unpack_from(buffer)
            payload = buffer[header : header + count] if op in _WITH_PAYLOAD else buffer[:0]
            if payload and not self._fill(buffer, header, header + count):
                break
            clock.spend()
            answer = answers.get(op)
            if answer is None:
                raise RunslateError(
                    f"The firmware sent the unknown device request {op:#04x}.",
                    f"Known are {' '.join(chr(known) for known in answers)}.",
                    "Use a firmware and a host of the same version.",
                )
            try:
                channel.sendall(answer(register, count, address, payload))
            except (OSError, PowerLostError):
                break
        return self._ending

    def _fill(self, buffer: memoryview, start: int, end: int) -> bool:
        """Receive bytes start .. end of a request; False when the channel is at its end."""
        while start < end:
            try:
                got = self.channel.recv_into(buffer[start:end])
            except BlockingIOError:
                if self._watchdog.starved(self.board.clock.now()):
                    self._ending = Ending(CAUSES["watchdog"], starved=True)
                    return False
                continue
            except OSError:
                return False
            if not got:
                return False
            start += got
        return True

    def _answers(self) -> dict[int, Callable[[int, int, int, memoryview], bytes]]:
        return {
            ord("R"): self._bus_read,
            ord("W"): self._bus_write,
            ord("T"): self._time,
            ord("I"): self._idle,
            ord("r"): self._flash_read,
            ord("p"): self._flash_program,
            ord("e"): self._flash_erase,
            ord("L"): self._lamp,
            ord("B"): self._battery,
            ord("U"): self._identity,
            ord("H"): self._pulses,
            ord("F"): self._feed,
            ord("X"): self._reset,
        }

    def _bus_read(self, register: int, count: int, _address: int, _data: memoryview) -> bytes:
        return self.board.imu.read(register, count, self.board.clock.now())

    def _bus_write(self, register: int, _count: int, _address: int, data: memoryview) -> bytes:
        self.board.imu.write(register, data, self.board.clock.now())
        return _DONE

    def _time(self, _register: int, _count: int, _address: int, _data: memoryview) -> bytes:
        return _TICKS.pack(self.board.ticks.ticks_us(self.board.clock.now()))

    def _idle(self, _register: int, _count: int, limit_us: int, _data: memoryview) -> bytes:
        board = self.board
        now = board.clock.now()
        limit_s = now + board.ticks.scene_s(limit_us)
        wait_s = board.clock.wait_until(min(limit_s, board.imu.next_int1_s(now)))
        return _IDLE.pack(math.ceil(wait_s * 1e3), board.imu.int1(board.clock.now()))

    def _flash_read(self, _register: int, count: int, address: int, _data: memoryview) -> bytes:
        return self.board.flash.read(address, count)

    def _flash_program(self, _register: int, _count: int, address: int, data: memoryview) -> bytes:
        self.board.flash.program(address, data)
        return _DONE

    def _flash_erase(self, _register: int, _count: int, address: int, _data: memoryview) -> bytes:
        self.board.flash.erase(address)
        return _DONE

    def _lamp(self, on: int, _count: int, _address: int, _data: memoryview) -> bytes:
        self.board.lamp = bool(on)
        return _DONE

    def _battery(self, _register: int, _count: int, _address: int, _data: memoryview) -> bytes:
        return _BATTERY.pack(round(self.board.battery_mv(self.board.clock.now())))

    def _identity(self, _register: int, _count: int, _address: int, _data: memoryview) -> bytes:
        board = self.board
        return _IDENTITY.pack(board.uid, board.cause, board.flash.size, _BUS_VIRTUAL)

    def _pulses(self, _register: int, _count: int, _address: int, _data: memoryview) -> bytes:
        belt, ticks = self.board.belt, self.board.ticks
        if belt is None:
            return _PULSES.pack(0, 0, 0)
        number = belt.pulses(self.board.clock.now())
        if self._pulses_before is None:
            self._pulses_before = number
        count = number - self._pulses_before
        last, before = (ticks.ticks_us(belt.pulse_s(n)) if n > self._pulses_before else 0 for n in (number, number - 1))
        return _PULSES.pack(count, (last - before) & _TICKS_MASK if count > 1 else 0, last)

    def _feed(self, _register: int, _count: int, timeout_ms: int, _data: memoryview) -> bytes:
        self._watchdog.fed_s = self.board.clock.now()
        if timeout_ms:
            self._watchdog.timeout_s = timeout_ms / 1e3
        return _DONE

    def _reset(self, _register: int, _count: int, cause: int, _data: memoryview) -> bytes:
        self._ending = Ending(cause)
        return _DONE
