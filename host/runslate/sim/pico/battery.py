"""The battery's voltage where the board measures it: VSYS through its divider on GPIO29."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CHANNEL = 3
"""Of the ADC: GPIO29."""

DIVIDER = 3
REFERENCE_MV = 3300
FULL_SCALE = 4095


class Battery:
    """Sets what the board's ADC reads.

    Args:
        millivolts: of VSYS, to begin with.
    """

    def __init__(self, millivolts: float) -> None:
        self._mcu: Any = None
        self._millivolts = millivolts

    def set(self, millivolts: float) -> None:
        """Change the voltage."""
        self._millivolts = millivolts
        if self._mcu is not None:
            self._mcu.adc.channel_values[CHANNEL] = round(millivolts / DIVIDER / REFERENCE_MV * FULL_SCALE)

    def attach(self, mcu: Any, now_us: Callable[[], float]) -> None:
        """Connect to a chip that was just powered on."""
        self._mcu = mcu
        self.set(self._millivolts)

    def board_reset(self) -> None:
        """A reset leaves the battery as it is."""

    def power_lost(self) -> None:
        """So does a pulled plug: it is the divider's voltage that comes back with the power."""
