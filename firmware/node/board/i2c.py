# The motion sensor on I2C: simple to wire, and enough for 417 Hz.
import time

import machine
from micropython import const
from node.board.burst import LEAST, MOST, Burst

_ADDRESSES = (0x6A, 0x6B)  # both are in use on breakout boards
_CLOCKS = const(9)  # a byte and its acknowledgement
_HALF_US = const(5)  # 100 kHz: every part follows


# The places on this bus where the sensor can be.
def i2c_buses(wiring):
    i2c = i2c_start(wiring)
    burst = Burst(wiring[0])
    return [I2cBus(i2c, burst, address) for address in _ADDRESSES]


# The block anew, on a bus where transfers can begin.
def i2c_start(wiring):
    block, sda, scl, hz = wiring
    _release(sda, scl)
    return machine.I2C(block, sda=machine.Pin(sda), scl=machine.Pin(scl), freq=hz)


# A sensor whose reading was cut short, by a reset of ours or by noise, holds SDA low and waits for the rest of its
# clocks; it outlasts every reset but that of its power.
def _release(sda, scl):
    data = machine.Pin(sda, machine.Pin.IN, machine.Pin.PULL_UP)
    clock = machine.Pin(scl, machine.Pin.OPEN_DRAIN, machine.Pin.PULL_UP, value=1)
    time.sleep_us(_HALF_US)
    for _ in range(_CLOCKS):
        if data.value():
            return
        clock.value(0)
        time.sleep_us(_HALF_US)
        clock.value(1)
        time.sleep_us(_HALF_US)


class I2cBus:
    def __init__(self, i2c, burst, address):
        self._i2c = i2c
        self._burst = burst
        self._address = address
        self._pair = bytearray(2)

    def read(self, reg, buf):
        # The block still has the address from the transfer before: no burst is the first one.
        if LEAST <= len(buf) <= MOST:
            self._burst.read(reg, buf)
        else:
            self._i2c.readfrom_mem_into(self._address, reg, buf)

    def write(self, reg, value):
        # writeto_mem would join register and value in a buffer of its own, and the heap can be locked.
        self._pair[0] = reg
        self._pair[1] = value
        self._i2c.writeto(self._address, self._pair)
