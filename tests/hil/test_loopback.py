"""A wire between two pins of the board: how fast its interrupts are answered, and whether its clocks agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hil.bench import Bench
from hil.loopback import BOARDS_OWN, WAVE_US, LoopBack, rate_of
from hil.targets import Target
from runslate.flash.repl import BoardError

Tell = Callable[[str], None]

LIMIT_US = {"hard": 40.0, "soft": 100.0, "loop": 150.0}
"""Within which 99 of 100 edges are answered: some 4 times what the emulator counts, which knows no cache misses."""

WORDS = {"hard": "hard handler", "soft": "soft handler", "loop": "the node's sleeping loop"}

PULSES = 1500
UNWIRED = 13
CRYSTAL_PPM = 1.0
"""Wave and counter come from one crystal: what they differ by is arithmetic."""


@pytest.fixture(scope="module")
def wire(request: pytest.FixtureRequest, bench: Bench, target: Target) -> Iterator[LoopBack]:
    pins = request.config.getoption("--loopback") or ("" if "loop back" in target.cannot else BOARDS_OWN)
    if not pins:
        pytest.skip(f"{target.name}: {target.cannot['loop back']}")
    with bench.prompt() as repl:
        yield LoopBack(repl, pins)


@pytest.mark.parametrize("way", LIMIT_US)
def test_interrupt_latency(wire: LoopBack, target: Target, tell: Tell, way: str) -> None:
    """From an edge until it is answered, timed by a state machine in the processor's own clocks."""
    measured = wire.latency(way, target.edges)
    tell(f"edge to {WORDS[way]}: {measured}, {target.edges} edges")
    assert len(measured.clocks) == target.edges
    assert measured.us(0.0) > 1.0  # faster than an exception's entry is no interrupt
    assert measured.us(99.0) < LIMIT_US[way]


def test_a_missing_wire_is_told(wire: LoopBack, need: Callable[[str], None]) -> None:
    need("see edges")
    with pytest.raises(BoardError, match="No edge came over the wire"):
        LoopBack(wire.repl, f"{wire.output},{UNWIRED}").latency("hard", 1)


def test_no_pulse_is_lost_and_clocks_of_one_crystal_agree(wire: LoopBack, tell: Tell) -> None:
    """The processor's clock makes the wave, `ticks_us` times it: a wrong divider or a lost interrupt shows."""
    heard_us = wire.pulses(PULSES)
    made_us = WAVE_US * np.arange(PULSES, dtype=np.float64)
    assert len(heard_us) == PULSES
    assert np.abs(heard_us - made_us).max() < WAVE_US / 2
    rate = rate_of(heard_us, made_us)
    tell(f"ticks_us against the processor's clock: {rate}, {PULSES} pulses in {made_us[-1] / 1e6:.1f} s, none lost")
    assert abs(rate.ppm) < CRYSTAL_PPM + rate.error_ppm
