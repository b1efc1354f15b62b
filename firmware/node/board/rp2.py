# Boards with an RP2040 or RP2350: Pico, Pico 2, Nano RP2040 Connect.
import select
import sys
import time

import machine
import micropython
import rp2
from micropython import const
from node.board import pins
from node.board.store import SECTORS, flash_erase, flash_program, flash_read, mount  # noqa: F401  part of the board
from node.wire import RESET_POWER_ON, RESET_SOFT, RESET_WATCHDOG

FS = ""
REPL = True

_REASON_RP2040 = const(0x40058008)
_REASON_RP2350 = const(0x400D8008)
_FORCED = const(2)


# MicroPython takes every reset from software for one by the watchdog; the watchdog's own register knows a forced one.
def _cause():
    if machine.reset_cause() != machine.WDT_RESET:
        return RESET_POWER_ON
    reason = machine.mem32[_REASON_RP2350 if "RP2350" in sys.implementation._machine else _REASON_RP2040]
    return RESET_SOFT if reason & _FORCED else RESET_WATCHDOG


_row = pins.wiring(sys.implementation._machine)
NAME = _row[pins.NAME]
_bus_id, _sda, _scl, _hz = _row[pins.I2C]
_int1 = _row[pins.INT1]
_battery_pin, _divider = _row[pins.BATTERY] or (None, 1)

UID = (machine.unique_id() + bytes(8))[:8]
CAUSE = _cause()
INTERRUPT = _int1 is not None

_SENSOR = const(0x6A)  # SA0 low; the other address is tried by probe()
_address = _SENSOR

_i2c = machine.I2C(_bus_id, sda=machine.Pin(_sda), scl=machine.Pin(_scl), freq=_hz)
_irq = machine.Pin(_int1, machine.Pin.IN, machine.Pin.PULL_DOWN) if INTERRUPT else None
_lamp = machine.Pin(_row[pins.LAMP], machine.Pin.OUT)
_adc = machine.ADC(_battery_pin) if _battery_pin is not None else None
_watchdog = None
_keeper = None
_register = bytearray(2)
_byte = bytearray(1)

_stdin = sys.stdin.buffer
_stdout = sys.stdout.buffer
_poll_in = select.poll()
_poll_in.register(sys.stdin, select.POLLIN)
_poll_out = select.poll()
_poll_out.register(sys.stdout, select.POLLOUT)
# The first call makes the pair that all later ones hand out.
_poll_in.ipoll(0)
_poll_out.ipoll(0)


def bus_read(reg, buf):
    _i2c.readfrom_mem_into(_address, reg, buf)


def bus_write(reg, value):
    # writeto_mem would join register and value in a buffer of its own, and the heap can be locked.
    _register[0] = reg
    _register[1] = value
    _i2c.writeto(_address, _register)


# Both addresses of the sensor are in use on breakout boards.
def bus_other_address():
    global _address
    _address ^= 1


ticks = time.ticks_us


# Waits for the host or the sensor, whichever comes first.
def idle(us):
    left = us // 1000
    while left > 0:
        if _irq is not None and _irq.value():
            return
        for _ in _poll_in.ipoll(2):
            return
        left -= 2


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


# For the prompt: Ctrl-C works again, and the watchdog must not end a visit by mpremote.
def leave():
    global _keeper
    micropython.kbd_intr(3)
    _keeper = machine.Timer(-1, period=2000, callback=lambda _: watchdog_feed())


def serial_read(buf):
    n = 0
    while n < len(buf):
        ready = 0
        for _, ready in _poll_in.ipoll(0):
            pass
        if not ready or _stdin.readinto(_byte) != 1:
            break
        buf[n] = _byte[0]
        n += 1
    return n


# USB's 256-byte buffer waits up to half a second for a host that does not read, and poll() only says that one byte
# has room. The caller always sends 64: then the room is a multiple of 64 and "one" means "all".
def serial_write(view):
    for _, ready in _poll_out.ipoll(0):
        if ready & select.POLLOUT:
            return _stdout.write(view) or 0
    return 0


def safe_mode():
    return bool(rp2.bootsel_button())
