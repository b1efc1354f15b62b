# The RP2040's flash as one partition, and the guarded file system on it. Apart from the rest of the board, because
# boot.py needs no more than this.
import os
import sys

import rp2
import vfs
from node.board import files, settle
from node.board.guard import Guard

_flash = rp2.Flash()
SECTORS = _flash.ioctl(4, 0)
_SETTLED = "/settled.txt"
_CRASH = "/crash.txt"  # HELLO tells what is in it
_guard = None


def flash_read(addr, buf):
    _flash.readblocks(addr >> 12, buf, addr & 4095)


# With an offset, rp2.Flash programs and does not erase.
def flash_program(addr, buf):
    _flash.writeblocks(addr >> 12, buf, addr & 4095)


def flash_erase(addr):
    _flash.ioctl(6, addr >> 12)


# In place of the image's own mount, which knows no limit. Files copied before this ran can lie anywhere: they are moved
# once. Only our own image makes a file system: a stock one that uses another kind holds our files in it.
def mount(make=False):
    global _guard
    if _guard is not None:
        return
    _guard = Guard(sys.modules[__name__])
    opened, lost = files.open_files(_guard, make)
    if opened is None:
        return
    try:
        vfs.umount("/")
    except OSError:
        pass  # our own image leaves the mounting to us
    vfs.mount(opened, "/")
    if lost:
        _write(_CRASH, lost)
    if _SETTLED[1:] not in os.listdir("/"):
        settle.settle(_guard, "")
        _write(_SETTLED, "All files lie in the first sectors.")


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)
