# The motion sensor on SPI: eight times as fast as I2C at 1 MHz, for rates above 417 Hz.
import machine
from micropython import const

_HZ = const(10_000_000)  # the sensor's highest
_READ = const(0x80)


class SpiBus:
    def __init__(self, wiring):
        block, sck, mosi, miso, cs = wiring
        # A high CS keeps the sensor on I2C: it must be so before the clock moves.
        self._cs = machine.Pin(cs, machine.Pin.OUT, value=1)
        self._spi = machine.SPI(
            block,
            baudrate=_HZ,
            polarity=1,
            phase=1,
            sck=machine.Pin(sck),
            mosi=machine.Pin(mosi),
            miso=machine.Pin(miso),
        )
        self._register = bytearray(1)
        self._pair = bytearray(2)

    # From 32 bytes on the port's SPI moves them by DMA, without a gap between them.
    def read(self, reg, buf):
        self._register[0] = reg | _READ
        self._cs.low()
        self._spi.write(self._register)
        self._spi.readinto(buf)
        self._cs.high()

    def write(self, reg, value):
        self._pair[0] = reg
        self._pair[1] = value
        self._cs.low()
        self._spi.write(self._pair)
        self._cs.high()
