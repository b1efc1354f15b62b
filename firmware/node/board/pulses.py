# ruff: noqa: F821
# Counts the falling edges on a pin, whatever the processor does: a PIO state machine notes the time of each, DMA keeps
# the last ones and counts them. Nothing is lost or late while the flash is written with interrupts off.
import time
from array import array

import machine
import micropython
import rp2
import uctypes
from micropython import const
from node.clock import plus

_HZ = const(4_000_000)  # four clocks a microsecond, which is what both loops take
_KEPT = const(4)  # stamps: two are wanted, and pulses may come while they are read
_RING = const(4)  # the same as a power of two of bytes
_MOST = const(0x0FFFFFFF)  # pulses: a week at 400 a second; the RP2350 counts with 28 bits, those above are a mode
_MASK = const(0x3FFFFFFF)
_REQUEST = const(4)  # of PIO 0's first receive FIFO


# X counts microseconds down. A pulse takes two clocks more at its fall and two less at its rise: none in sum.
@rp2.asm_pio(fifo_join=rp2.PIO.JOIN_RX)
def _stamps():
    wrap_target()
    label("low")
    jmp(x_dec, "still low")
    label("still low")
    jmp(pin, "high")
    jmp("low")[1]
    label("high")
    jmp(x_dec, "still high")
    label("still high")
    jmp(pin, "high")[2]
    mov(isr, x)
    push(noblock)
    wrap()


# Microseconds that have passed when X was this, 30 bits; X starts with all ones.
@micropython.viper
def _passed(stamps: ptr32, at: int) -> int:
    return (int(stamps[at]) ^ -1) & 0x3FFFFFFF


class Pulses:
    def __init__(self, number):
        pin = machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_UP)
        self.count = 0
        self.last_us = 0  # ticks_us of the last pulse
        self.interval_us = 0  # between the last two; 0: there were none
        # The ring begins at a multiple of its size: somewhere in twice the room.
        self._stamps = array("I", bytes(8 * _KEPT))
        address = uctypes.addressof(self._stamps)
        start = (address + 4 * _KEPT - 1) & ~(4 * _KEPT - 1)
        self._first = (start - address) >> 2
        self._machine = rp2.StateMachine(0, _stamps, freq=_HZ, jmp_pin=pin)
        self._dma = rp2.DMA()
        ctrl = self._dma.pack_ctrl(size=2, inc_read=False, ring_sel=True, ring_size=_RING, treq_sel=_REQUEST)
        self._dma.config(read=self._machine, write=start, count=_MOST, ctrl=ctrl, trigger=True)
        self._machine.exec("mov(x, invert(null))")
        began = time.ticks_us()
        self._machine.active(1)
        self._zero_us = time.ticks_add(began, time.ticks_diff(time.ticks_us(), began) >> 1)

    # A soft reset leaves DMA running, into memory that others have by then.
    def stop(self):
        self._machine.active(0)
        self._dma.active(False)
        self._dma.close()

    # Takes over what was counted.
    def read(self):
        count = _MOST - self._dma.count  # type: ignore[attr-defined]  # the stubs leave it out
        if count == self.count:
            return
        last = _passed(self._stamps, self._first + (count - 1) % _KEPT)
        if count > 1:
            before = _passed(self._stamps, self._first + (count - 2) % _KEPT)
            self.interval_us = (last - before) & _MASK
        self.last_us = plus(self._zero_us, last)
        self.count = count
