# The ring of flash sectors that reels live in. Slot 0 of a sector is its mark, programmed only after the erase is
# complete: an interrupted erase can look blank, so a sector without a mark counts as not erased.
import binascii
import struct

from micropython import const
from node import kernels, page, wire
from node.board.guard import FS_SECTORS, SECTOR

SLOTS = wire.PAGES_PER_SECTOR  # beside the mark

DIRTY = const(0)  # to be erased
READY = const(1)  # erased and marked
USED = const(2)  # holds pages

_FREED = wire.MARK_FREED_AT
_FREED_BYTES = const(4)
_CRC_AT = const(6)  # in the mark


def _crc(buf):
    return binascii.crc32(memoryview(buf)[:_CRC_AT])


class Sectors:
    def __init__(self, board):
        self._board = board
        self.count = board.SECTORS - FS_SECTORS
        self.state = bytearray(self.count)
        self.buf = bytearray(page.SIZE)  # what was read last
        self._next_sequence = 1
        self._dirty_from = 0
        self.ready = 0
        self.dirty = 0

    def address(self, sector, slot):
        return (FS_SECTORS + sector) * SECTOR + slot * page.SIZE

    def read(self, sector, slot, buf):
        self._board.flash_read(self.address(sector, slot), buf)

    def program(self, sector, slot, buf):
        self._board.flash_program(self.address(sector, slot), buf)

    # Finds out what every sector is; calls used(sector) for those that hold pages, in no order.
    def scan(self, used):
        for sector in range(self.count):
            self.state[sector] = self._classify(sector)
            if self.state[sector] == USED:
                used(sector)
        self.recount()

    def _classify(self, sector):
        self.read(sector, 0, self.buf)
        sequence = self.marked(self.buf)
        if sequence is None:
            return DIRTY
        self._next_sequence = max(self._next_sequence, sequence + 1)
        if self.buf[_FREED] != 0xFF:
            return DIRTY
        # Pages are written in order: nothing in slot 1, nothing behind it.
        self.read(sector, 1, self.buf)
        return READY if page.blank(self.buf) else USED

    def marked(self, buf):
        magic, form, sequence, crc = struct.unpack_from(wire.SECTOR_MARK, buf)
        whole = magic == wire.MARK_MAGIC and form == wire.MARK_FORMAT and _crc(buf) == crc
        return sequence if whole else None

    def recount(self):
        self.ready = sum(1 for s in self.state if s == READY)
        self.dirty = sum(1 for s in self.state if s == DIRTY)

    # The first page goes into this sector.
    def take(self, sector):
        self.state[sector] = USED
        self.ready -= 1

    # Its pages may go. The stamp outlives a reset, the erase follows at rest.
    def free(self, sector):
        buf = self.buf
        kernels.fill(buf, 0, page.SIZE, 0xFF)
        kernels.fill(buf, _FREED, _FREED + _FREED_BYTES, 0)
        self.program(sector, 0, buf)
        self.state[sector] = DIRTY
        self.dirty += 1

    # Erases one sector; 45 ms typically, 400 at worst, interrupts off. Returns it; -1: there was none to erase.
    def erase_one(self):
        if not self.dirty:
            return -1
        sector = self.state.find(b"\x00", self._dirty_from)
        if sector < 0:
            sector = self.state.find(b"\x00")
        self._dirty_from = sector
        self._unmark(sector)
        self._board.flash_erase(self.address(sector, 0))
        self._mark(sector)
        self.state[sector] = READY
        self.dirty -= 1
        self.ready += 1
        return sector

    # Has a ready sector erased again: the next one in turn, so that a test wears none in particular.
    def redo(self):
        for i in range(self.count):
            sector = (self._dirty_from + i) % self.count
            if self.state[sector] == READY:
                self.state[sector] = DIRTY
                self._dirty_from = sector
                self.ready -= 1
                self.dirty += 1
                return

    # An erase cut short could leave the old mark whole and its freed stamp gone: zeros cannot become a mark again.
    def _unmark(self, sector):
        buf = self.buf
        kernels.fill(buf, 0, page.SIZE, 0)
        self.program(sector, 0, buf)

    def _mark(self, sector):
        buf = self.buf
        kernels.fill(buf, 0, page.SIZE, 0xFF)
        struct.pack_into(wire.SECTOR_MARK, buf, 0, wire.MARK_MAGIC, wire.MARK_FORMAT, self._next_sequence, 0)
        struct.pack_into("<I", buf, _CRC_AT, _crc(buf))
        self.program(sector, 0, buf)
        self._next_sequence += 1

    # The longest run of ready sectors on the ring, searched from `start` on: (first, length).
    def longest_run(self, start):
        if self.ready == self.count:
            return start % self.count, self.count
        best = (0, 0)
        # Start behind a sector that is not ready, so that no run is cut in two.
        while self.state[(start - 1) % self.count] == READY:
            start -= 1
        length = 0
        for i in range(start, start + self.count + 1):
            if self.state[i % self.count] == READY and i < start + self.count:
                length += 1
            else:
                if length > best[1]:
                    best = ((i - length) % self.count, length)
                length = 0
        return best
