"""What is left in NOR flash when the power goes while it is programmed or erased.

A program pulse clears bits one by one: cut short, some are cleared and some are not. An erase works on its whole
sector, first clearing it, then setting it: cut short, anything may be read from it afterwards, the old contents or a
blank sector among it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["program", "erase"]
Bits = NDArray[np.uint8]

SHARES = (0.001, 0.05, 0.5, 0.95)
"""Of bits in the wrong state after an erase cut short: a few read wrong, or nearly all."""


def interrupted_program(before: bytes, data: bytes, done: float, rng: np.random.Generator) -> bytes:
    """Give what a page holds when programming it stopped after a share `done` of its time.

    Args:
        before: the page's contents, n bytes.
        data: what was to be programmed, n bytes.
        done: 0 to 1.
        rng: decides about each bit.
    """
    old, new = _bits(before), _bits(data)
    kept = rng.random(old.size) >= done
    return _bytes(np.where(kept, old, old & new))


def interrupted_erase(before: bytes, rng: np.random.Generator) -> bytes:
    """Give what a sector holds when erasing it stopped: one of the ways that all parts are known to show.

    Args:
        before: the sector's contents.
        rng: chooses the way, and decides about each bit.
    """
    old = _bits(before)
    share = float(rng.choice(SHARES))
    ways: tuple[Callable[[], Bits], ...] = (
        lambda: old,
        lambda: np.ones_like(old),
        lambda: np.where(rng.random(old.size) < share, 0, old),  # clearing had begun
        lambda: np.where(rng.random(old.size) < share, 1, old),  # setting had begun
        lambda: np.where(rng.random(old.size) < share, 0, 1),  # nearly blank
    )
    return _bytes(ways[int(rng.integers(len(ways)))]())


@dataclass
class PowerLoss:
    """A loss of power that waits for its moment in the life of a flash.

    Attributes:
        seed: decides what is left.
        kind: the operation that it falls into, or None for either.
        operation: how many operations of that kind there will be, the interrupted one included.
        done: share of the operation's time that has passed.
        at_ns: instead of an operation: the emulated instant, inside of an operation or not.
        during: afterwards: what was interrupted, "" while nothing was.
    """

    seed: int
    kind: Kind | None = None
    operation: int = 0
    done: float = 0.5
    at_ns: float | None = None
    during: str = ""
    _rng: np.random.Generator = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)

    def strikes(self, kind: Kind, now_ns: float = 0.0, lasts_ns: float = 0.0) -> bool:
        """Tell whether it falls into an operation that begins now; every operation is counted."""
        if self.during:
            return False
        if self.at_ns is not None:
            hit = now_ns <= self.at_ns < now_ns + lasts_ns
            self.done = (self.at_ns - now_ns) / lasts_ns if hit else self.done
        else:
            self.operation -= self.kind in (None, kind)
            hit = self.kind in (None, kind) and self.operation == 0
        self.during = kind if hit else ""
        return hit

    def left_of_program(self, before: bytes, data: bytes) -> bytes:
        """Give what a page holds after the loss (see `interrupted_program`)."""
        return interrupted_program(before, data, self.done, self._rng)

    def left_of_erase(self, before: bytes) -> bytes:
        """Give what a sector holds after the loss (see `interrupted_erase`)."""
        return interrupted_erase(before, self._rng)


class PowerLostError(Exception):
    """The emulated board is without power: nothing that it does has an effect any more."""


def _bits(data: bytes) -> Bits:
    return np.unpackbits(np.frombuffer(data, dtype=np.uint8))


def _bytes(bits: Bits) -> bytes:
    return np.packbits(bits).tobytes()
