"""What the suite runs on: wiring, limits and inabilities of each target, as data."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

SEED = 20240917


EDGES = tuple(
    sorted(
        {edge + off for edge in (64, 128, 256, 512) for off in (-18, -17, -16, -1, 0, 1)}
        | {1, 2, 3, 599, 600}
        | set(random.Random(SEED).sample(range(4, 599), 12))
    )
)
"""Lengths worth trying where all 600 take too long."""


@dataclass(frozen=True)
class Wiring:
    """How sensor, lamp and loop-back are wired to a Pico, as the firmware expects it."""

    i2c_bus: int = 0
    int1_pin: int = 6
    lamp_pin: int = 25
    loopback: tuple[int, int] = (14, 15)


@dataclass(frozen=True)
class Target:
    """One kind of board.

    Attributes:
        name: what `--target` calls it; a port otherwise.
        echo_lengths: data bytes of the echo test.
        reel_s: length of the recorded reel, board seconds.
        reset_after_s: how long a reel runs before the reset that breaks it off.
        stream_s: length of the reel that is sent while it is recorded.
        unread_s: how long the port is left unread.
        edges: how many edges tell the interrupts' latency.
        clock_s: how long the board's clock is compared with the host's.
        memory_s: length of the recording in which free memory is watched; 0 when it cannot be.
        test_timeout_s: wall-clock limit of one test.
        cannot: inability -> reason and cure.
    """

    name: str
    echo_lengths: tuple[int, ...] = tuple(range(1, 601))
    reel_s: int = 10
    reset_after_s: float = 4.0
    unread_s: float = 3.0
    stream_s: float = 10.0
    edges: int = 300
    clock_s: float = 5.0
    memory_s: int = 0
    test_timeout_s: int = 120
    wiring: Wiring = field(default_factory=Wiring)
    cannot: Mapping[str, str] = field(default_factory=dict)


_MEMORY = "free memory of a 64-bit virtual machine says nothing about a board's. Run make hil TARGET=pico."
_MOTION = "nobody runs with it here, so there is no truth to compare with. Run make hil TARGET=virtual or TARGET=pico."
_POWER = "its plug cannot be pulled from here; a reset is tried instead."
_LAMP = "nobody looks at its lamp. Watch it: it blinks, lights up and goes out."

_BATTERY = "its supply cannot be lowered from here. Feed it from a bench supply and watch `runslate node info`."
_HANG = "its processor cannot be stopped from here. Run make hil TARGET=virtual or TARGET=pico."
_FLASH = "its flash cannot be changed behind its back. Run make hil TARGET=virtual or TARGET=pico."
_CLOCK = "its clock cannot be set; it wraps 18 minutes after power-on."
_EDGES = "edges on its pins are not seen from here. Run make hil TARGET=pico."
_PINS = "it has no pins. Run make hil TARGET=pico."
_WIRE = "join its two loop-back pins (docs/boards.md) and say so with HIL=--loopback."
_EMULATED = "this test is about images and emulated boards. Run make hil TARGET=pico."

VIRTUAL = Target(
    "virtual",
    reel_s=6,
    reset_after_s=3.0,
    unread_s=6.0,
    stream_s=6.0,
    cannot={"memory": _MEMORY, "see edges": _EDGES, "loop back": _PINS, "emulate": _EMULATED},
)
PICO = Target(
    "pico",
    # The edges of USB packets (with and without the frame around the data) and a seeded rest.
    echo_lengths=EDGES,
    reel_s=6,
    reset_after_s=3.0,
    memory_s=44,
    test_timeout_s=900,
)
PICO_STOCK = replace(PICO, name="pico-stock")
"""Stock MicroPython with the firmware as files, where PICO's image has it inside."""

PORT = Target(
    "port",
    edges=5000,
    clock_s=60.0,
    memory_s=44,
    stream_s=60.0,
    # A new board of 16 MB erases for three minutes, a slow one for longer.
    test_timeout_s=1800,
    cannot={
        "truth": _MOTION,
        "lose power": _POWER,
        "see lamp": _LAMP,
        "set battery": _BATTERY,
        "hang": _HANG,
        "change flash": _FLASH,
        "set clock": _CLOCK,
        "see edges": _EDGES,
        "loop back": _WIRE,
        "emulate": _EMULATED,
    },
)


def find_target(name: str) -> Target:
    """The target that `--target` names; everything unknown is a port."""
    return {target.name: target for target in (VIRTUAL, PICO, PICO_STOCK)}.get(name, PORT)
