"""The emulated flash chip's time: erasing and programming take as long as on the real chip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runslate.sim.nor import PowerLoss

ERASE_4K_NS = 45e6
"""Typical sector erase of the W25Q16 on a Pico (data sheet: 45 ms, at most 400)."""

ERASE_64K_NS = 150e6
"""Typical 64-KB block erase."""

PROGRAM_NS = 0.7e6
"""Typical page program (at most 3 ms)."""

FLASH_BYTES = 2 << 20
"""A Pico's flash."""

TYPICAL_NS = {0x20: ERASE_4K_NS, 0xD8: ERASE_64K_NS, 0x02: PROGRAM_NS}
"""How long each command keeps the chip busy."""

WORST_NS = {0x20: 400e6, 0xD8: 2000e6, 0x02: 3e6}
"""The data sheet's highest figures."""

_PROGRAM = 0x02
_ERASE_BYTES = {0x20: 4096, 0xD8: 65536}
_HEAD = 4  # command and address
_READ_UNIQUE_ID = 0x4B
_DUMMY_BYTES = 5  # the command and four dummy bytes come before the id


class FlashChip:
    """Lets emulated time pass while the chip erases or programs, and gives it its unique id.

    The board polls the chip's status with interrupts off, so nothing but time happens meanwhile:
    it is skipped instead of emulated. What peripherals do in that time waits for the core.

    Args:
        mcu: rp2040py's chip.
        uid: unique id, 8 bytes.
        skip: lets so many nanoseconds pass for everything but the core.
        size: bytes that the chip has.
    """

    def __init__(self, mcu: Any, uid: bytes, skip: Callable[[float], None], size: int = FLASH_BYTES) -> None:
        self._mcu = mcu
        self._size = size
        self._ssi = mcu.ssi
        self._uid = uid
        self._skip = skip
        self._apply = mcu.ssi._apply_command
        self._shift = mcu.ssi._shift_byte
        self.busy_ns_of = TYPICAL_NS
        self.erases = 0
        self.programs = 0
        self.busy_ns = 0.0
        self.loss: PowerLoss | None = None
        self.lost: bytes | None = None
        """Contents of the whole chip when the power went; None while there is power."""
        mcu.ssi._apply_command = self._apply_and_wait
        mcu.ssi._shift_byte = self._shift_byte

    def contents(self) -> bytes:
        """All bytes of the chip, as a power loss would leave them now."""
        return bytes(self._mcu.flash[: self._size])

    def _apply_and_wait(self) -> None:
        buffer = self._ssi._tx_buffer
        duration = self.busy_ns_of.get(buffer[0]) if buffer and self._ssi._write_enabled else None
        if duration is None:
            self._apply()
            return
        programs = buffer[0] == _PROGRAM
        if self.loss is not None and self.loss.strikes(
            "program" if programs else "erase", self._mcu.clock.nanos, duration
        ):
            self.lost = self._interrupted(self.loss, buffer)
        self._apply()
        self.programs += programs
        self.erases += not programs
        self.busy_ns += duration
        self._skip(duration)

    def _interrupted(self, loss: PowerLoss, command: bytearray) -> bytes:
        address = int.from_bytes(command[1:_HEAD], "big")
        contents = bytearray(self.contents())
        if command[0] == _PROGRAM:
            data = bytes(command[_HEAD:])
            place = slice(address, address + len(data))
            contents[place] = loss.left_of_program(bytes(contents[place]), data)
        else:
            size = _ERASE_BYTES[command[0]]
            place = slice(address - address % size, address - address % size + size)
            contents[place] = loss.left_of_erase(bytes(contents[place]))
        return bytes(contents)

    def _shift_byte(self, byte_out: int) -> int:
        answer = int(self._shift(byte_out))
        buffer = self._ssi._tx_buffer
        if buffer[0] != _READ_UNIQUE_ID:
            return answer
        place = len(buffer) - 1 - _DUMMY_BYTES
        return self._uid[place] if 0 <= place < len(self._uid) else 0xFF
