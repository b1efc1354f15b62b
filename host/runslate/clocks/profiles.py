"""Profiles of clocks, temperatures and links that every figure about time is made with: fixed, and drawn by a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.clocks.crystal import CUBIC_PPM, INFLECTION_C, Temperatures

F64 = NDArray[np.float64]

SKEW_PPM = (20.0, 50.0)
"""Off by so much, either way: at the inflection of its curve."""

SLOPE_PPM = (-0.37, -0.03)
"""ppm/K at the inflection: AT cuts within two minutes of arc."""

INDOORS_C, OUTDOORS_C = 22.0, 5.0
COOLING_S = (480.0, 1500.0)
"""Time constant of a tag on a shoe that goes from indoors to outdoors."""

THERMOMETER_C = 4.0
"""The sensor's thermometer is off by up to so much, and reads what the crystal reaches LAG_S later."""

LAG_S = 40.0
WANDER_PPM = 0.02
"""Random walk of the rate in ten minutes that no thermometer explains."""


@dataclass(frozen=True)
class Board:
    """A board's true clock: board microseconds at given true microseconds, and what its thermometer reads.

    `true_us` (n,) is a grid of a second, `board_us` and `celsius` (n,) belong to it.
    """

    true_us: F64
    board_us: F64
    celsius: F64

    def board_at(self, true_us: F64) -> F64:
        """Board microseconds at true times."""
        return np.asarray(np.interp(true_us, self.true_us, self.board_us), np.float64)

    def temperatures(self, first_us: float, last_us: float) -> Temperatures:
        """What the reel's pages log, between two true times."""
        inside = (self.true_us >= first_us) & (self.true_us <= last_us)
        return Temperatures.of(self.board_us[inside], np.round(self.celsius[inside] * 256) / 256)


@dataclass(frozen=True)
class Crystals:
    """The part on one board, the same in all its takes."""

    skew_ppm: float
    slope_ppm: float
    thermometer_c: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Crystals:
        """Draw a part."""
        skew = rng.uniform(*SKEW_PPM) * rng.choice([-1.0, 1.0])
        return cls(skew, rng.uniform(*SLOPE_PPM), rng.uniform(-THERMOMETER_C, THERMOMETER_C))

    def run(self, rng: np.random.Generator, indoors_s: float, outdoors_s: float, after_s: float) -> Board:
        """Let it lie indoors, go out into the cold and come back in; the take is outdoors."""
        seconds = indoors_s + outdoors_s + after_s
        t = np.arange(0.0, seconds + 2.0)
        celsius = _course(t, indoors_s, indoors_s + outdoors_s, rng.uniform(*COOLING_S))
        x = celsius - INFLECTION_C
        wander = np.cumsum(rng.normal(0.0, WANDER_PPM / np.sqrt(600.0), t.size))
        ppm = self.skew_ppm + self.slope_ppm * x + CUBIC_PPM * x**3 + wander
        board = rng.uniform(0, 1e9) + t * 1e6 + np.concatenate(([0.0], np.cumsum((ppm[1:] + ppm[:-1]) / 2)))
        read = np.interp(t + LAG_S, t, celsius) + self.thermometer_c
        return Board(t * 1e6, board, read)


def _course(t: F64, out_s: float, in_s: float, constant_s: float) -> F64:
    """Temperature of the crystal: indoors, cooling outdoors, warming indoors."""
    cooled = OUTDOORS_C + (INDOORS_C - OUTDOORS_C) * np.exp(-np.maximum(0.0, t - out_s) / constant_s)
    at_in = float(np.interp(in_s, t, cooled))
    warmed = INDOORS_C + (at_in - INDOORS_C) * np.exp(-np.maximum(0.0, t - in_s) / constant_s)
    return np.where(t < out_s, INDOORS_C, np.where(t < in_s, cooled, warmed))


FRAME_US = 1000.0
"""USB full speed: a transfer waits for its frame, there and back."""

DIRECT_US = 150.0
SCHEDULER_US = 200.0
STALL_SHARE, STALL_US = 0.03, 10_000.0
"""Now and then the computer looks away."""


@dataclass(frozen=True)
class Pings:
    """Round trips of one node: board and host microseconds of the middles, round trip (n,)."""

    board_us: NDArray[np.int64]
    host_us: NDArray[np.int64]
    rtt_us: F64

    def __add__(self, other: Pings) -> Pings:
        """Join two series."""
        return Pings(
            np.concatenate((self.board_us, other.board_us)),
            np.concatenate((self.host_us, other.host_us)),
            np.concatenate((self.rtt_us, other.rtt_us)),
        )


def ping(board: Board, sent_us: F64, rng: np.random.Generator) -> Pings:
    """Send pings at these true times over a USB-like link; the host's clock is the truth."""
    n = sent_us.size
    there = DIRECT_US + rng.uniform(0, FRAME_US, n)
    back = DIRECT_US + rng.uniform(0, FRAME_US, n) + rng.exponential(SCHEDULER_US, n)
    back += np.where(rng.uniform(size=n) < STALL_SHARE, rng.exponential(STALL_US, n), 0.0)
    middle = np.rint(sent_us + (there + back) / 2).astype(np.int64)
    return Pings(np.rint(board.board_at(sent_us + there)).astype(np.int64), middle, there + back)
