# The motion sensor on I2C: simple to wire, and enough for 417 Hz.
import machine
from node.board.burst import LEAST, MOST, Burst

_ADDRESSES = (0x6A, 0x6B)  # both are in use on breakout boards


# The places on this bus where the sensor can be.
def i2c_buses(wiring):
    block, sda, scl, hz = wiring
    i2c = machine.I2C(block, sda=machine.Pin(sda), scl=machine.Pin(scl), freq=hz)
    burst = Burst(block)
    return [I2cBus(i2c, burst, address) for address in _ADDRESSES]


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
