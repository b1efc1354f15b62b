# ruff: noqa: F821
# Measures a board's own interrupts and clocks over the loop-back wire of docs/boards.md. test_loopback.py sends it to
# MicroPython's raw prompt, where the node's modules are at hand, and makes sense of the numbers that it prints.
import array
import random
import select
import sys
import time

import machine
import rp2
from micropython import const
from node.board import pins
from node.board import rp2 as board

_MACHINE = const(4)  # the second PIO's first: the first PIO belongs to the firmware
_INSTRUCTION = const(0x503000D8)  # where an instruction for that state machine is written; the same on both chips
_SET_Y_0 = const(0xE040)
_LEAST, _MOST = const(8000), const(16000)  # clocks before an edge: time to go to sleep in
_PATIENCE_US = const(20_000)
_WAVE_HZ = const(10_000)  # of the state machine: divides 125 and 150 MHz
_HALF_WAVE = const(7)  # and three clocks more: 2 ms from rise to rise
_NO_WIRE = "No edge came over the wire between the loop-back pins."


# Raises the pin after so many clocks and counts, two clocks a step, until somebody has it execute `set(y, 0)`.
@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def _stopwatch():
    wrap_target()
    pull(block)
    mov(x, osr)
    label("before")
    jmp(x_dec, "before")
    set(y, 1)
    mov(x, invert(null))
    set(pins, 1)
    label("runs")
    jmp(not_y, "stopped")
    jmp(x_dec, "runs")
    label("stopped")
    set(pins, 0)
    mov(isr, invert(x))
    push(block)
    wrap()


@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def _wave():
    pull(block)
    wrap_target()
    set(pins, 1)
    mov(x, osr)
    label("high")
    jmp(x_dec, "high")
    set(pins, 0)
    mov(x, osr)
    label("low")
    jmp(x_dec, "low")
    wrap()


def _stop(_):
    machine.mem32[_INSTRUCTION] = _SET_Y_0


# Output and input of this board's fixture.
def fixture():
    print(*pins.wiring(sys.implementation._machine)[pins.LOOPBACK])


# From an edge on the wire until: "hard", the first statement of a hard handler has run, other code being interrupted;
# "soft", that of a soft one; "loop", a loop that sleeps as the node's does has gone on. Clocks of the
# processor.
def latency(way, output, hears, times):
    line = machine.Pin(hears, machine.Pin.IN, machine.Pin.PULL_DOWN)
    watch = rp2.StateMachine(_MACHINE, _stopwatch, freq=machine.freq(), set_base=machine.Pin(output))
    watch.active(1)
    line.irq(board._woken if way == "loop" else _stop, machine.Pin.IRQ_RISING, hard=way != "soft")
    wait = _loop(line) if way == "loop" else _busy
    clocks = array.array("I", bytes(4 * times))
    try:
        for i in range(times):
            watch.put(random.randint(_LEAST, _MOST))
            wait(watch)
            clocks[i] = 2 * watch.get()
    finally:
        _leave(line, watch)
    print(machine.freq(), *clocks)


def _busy(watch):
    began = time.ticks_us()
    while not watch.rx_fifo():
        if time.ticks_diff(time.ticks_us(), began) > _PATIENCE_US:
            raise OSError(_NO_WIRE)


# The same poll as the board's own idle(), with our line in the place of the sensor's.
def _loop(line):
    both = select.poll()
    both.register(sys.stdin, select.POLLIN)
    both.register(board._Int1(line), select.POLLIN)

    def wait(watch):
        for _ in both.ipoll(_PATIENCE_US // 1000):
            break
        else:
            raise OSError(_NO_WIRE)
        _stop(line)
        _busy(watch)

    return wait


def _leave(line, watch):
    line.irq(None)
    watch.active(0)
    rp2.PIO(_MACHINE // 4).remove_program()


# So many rises of a wave of 500 Hz, each timed by an interrupt; microseconds.
def pulses(output, hears, times):
    stamps = array.array("i", bytes(4 * times))
    at = 0

    def note(_):
        nonlocal at
        if at < times:
            stamps[at] = time.ticks_us()
            at += 1

    line = machine.Pin(hears, machine.Pin.IN, machine.Pin.PULL_DOWN)
    wave = rp2.StateMachine(_MACHINE, _wave, freq=_WAVE_HZ, set_base=machine.Pin(output))
    line.irq(note, machine.Pin.IRQ_RISING, hard=True)
    wave.put(_HALF_WAVE)
    wave.active(1)
    time.sleep_ms(2 * times + 10)
    _leave(line, wave)
    print(*stamps[:at])
