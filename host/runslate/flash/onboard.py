"""What the installer runs on the board: MicroPython source, sent through the raw prompt.

Everything here may run twice: a run that was stopped half-way leaves its names behind at the prompt.
"""

from __future__ import annotations

FACTS = """
import sys
try:
 import runslate_image as image
except ImportError:
 image = None
i = sys.implementation
print(repr((sys.platform, '.'.join(map(str, i.version[:3])), i._machine, getattr(i, '_mpy', 0),
 image is not None, 'node.app' in sys.modules, 'flash_guard' in globals())))
"""
"""Platform, release, board, .mpy format; whether our image, our running firmware or an earlier
installer was here before."""

MOUNT = """
import os, vfs, rp2, hashlib, binascii, gc
if 'flash_guard' not in globals():
 class Storage:
  def __init__(self):
   self.flash = rp2.Flash()
   self.SECTORS = self.flash.ioctl(4, 0)
  def flash_read(self, at, buf):
   self.flash.readblocks(at >> 12, buf, at & 4095)
  def flash_program(self, at, buf):
   self.flash.writeblocks(at >> 12, buf, at & 4095)
  def flash_erase(self, at):
   self.flash.ioctl(6, at >> 12)
 names = {'__name__': 'flash_guard'}
 exec(GUARD, names)
 files = vfs.VfsLfs2(names['Guard'](Storage()), progsize=256)
 vfs.umount('/')
 vfs.mount(files, '/')
 flash_guard = True
 del GUARD
"""
"""Mounts the file system through the firmware's own guard (its source is in GUARD): from here on
nothing can be written over reels, whatever the image's mount would allow."""

HELPERS = """
try:
 target.close()
except (NameError, OSError):
 pass
def digest(path):
 h = hashlib.sha256()
 buf = bytearray(512)
 view = memoryview(buf)
 with open(path, 'rb') as f:
  n = f.readinto(buf)
  while n:
   h.update(view[:n])
   n = f.readinto(buf)
 return binascii.hexlify(h.digest()).decode()
def look(path, found):
 for entry in os.ilistdir(path):
  name = path + '/' + entry[0]
  if entry[1] == 0x4000:
   found[name[1:]] = ''
   look(name, found)
  else:
   found[name[1:]] = digest(name)
def there():
 found = {}
 for entry in os.ilistdir('/'):
  name = entry[0]
  if name == 'node' and entry[1] == 0x4000:
   found[name] = ''
   look('/node', found)
  elif name in ('main.py', 'boot.py', 'main.py.new', 'boot.py.new'):
   found[name] = digest('/' + name)
 return found
def begin(name):
 global target
 target = open('/' + name + '.new', 'wb')
def put(text):
 target.write(binascii.a2b_base64(text))
def finish(name, wanted):
 target.close()
 new = '/' + name + '.new'
 if digest(new) != wanted:
  os.remove(new)
  raise OSError('differs')
 os.rename(new, '/' + name)
 gc.collect()
"""
"""Written beside, compared, renamed: at every instant a file is the old one or the new one. A file
that an earlier run left open is closed before anything is removed."""

RESTART = "import machine\nmachine.reset()"
BOOT_MODE = "import machine\nmachine.bootloader()"
