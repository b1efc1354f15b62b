# A board in memory: NOR flash that can lose power, a clock that is set by hand, a serial port that can be unread.
import struct
from array import array

import micropython
from node.board.guard import FS_SECTORS

SECTOR = 4096


# The firmware locks the heap round the way of a sample. What stands for hardware here may allocate nevertheless.
def unlock():
    try:
        bytearray(64)
    except MemoryError:
        micropython.heap_unlock()
        return True
    return False


def relock(locked):
    if locked:
        micropython.heap_lock()


class PowerLossError(Exception):
    pass


class Pulses:
    def __init__(self):
        self.count = self.interval_us = self.last_us = 0

    def read(self):
        pass


class Board:
    NAME = "fake"
    UID = b"fake-uid"
    CAUSE = 1
    REPL = False
    INTERRUPT = True

    def __init__(self, ring=6, folder=""):
        self.SECTORS = FS_SECTORS + ring
        self.FS = folder
        self.flash = {}  # sector: its bytes; absent: never written, all ones
        self.erased = []
        self.programs = 0
        self.power = -1  # program operations until the power fails; -1: it does not
        self.torn_bytes = 100  # of the page that was being programmed then
        self.us = 1000
        self.step = 0  # microseconds that a reading of the clock takes
        self.mv = 4000
        self.incoming = bytearray()
        self.outgoing = bytearray()
        self.unread = False
        self.lit = False
        self.restarted = None
        self.words = bytearray()  # the sensor's FIFO
        self.overrun = False
        self.sensor_tick = 0
        self.registers = {}
        self.belt = Pulses()

    # Flash

    def flash_read(self, addr, buf):
        locked = unlock()
        data = self.flash.get(addr // SECTOR)
        at = addr % SECTOR
        for i in range(len(buf)):
            buf[i] = data[at + i] if data else 0xFF
        relock(locked)

    def flash_program(self, addr, buf):
        locked = unlock()
        assert (addr % 256, len(buf)) == (0, 256)
        self.programs += 1
        data = self.flash.setdefault(addr // SECTOR, bytearray(b"\xff" * SECTOR))
        n = 256
        if self.power == 0:
            n = self.torn_bytes
        for i in range(n):
            data[addr % SECTOR + i] &= buf[i]
        if self.power == 0:
            raise PowerLossError
        self.power -= 1
        relock(locked)

    def flash_erase(self, addr):
        assert addr % SECTOR == 0
        self.erased.append(addr // SECTOR)
        self.flash[addr // SECTOR] = bytearray(b"\xff" * SECTOR)

    # Clock

    def ticks(self):
        self.us = (self.us + self.step) & 0x3FFFFFFF
        return self.us

    def idle(self, us):
        self.us = (self.us + us) & 0x3FFFFFFF

    # Serial port

    def serial_read(self, buf):
        locked = unlock()
        n = min(len(buf), len(self.incoming))
        buf[:n] = self.incoming[:n]
        self.incoming = self.incoming[n:]
        relock(locked)
        return n

    def serial_write(self, view):
        if self.unread:
            return 0
        locked = unlock()
        self.outgoing += view
        relock(locked)
        return len(view)

    # The rest

    def lamp(self, on):
        self.lit = on

    def battery_mv(self):
        return self.mv

    def pulses(self):
        return self.belt

    def watchdog_start(self, ms):
        pass

    def watchdog_feed(self):
        pass

    def restart(self, cause):
        self.restarted = cause

    def mount(self):
        pass

    # Sensor: identity, FIFO and time stamp are all that the sampler needs.

    def bus_read(self, reg, buf):
        locked = unlock()
        if reg == 0x78:
            buf[:] = self.words[: len(buf)]
            self.words = self.words[len(buf) :]
        elif reg == 0x3A:
            words = len(self.words) // 7
            buf[0] = words & 255
            buf[1] = words >> 8 | (0x08 if self.overrun else 0)
            self.overrun = False
        elif reg == 0x40:
            buf[:] = struct.pack("<I", self.sensor_tick)
        elif reg == 0x20:
            buf[:] = struct.pack("<hhhhhhh", 0, 0, 0, 0, 0, 0, 1025)
        else:
            buf[0] = 0x6C if reg == 0x0F else self.registers.get(reg, 0)
        relock(locked)

    def bus_write(self, reg, value):
        locked = unlock()
        # The reset bit clears itself.
        self.registers[reg] = value & 0xFE if reg == 0x12 else value
        relock(locked)

    # Sampling instants first .. first + n - 1 go into the FIFO; each one's values tell its number.
    def sense(self, first, n, period=96, stamp_last=False):
        for i in range(first, first + n):
            counter = (i & 3) << 1
            gyro = struct.pack("<Bhhh", 1 << 3 | counter, i, -i, 3)
            accel = struct.pack("<Bhhh", 2 << 3 | counter, i, i + 1, 1000)
            stamp = struct.pack("<BIH", 4 << 3 | counter, i * period, 0) if i % 8 == 0 else b""
            self.words += gyro + accel + stamp if stamp_last else stamp + gyro + accel


def ramp(n):
    return array("h", [(i * 37) % 4001 - 2000 for i in range(6 * n)])
