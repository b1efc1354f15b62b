# Moves files and folders that a mount without the guard has put beyond the file system's sectors: reels will be
# written there. Whatever is written through the guard lands inside.
import os

from micropython import const

_FOLDER = const(0x4000)
_CHUNK = const(256)
_NEW = ".new"


def settle(guard, root):
    _folders(guard, root, root)
    _files(guard, root, root)
    guard.outside = 0
    _read_all(root)
    if guard.outside:
        raise OSError("Files lie where reels are to be written: format the file system and copy the firmware again.")


def _entries(path):
    return [(path + "/" + entry[0], entry[1]) for entry in os.ilistdir(path or "/")]


# Does this read anything beyond the limit? Listing the root first empties littlefs' cache of what it read before.
def _outside(guard, root, read, path):
    _entries(root)
    guard.outside = 0
    read(path)
    return guard.outside > 0


# Outer folders first: the way to a file leads through them.
def _folders(guard, root, path):
    for name, kind in _entries(path):
        if kind == _FOLDER:
            if _outside(guard, root, _entries, name):
                _renew_folder(name)
            _folders(guard, root, name)


def _renew_folder(path):
    os.mkdir(path + _NEW)
    for name, _ in _entries(path):
        os.rename(name, path + _NEW + name[len(path) :])
    os.rmdir(path)
    os.rename(path + _NEW, path)


def _files(guard, root, path):
    for name, kind in _entries(path):
        if kind == _FOLDER:
            _files(guard, root, name)
        elif _outside(guard, root, _read, name):
            _renew_file(name)


def _read(path):
    buf = bytearray(_CHUNK)
    with open(path, "rb") as file:
        while file.readinto(buf):
            pass


def _renew_file(path):
    buf = bytearray(_CHUNK)
    with open(path, "rb") as old, open(path + _NEW, "wb") as new:
        n = old.readinto(buf)
        while n:
            new.write(memoryview(buf)[:n])
            n = old.readinto(buf)
    os.rename(path + _NEW, path)


def _read_all(path):
    for name, kind in _entries(path):
        if kind == _FOLDER:
            _read_all(name)
        else:
            _read(name)
