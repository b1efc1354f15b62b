"""DMA requests of the emulated I2C masters, which rp2040py leaves out: without them DMA never moves a byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FIRST_REQUEST = 32
"""I2C0's transmit FIFO; its receive FIFO follows, then I2C1's two (RP2040 data sheet, table of DREQs)."""


def connect_requests(mcu: Any, bus: int) -> None:
    """Raise one master's two requests as its FIFOs stand, for levels of 0 in IC_DMA_TDLR and IC_DMA_RDLR.

    Args:
        mcu: rp2040py's chip, just switched on.
        bus: 0 or 1.
    """
    master = mcu.i2c[bus]
    _follow(mcu.dma, FIRST_REQUEST + 2 * bus, master._tx_fifo, lambda fifo: fifo._used == 0)
    _follow(mcu.dma, FIRST_REQUEST + 2 * bus + 1, master._rx_fifo, lambda fifo: fifo._used > 0)


def _follow(dma: Any, request: int, fifo: Any, wanted: Callable[[Any], bool]) -> None:
    """Set and clear a request whenever an operation on its FIFO changes what is wanted."""
    raised = False

    def after(operation: Callable[..., int]) -> Callable[..., int]:
        def outer(*arguments: int) -> int:
            nonlocal raised
            result = operation(*arguments)
            if wanted(fifo) != raised:
                raised = not raised
                (dma.set_dreq if raised else dma.clear_dreq)(request)
            return result

        return outer

    for name in ("push", "pull", "reset"):
        setattr(fifo, name, after(getattr(fifo, name)))
    fifo.reset()
