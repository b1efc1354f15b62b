"""The emulated chip's random bits: MicroPython makes boot and reel ids of them."""

from __future__ import annotations

import random
from typing import Any

_ROSC = 0x40060
"""The ring oscillator's block, as rp2040py numbers peripherals (address / 4096)."""

_RANDOMBIT = 0x1C


def seed_ring_oscillator(mcu: Any, seed: str) -> None:
    """Let the ring oscillator's random bit follow a seeded generator.

    rp2040py leaves the oscillator out and reads it as all ones, so every boot would have the same id.
    """
    oscillator = mcu.peripherals[_ROSC]
    original = oscillator.read_uint32
    bits = random.Random(seed)

    def read_uint32(offset: int) -> int:
        return bits.getrandbits(1) if offset == _RANDOMBIT else int(original(offset))

    oscillator.read_uint32 = read_uint32
