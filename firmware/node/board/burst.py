# Long reads over I2C by DMA: a burst from the FIFO lasts 3 ms at 1 MHz, and the processor sleeps meanwhile. The port's
# own driver waits awake, which was a quarter of all cycles at 417 Hz.
import sys
import time
from array import array

import machine
import rp2
from micropython import const

LEAST = const(32)  # bytes; setting the channels up costs as much as waiting for 10
MOST = const(336)  # what the sampler asks for at once, 48 words of its FIFO

# Of the two blocks: registers, and the first one's DMA request for sending; receiving and the second one's two follow.
_CHIPS = {"RP2040": ((0x40044000, 0x40048000), 32), "RP2350": ((0x40090000, 0x40098000), 44)}
_DATA_CMD = const(0x10)
_CLR_TX_ABRT = const(0x54)
_READ = const(0x100)
_STOP = const(0x200)
_RESTART = const(0x400)
_PATIENCE_US = const(50_000)  # at 400 kHz a burst lasts 8 ms


# That the interrupt came is all: it ends the sleep.
def _done(_):
    pass


class Burst:
    def __init__(self, block):
        registers, request = _CHIPS["RP2350" if "RP2350" in sys.implementation._machine else "RP2040"]
        data = registers[block] + _DATA_CMD
        request += 2 * block
        self._fault = registers[block] + _CLR_TX_ABRT
        self._commands = array("H", [0, _RESTART | _READ] + [_READ] * (MOST - 1))
        # One channel feeds the commands, register first; the other takes the answers.
        self._send = rp2.DMA()
        self._send.config(write=data, ctrl=self._send.pack_ctrl(size=1, inc_write=False, treq_sel=request))
        self._receive = rp2.DMA()
        ctrl = self._receive.pack_ctrl(size=0, inc_read=False, treq_sel=request + 1, irq_quiet=False)
        self._receive.config(read=data, ctrl=ctrl)
        self._receive.irq(_done, hard=True)

    # From the address that the block talked to last. Raises OSError when nobody answers.
    def read(self, reg, buf):
        n = len(buf)
        commands = self._commands
        commands[0] = reg
        commands[n] = _READ | _STOP
        self._receive.config(write=buf, count=n, trigger=True)
        self._send.config(read=commands, count=n + 1, trigger=True)
        whole = self._wait()
        commands[n] = _READ
        if not whole:
            raise OSError("The sensor does not answer.")

    def _wait(self):
        receive = self._receive
        began = time.ticks_us()
        while receive.active():
            machine.idle()
            if time.ticks_diff(time.ticks_us(), began) > _PATIENCE_US:
                self._give_up()
                return False
        return True

    # Channels whose block reports a fault would wait for ever; reading clears it.
    def _give_up(self):
        self._send.active(False)
        self._receive.active(False)
        _ = machine.mem32[self._fault]
