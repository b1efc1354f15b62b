# The motion sensor on I2C: simple to wire, and enough for 417 Hz.
import machine


class I2cBus:
    def __init__(self, wiring, address):
        block, sda, scl, hz = wiring
        self._i2c = machine.I2C(block, sda=machine.Pin(sda), scl=machine.Pin(scl), freq=hz)
        self._address = address
        self._pair = bytearray(2)

    def read(self, reg, buf):
        self._i2c.readfrom_mem_into(self._address, reg, buf)

    def write(self, reg, value):
        # writeto_mem would join register and value in a buffer of its own, and the heap can be locked.
        self._pair[0] = reg
        self._pair[1] = value
        self._i2c.writeto(self._address, self._pair)
