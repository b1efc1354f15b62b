# Files that an unguarded mount has scattered over the flash are moved before reels are written there.
import os
import sys

sys.path.insert(0, sys.argv[1])

import vfs
from fakes import Board
from harness import equal, raises, run
from node.board.guard import FS_SECTORS, SECTOR, Guard
from node.board.settle import settle


# What a stock image mounts: the whole partition.
class Whole:
    def __init__(self, board):
        self.board = board
        self.writes = set()

    def readblocks(self, block, buf, offset=0):
        self.board.flash_read(block * SECTOR + offset, buf)

    def writeblocks(self, block, buf, offset=0):
        for at in range(0, len(buf), 256):
            self.board.flash_program(block * SECTOR + offset + at, memoryview(buf)[at : at + 256])
        self.writes.add(block)

    def ioctl(self, op, arg):
        if op == 4:
            return self.board.SECTORS
        if op == 5:
            return SECTOR
        if op == 6:
            self.board.flash_erase(arg * SECTOR)
        return 0


def content(i):
    return bytes([(i * 31 + k * 7) & 255 for k in range(300 + 700 * (i % 7))])


# As if copied by mpremote: files in folders, some of them beyond the limit.
def scattered():
    board = Board(ring=40)
    whole = Whole(board)
    vfs.VfsLfs2.mkfs(whole, progsize=256)
    vfs.mount(vfs.VfsLfs2(whole, progsize=256), "/t")
    os.mkdir("/t/node")
    # Room that is used up first, so that the rest lies behind it; then it is given back.
    for i in range(40):
        with open(f"/t/ballast{i}", "wb") as file:
            file.write(bytes(3000))
    os.mkdir("/t/node/board")
    for i in range(12):
        with open(("/t/node/board/%d.py" if i % 3 else "/t/node/%d.py") % i, "wb") as file:
            file.write(content(i))
    for i in range(40):
        os.remove(f"/t/ballast{i}")
    vfs.umount("/t")
    return board, whole


def check_files(root):
    for i in range(12):
        with open((root + "/node/board/%d.py" if i % 3 else root + "/node/%d.py") % i, "rb") as file:
            equal(file.read(), content(i))


def test_scattered_files_are_moved_and_whole():
    board, whole = scattered()
    equal(max(whole.writes) >= FS_SECTORS, True)
    guard = Guard(board)
    vfs.mount(vfs.VfsLfs2(guard, progsize=256), "/t")
    settle(guard, "/t")
    vfs.umount("/t")
    # Reels take the rest: nothing of the file system may be there.
    for sector in range(FS_SECTORS, board.SECTORS):
        board.flash[sector] = bytearray(b"\x55" * SECTOR)
    vfs.mount(vfs.VfsLfs2(Guard(board), progsize=256), "/t")
    check_files("/t")
    equal(sorted(os.listdir("/t")), ["node"])
    vfs.umount("/t")


def test_the_image_can_still_mount_it():
    board, whole = scattered()
    guard = Guard(board)
    vfs.mount(vfs.VfsLfs2(guard, progsize=256), "/t")
    settle(guard, "/t")
    vfs.umount("/t")
    vfs.mount(vfs.VfsLfs2(whole, progsize=256), "/t")
    check_files("/t")
    vfs.umount("/t")


def test_writing_through_the_guard_never_leaves_its_sectors():
    board = Board(ring=40)
    whole = Whole(board)
    vfs.VfsLfs2.mkfs(whole, progsize=256)
    board.erased.clear()
    vfs.mount(vfs.VfsLfs2(Guard(board), progsize=256), "/t")
    for turn in range(40):
        with open("/t/settings.json", "wb") as file:
            file.write(content(turn))
        os.rename("/t/settings.json", f"/t/s{turn % 5}")
    full = raises(OSError, fill)
    equal(full.errno, 28)
    vfs.umount("/t")
    equal(max(board.erased) < FS_SECTORS, True)
    equal(max(board.flash) < FS_SECTORS, True)


def fill():
    for i in range(100):
        with open(f"/t/big{i}", "wb") as file:
            file.write(bytes(8000))


run(globals())
