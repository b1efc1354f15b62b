# The file system's view of the flash. A stock image mounts the whole partition, and littlefs refuses to mount with
# another block count, so the guard reports all blocks but lets nothing be changed beyond the file system's own sectors.
from micropython import const

FS_SECTORS = const(64)  # the firmware as files takes 48: one for each, however small
SECTOR = const(4096)
# littlefs takes the block for a worn one and uses another. As a result, for an exception would end its work half-way.
_CORRUPT = const(-84)

_SYNC = const(3)
_COUNT = const(4)
_SIZE = const(5)
_ERASE = const(6)


class Guard:
    def __init__(self, board):
        self._board = board
        self.outside = 0  # reads of blocks beyond the limit: files that an unguarded mount has put there

    def readblocks(self, block, buf, offset=0):
        if block >= FS_SECTORS:
            self.outside += 1
        self._board.flash_read(block * SECTOR + offset, buf)

    def writeblocks(self, block, buf, offset=0):
        if block >= FS_SECTORS:
            return _CORRUPT
        board = self._board
        for at in range(0, len(buf), 256):
            board.flash_program(block * SECTOR + offset + at, memoryview(buf)[at : at + 256])
        return 0

    def ioctl(self, op, arg):
        if op == _COUNT:
            return self._board.SECTORS
        if op == _SIZE:
            return SECTOR
        if op == _ERASE:
            if arg >= FS_SECTORS:
                return _CORRUPT
            self._board.flash_erase(arg * SECTOR)
        return 0
