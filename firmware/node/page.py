# The 256-byte page: header, payload, CRC. What is written here is what lies in flash, goes over the wire and ends up in
# the library's log.
import struct

from node import kernels, wire

SIZE = wire.PAGE_SIZE
HEADER = wire.PAGE_HEADER_SIZE
END = wire.PAGE_CRC_AT  # payload ends here, the CRC follows

SAMPLES = wire.PAGE_SAMPLES
EVENTS = wire.PAGE_EVENTS
START = wire.PAGE_START
CLOSE = wire.PAGE_END

FLAG_LOST = wire.PAGE_FLAG_LOST  # samples were lost just before this page

# Found faster here than in another module: pages are sealed while samples wait.
_FORM = wire.PAGE_HEADER
_MAGIC = wire.PAGE_MAGIC
_FORMAT = wire.PAGE_FORMAT


# What every page of one recording states beside its payload. One object, changed in place.
class Origin:
    def __init__(self, boot_id):
        self.boot_id = boot_id
        self.reel_id = 0
        self.index = 0
        self.period = 0
        self.anchor_tick = 0
        self.anchor_us = 0
        self.anchor_wraps = 0
        self.temperature = 0

    # The board time of a reading of the sensor's clock.
    def anchor(self, tick, us, wraps):
        self.anchor_tick = tick
        self.anchor_us = us
        self.anchor_wraps = wraps


# Completes a page whose payload is in buf[36:36+used]: header, unused rest, CRC.
def seal(buf, origin, kind, flags, tick, count, used):
    struct.pack_into(
        _FORM,
        buf,
        0,
        _MAGIC,
        kind,
        _FORMAT,
        flags,
        origin.boot_id,
        origin.reel_id,
        origin.index,
        tick,
        origin.period,
        count,
        used,
        origin.anchor_tick,
        origin.anchor_us,
        origin.anchor_wraps,
        origin.temperature,
    )
    kernels.fill(buf, HEADER + used, END, 0xFF)
    kernels.crc32_put(kernels.CRC_TABLE, buf, END, buf, END)


def good(buf):
    return buf[0] == _MAGIC and kernels.crc32_good(kernels.CRC_TABLE, buf, END) == 1


def blank(buf):
    return kernels.all_are(buf, 0, SIZE, 0xFF) == 1


# Ids have 30 bits. No tuple is made: pages are read while the heap is locked.
def reel_id(buf):
    at = wire.AT_REEL_ID
    return buf[at] | buf[at + 1] << 8 | buf[at + 2] << 16 | (buf[at + 3] & 0x3F) << 24
