# Opens the file system. On request what cannot be mounted is made anew, for settings can be set again; through the
# guard, so that no reel is touched.
import vfs
from micropython import const

_PROGRAM = const(256)
_MAGIC_AT = const(8)
_MAGIC = b"littlefs"
LOST = "The file system was damaged and has been made anew; the settings are the defaults."


# The file system, or None on a worn-out flash; and what was lost, "" for nothing.
def open_files(guard, make):
    try:
        return _opened(guard), ""
    except OSError:
        if not make:
            raise
    lost = LOST if _was_there(guard) else ""
    try:
        vfs.VfsLfs2.mkfs(guard, progsize=_PROGRAM)  # type: ignore[arg-type]
        return _opened(guard), lost
    except OSError:
        return None, LOST


def _opened(guard):
    return vfs.VfsLfs2(guard, progsize=_PROGRAM)  # type: ignore[arg-type]


# A new board has no file system to lose. The superblock lies in both of the first blocks.
def _was_there(guard):
    there = bytearray(len(_MAGIC))
    for block in (0, 1):
        guard.readblocks(block, there, _MAGIC_AT)
        if there == _MAGIC:
            return True
    return False
