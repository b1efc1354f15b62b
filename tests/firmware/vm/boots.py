# Boots the firmware again and again on a flash in memory that a test changes in between, and tells what it found.
# Arguments: the firmware's folder, bytes of the storage. Standard input: "W" address u32, length u16, bytes: put there
# as they are; "B" operations u16: boot, answered by a line of JSON. With operations, the power is lost again in that
# one of this boot and the rest after it, and the answer is of the boot after that. What a boot writes is undone.
import binascii
import json
import struct
import sys

sys.path.insert(0, sys.argv[1])

import vfs
from fakes import Board, PowerLossError
from node.app import Node
from node.board import files
from node.board.guard import FS_SECTORS, Guard
from node.page import SIZE

SECTOR = 4096


class Storage(Board):
    def __init__(self, size):
        super().__init__(size // SECTOR - FS_SECTORS, "/fs")
        self.image = bytearray(b"\xff" * size)
        self.before = {}  # sectors that this boot has changed, as they were
        self.left = 0  # operations until the power is lost again; 0: it is not

    def flash_read(self, addr, buf):
        buf[:] = memoryview(self.image)[addr : addr + len(buf)]

    def _keep(self, addr):
        sector = addr // SECTOR
        if sector not in self.before:
            self.before[sector] = bytes(memoryview(self.image)[sector * SECTOR : (sector + 1) * SECTOR])

    def _strikes(self):
        self.left -= 1
        return self.left == 0

    def flash_program(self, addr, buf):
        self._keep(addr)
        image = self.image
        lost = self._strikes()
        for i in range(len(buf) // 2 if lost else len(buf)):
            image[addr + i] &= buf[i]
        if lost:
            raise PowerLossError

    def flash_erase(self, addr):
        self._keep(addr)
        lost = self._strikes()
        n = SECTOR // 2 if lost else SECTOR
        self.image[addr : addr + n] = _BLANK[:n]
        if lost:
            raise PowerLossError

    def undo(self):
        for sector, data in self.before.items():
            self.image[sector * SECTOR : (sector + 1) * SECTOR] = data
        self.before.clear()


_BLANK = b"\xff" * SECTOR


# Every reel with its readable pages, as a checksum over them in order.
def reels_of(node):
    buf = bytearray(SIZE)
    found = {}
    for reel in node.reels.reels:
        crc = count = 0
        for index in range(reel.pages):
            if node.reels.read(reel, index, buf):
                crc = binascii.crc32(buf, crc)
                count += 1
        found[f"{reel.reel_id:08x}"] = [count, crc, reel.torn, reel.reason]
    return found


# A file that is open when the power goes would be closed later, by the collector and on the flash of another boot: so
# the boot that is to be cut short opens none for writing.
def boot(board, cut_short=False):
    opened, lost = files.open_files(Guard(board), True)
    vfs.mount(opened, "/fs")
    try:
        node = Node(board)
        report = {"lost": lost, "crash": node.crash.trace, "settings": json.loads(node.settings.text(""))}
        report["reels"] = reels_of(node)
        # Then what a node at rest does: erase what may be erased, and take a setting.
        while node.sectors.dirty:
            node.sectors.erase_one()
        report["later"] = reels_of(node)
        if not cut_short:
            node.settings.set("foot", "left")
        report["room"] = node.reels.room()
        return report
    finally:
        vfs.umount("/fs")


def lose_power(board):
    try:
        boot(board, True)
    except PowerLossError:
        return
    finally:
        board.left = 0


def main():
    board = Storage(int(sys.argv[2]))
    source = sys.stdin.buffer
    while True:
        order = source.read(1)
        if not order:
            return
        if order == b"W":
            addr, n = struct.unpack("<IH", source.read(6))
            board.image[addr : addr + n] = source.read(n)
            continue
        (board.left,) = struct.unpack("<H", source.read(2))
        try:
            if board.left:
                lose_power(board)
            report = boot(board)
        except Exception as error:
            sys.print_exception(error, sys.stderr)
            report = {"error": repr(error)}
        board.undo()
        print(json.dumps(report))


main()
