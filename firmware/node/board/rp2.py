# Boards with an RP2040 or RP2350: Pico, Pico 2, Nano RP2040 Connect.
import io
import select
import sys
import time

import machine
import micropython
import rp2
from micropython import const
from node.board import pins
from node.board.i2c import i2c_buses, i2c_start
from node.board.serial import serial_read, serial_write  # noqa: F401  part of the board
from node.board.spi import SpiBus
from node.board.store import SECTORS, flash_erase, flash_program, flash_read, mount  # noqa: F401  part of the board
from node.wire import RESET_POWER_ON, RESET_SOFT, RESET_WATCHDOG

FS = ""
REPL = True

_REASON_RP2040 = const(0x40058008)
_REASON_RP2350 = const(0x400D8008)
_FORCED = const(2)
_SAFE_MS = const(800)  # to see the lamp and press


# MicroPython takes every reset from software for one by the watchdog; the watchdog's own register knows a forced one.
def _cause():
    if machine.reset_cause() != machine.WDT_RESET:
        return RESET_POWER_ON
    reason = machine.mem32[_REASON_RP2350 if "RP2350" in sys.implementation._machine else _REASON_RP2040]
    return RESET_SOFT if reason & _FORCED else RESET_WATCHDOG


_row = pins.wiring(sys.implementation._machine)
NAME = _row[pins.NAME]
_int1 = _row[pins.INT1]
_battery_pin, _divider = _row[pins.BATTERY] or (None, 1)

UID = (machine.unique_id() + bytes(8))[:8]
CAUSE = _cause()
INTERRUPT = _int1 is not None

# Where the sensor can be, in the order in which it is looked for.
_places: list = i2c_buses(_row[pins.I2C])
if _row[pins.SPI]:
    _places.append(SpiBus(_row[pins.SPI]))
PLACES = len(_places)
_bus = _places[0]

_irq = machine.Pin(_int1, machine.Pin.IN, machine.Pin.PULL_DOWN) if INTERRUPT else None
_lamp = machine.Pin(_row[pins.LAMP], machine.Pin.OUT)
_adc = machine.ADC(_battery_pin) if _battery_pin is not None else None
_watchdog = None
_keeper = None
_pulses = None

_POLL = const(3)  # the request of an ioctl


# The sensor's interrupt as something that can be polled: one wait then ends with it or with what the host sends.
class _Int1(io.IOBase):
    def __init__(self, pin):
        self._pin = pin

    def ioctl(self, request, argument):
        return select.POLLIN if request == _POLL and self._pin.value() else 0


# The level says all; the edge only ends the processor's sleep.
def _woken(_):
    pass


_poll_both = select.poll()
_poll_both.register(sys.stdin, select.POLLIN)
if _irq is not None:
    _irq.irq(_woken, machine.Pin.IRQ_RISING, hard=True)
    _poll_both.register(_Int1(_irq), select.POLLIN)
_poll_both.ipoll(0)


def bus_read(reg, buf):
    _bus.read(reg, buf)


def bus_write(reg, value):
    _bus.write(reg, value)


# From now on the sensor is the one at the next place.
def bus_next():
    global _bus
    i2c_start(_row[pins.I2C])
    _bus = _places[(_places.index(_bus) + 1) % PLACES]


ticks = time.ticks_us


# Waits for the host or the sensor, whichever comes first; the processor sleeps.
def idle(us):
    for _ in _poll_both.ipoll(us // 1000):
        return


def lamp(on):
    _lamp.value(on)


# 0: not measured. Under half a volt nothing could run: then the divider is not there.
def battery_mv():
    if _adc is None:
        return 0
    mv = (_adc.read_u16() * 3300 * _divider) >> 16
    return mv if mv > 500 else 0


# It cannot be stopped again: leave() has it fed by a timer.
def watchdog_start(ms):
    global _watchdog
    if _keeper is not None:
        _keeper.deinit()
    _watchdog = machine.WDT(timeout=ms)


def watchdog_feed():
    if _watchdog is not None:
        _watchdog.feed()


def restart(cause):
    machine.reset()


# The counter of a treadmill's pulses. It takes a state machine and a DMA channel, so only a belt makes it.
def pulses():
    global _pulses
    from node.board.pulses import Pulses

    _pulses = Pulses(_row[pins.BELT])
    return _pulses


# For the prompt: Ctrl-C works again, and the watchdog must not end a visit by mpremote.
def leave():
    global _keeper
    if _pulses is not None:
        _pulses.stop()
    micropython.kbd_intr(3)
    _keeper = machine.Timer(-1, period=2000, callback=lambda _: watchdog_feed())


# Whoever holds the button at a reset gets the chip's boot loader instead; so the button is waited for after power-on,
# while the lamp is lit. A reset in a run waits for nobody.
def safe_mode():
    if CAUSE != RESET_POWER_ON:
        return False
    lamp(True)
    pressed = False
    end = time.ticks_add(time.ticks_ms(), _SAFE_MS)
    while not pressed and time.ticks_diff(end, time.ticks_ms()) > 0:
        pressed = bool(rp2.bootsel_button())
        time.sleep_ms(10)
    lamp(False)
    return pressed
