"""The loop-back wire of a board: its pins, what is measured over it, and what the figures say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from runslate.clockfit import WRAP_US, Z95
from runslate.errors import RunslateError
from runslate.flash.repl import Repl

BOARDS_OWN = "board"
"""As the option's value: the pins that the firmware's table names."""

ONBOARD = Path(__file__).parent / "onboard" / "loopback.py"

WAVE_US = 2000
"""From rise to rise of the wave whose pulses are counted: the board's code makes it so."""


AT_ONCE = 300
"""Edges between two answers of the board, which has to keep and print them all."""


@dataclass(frozen=True)
class Latency:
    """From an edge on the wire to what answers it.

    Attributes:
        hz: of the processor.
        clocks: (n,) of the processor, ascending.
    """

    hz: int
    clocks: NDArray[np.int64]

    def us(self, percentile: float) -> float:
        """Give a percentile in microseconds."""
        return float(np.percentile(self.clocks, percentile, method="higher")) * 1e6 / self.hz

    def __str__(self) -> str:
        names = {"min": 0.0, "median": 50.0, "p99": 99.0, "max": 100.0}
        parts = [f"{name} {self.us(p):.1f} us ({self.us(p) * self.hz / 1e6:.0f} cycles)" for name, p in names.items()]
        return ", ".join(parts)


@dataclass(frozen=True)
class Rate:
    """How much faster one clock is than another, and half of the 95 % interval of that, both in ppm."""

    ppm: float
    error_ppm: float

    def __str__(self) -> str:
        return f"{self.ppm:+.1f} ppm +- {self.error_ppm:.1f}"


def rate_of(measured_us: NDArray[np.int64], reference_us: NDArray[np.float64]) -> Rate:
    """Compare two clocks that were read together, (n,) each, by least squares."""
    x = reference_us - reference_us.mean()
    ahead = (measured_us - measured_us[0]) - (reference_us - reference_us[0])
    y = ahead - ahead.mean()
    slope = float(x @ y / (x @ x))
    # A reading in whole microseconds is uniform in one: its deviation is the least that can be.
    sigma = max(float(np.sqrt(((y - slope * x) ** 2).sum() / (x.size - 2))), 12**-0.5)
    return Rate(1e6 * slope, 1e6 * Z95 * sigma / float(np.sqrt(x @ x)))


class LoopBack:
    """A board at its raw prompt, with a wire between two of its pins.

    Args:
        repl: the prompt.
        pins: "OUT,IN", or BOARDS_OWN.
    """

    def __init__(self, repl: Repl, pins: str) -> None:
        self.repl = repl
        repl.run(ONBOARD.read_text())
        self.output, self.input = map(int, repl.run("fixture()").split() if pins == BOARDS_OWN else pins.split(","))

    def latency(self, way: str, edges: int) -> Latency:
        """Measure how long a "hard" or "soft" handler or the node's "loop" takes to answer an edge."""
        clocks: list[int] = []
        while len(clocks) < edges:
            count = min(AT_ONCE, edges - len(clocks))
            hz, *more = self._ask(f"latency({way!r}, {self.output}, {self.input}, {count})")
            clocks += more
        return Latency(hz, np.sort(np.array(clocks, np.int64)))

    def pulses(self, count: int) -> NDArray[np.int64]:
        """Count the pulses of a wave; gives the board's time of each, microseconds without the wrap."""
        stamps = np.array(self._ask(f"pulses({self.output}, {self.input}, {count})"), np.int64)
        return np.concatenate(([0], np.cumsum(np.diff(stamps) % WRAP_US)))

    def _ask(self, call: str) -> list[int]:
        said = [int(word) for word in self.repl.run(call).split()]
        if not said:
            raise RunslateError(
                f"Nothing came over the wire from GPIO{self.output} to GPIO{self.input}.",
                cure="Look at the wire and at the pins in docs/boards.md.",
            )
        return said
