"""A wire between two pins of the emulated Pico, such as the loop-back of docs/boards.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_DRIVEN_HIGH = 1


class Wire:
    """Carries the level that the board drives on one pin to another; open, that pin reads low.

    Args:
        output: GPIO number of the pin that is driven.
        listener: GPIO number of the pin that hears it.
    """

    def __init__(self, output: int, listener: int) -> None:
        self._output = output
        self._listener = listener

    def attach(self, mcu: Any, now_us: Callable[[], float]) -> None:
        """Join the two pins of a chip that was just powered on."""
        heard = mcu.gpio[self._listener]
        mcu.gpio[self._output].add_listener(lambda now, before: heard.set_input_value(now == _DRIVEN_HIGH))

    def board_reset(self) -> None:
        """A reset of the board leaves the wire as it is."""

    def power_lost(self) -> None:
        """So does a loss of its power."""
