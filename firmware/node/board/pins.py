# Wiring of the boards, as data: what a new board needs is a row here. docs/boards.md shows the same for people, and a
# test compares the two.
from micropython import const

NAME = const(0)
I2C = const(1)  # block, SDA, SCL, clock in Hz
SPI = const(2)  # block, SCK, MOSI, MISO, CS; None where the sensor is soldered to I2C
INT1 = const(3)  # rises with the FIFO's watermark; None: not wired
LAMP = const(4)
BATTERY = const(5)  # ADC pin and the factor of its divider; None: not measured
LOOPBACK = const(6)  # output and input that the fixture for the tests joins
BELT = const(7)  # a treadmill's sensor: falls with each pulse

_PICO_I2C = (0, 4, 5, 1_000_000)
_PICO_SPI = (0, 18, 19, 16, 17)
_VSYS = (29, 3)  # VSYS / 3 on GPIO29

# By the name in sys.implementation, which the chip's follows.
BOARDS = {
    "Raspberry Pi Pico": ("pico", _PICO_I2C, _PICO_SPI, 6, 25, _VSYS, (14, 15), 22),
    "Raspberry Pi Pico2": ("pico2", _PICO_I2C, _PICO_SPI, 6, 25, _VSYS, (14, 15), 22),
    # GPIO25 and 29 of the W boards belong to their radio.
    "Raspberry Pi Pico W": ("picow", _PICO_I2C, _PICO_SPI, 6, 2, None, (14, 15), 22),
    "Raspberry Pi Pico 2 W": ("pico2w", _PICO_I2C, _PICO_SPI, 6, 2, None, (14, 15), 22),
    "Pimoroni Pico LiPo 16MB": ("picolipo", _PICO_I2C, _PICO_SPI, 6, 25, _VSYS, (14, 15), 22),
    "Arduino Nano RP2040 Connect": ("nano", (0, 12, 13, 400_000), None, 24, 6, None, (15, 16), 17),
}
_DEFAULT = "Raspberry Pi Pico"


# The row of this board; one that is not in the table is wired like a Pico.
def wiring(machine):
    for name, row in BOARDS.items():
        if machine.startswith(name + " with "):
            return row
    return BOARDS[_DEFAULT]
