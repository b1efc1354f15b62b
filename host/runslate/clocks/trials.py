"""Takes of two nodes on the fixed profiles: what the clocks say, what they state, and what is true."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.clocks.compensated import CompensatedFit, fit_compensated
from runslate.clocks.crystal import Crystal, Experience
from runslate.clocks.profiles import Board, Crystals, Pings, ping

F64 = NDArray[np.float64]

PING_EVERY_S = 0.5
TETHERED_S = 600.0
UNTETHERED_S = 3600.0
DOCKED_S = 60.0
"""Indoors before and after a take; the clocks are compared at the inner ends."""

ARM_PINGS, ARM_SPAN_S = 48, 2.0
DRAIN_PINGS, DRAIN_SPAN_S = 12, 0.05

EARLIER_TAKES = 3
"""Takes that a board has been through in this library before the one that counts."""


@dataclass(frozen=True)
class Outcome:
    """One take of two nodes.

    `error_us` (n,): by how much the difference of the nodes' times is wrong at each second of the take; `stated_us`:
    the p95 that the take states; `constant_us`: the share of it that no round trip can see.
    """

    error_us: F64
    stated_us: float
    constant_us: float

    @property
    def worst_us(self) -> float:
        """The largest error at any moment."""
        return float(np.abs(self.error_us).max())

    @property
    def holds(self) -> bool:
        """The truth was inside the statement during the whole take."""
        return self.worst_us <= self.stated_us


@dataclass(frozen=True)
class Take:
    """One node in one take: its true clock, its pings, and the true times of the take's seconds."""

    board: Board
    pings: Pings
    seconds_us: F64

    def fit(self, crystal: Crystal | None = None) -> CompensatedFit:
        """Fit its clock as a take's is."""
        readings = self.board.temperatures(self.seconds_us[0], self.seconds_us[-1])
        return fit_compensated(self.pings.board_us, self.pings.host_us, self.pings.rtt_us, readings, crystal)


def tethered_take(part: Crystals, rng: np.random.Generator, seconds: float = TETHERED_S) -> Take:
    """A node on its cable, indoors, pinged twice a second."""
    board = part.run(rng, seconds + 1, 0.0, 0.0)
    return Take(board, ping(board, np.arange(0.0, seconds, PING_EVERY_S) * 1e6, rng), np.arange(0.0, seconds) * 1e6)


def untethered_take(part: Crystals, rng: np.random.Generator) -> Take:
    """A node that is armed, runs free for an hour in the cold, and docks."""
    board = part.run(rng, DOCKED_S, UNTETHERED_S, DOCKED_S)
    armed = (DOCKED_S - ARM_SPAN_S + np.linspace(0, ARM_SPAN_S, ARM_PINGS)) * 1e6
    docked = (DOCKED_S + UNTETHERED_S + np.linspace(0, DRAIN_SPAN_S, DRAIN_PINGS)) * 1e6
    pings = ping(board, armed, rng) + ping(board, docked, rng)
    return Take(board, pings, (DOCKED_S + np.arange(0.0, UNTETHERED_S)) * 1e6)


def learnt(part: Crystals, rng: np.random.Generator, takes: int) -> Crystal:
    """What a library knows of a board after so many takes with it, half of them on the cable."""
    experience: list[Experience] = []
    for number in range(takes):
        take = tethered_take(part, rng, 120.0) if number % 2 == 0 else untethered_take(part, rng)
        experience.append(take.fit().experience)
    return Crystal.unknown().learnt(experience)


def outcome(takes: tuple[Take, Take], fits: tuple[CompensatedFit, CompensatedFit]) -> Outcome:
    """Compare the difference of two nodes' times with the truth, second by second."""
    off: list[F64] = []
    stated: list[float] = []
    for take, fit in zip(takes, fits, strict=True):
        board = np.rint(take.board.board_at(take.seconds_us)).astype(np.int64)
        off.append(fit.to_host(board) - take.seconds_us)
        stated.append(float(fit.uncertainty_us(board).max()))
    constant_us = math.hypot(*(fit.constant_us for fit in fits))
    return Outcome(off[0] - off[1], math.hypot(*stated), constant_us)


def tethered(seed: int) -> Outcome:
    """Ten minutes on the cable."""
    rng = np.random.default_rng([seed, 1])
    first, second = (tethered_take(Crystals.draw(rng), rng) for _ in range(2))
    return outcome((first, second), (first.fit(), second.fit()))


def untethered(seed: int, earlier: int = EARLIER_TAKES) -> Outcome:
    """An hour in the cold, of boards that the library has met in so many takes before."""
    rng = np.random.default_rng([seed, 2])
    takes: list[Take] = []
    fits: list[CompensatedFit] = []
    for _ in range(2):
        part = Crystals.draw(rng)
        known = learnt(part, rng, earlier)
        takes.append(untethered_take(part, rng))
        fits.append(takes[-1].fit(known))
    return outcome((takes[0], takes[1]), (fits[0], fits[1]))
