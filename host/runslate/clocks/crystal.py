"""An AT-cut crystal's rate over temperature: what is known of all, and what was learnt of one.

rate(T) = rate + linear x + parabola x^2 + CUBIC_PPM x^3 with x = T - REFERENCE_C, in ppm. The cubic term is the
quartz's own (R. Bechmann, Proc. IRE 44, 1956: about 1.1e-4 ppm/K^3 for AT cuts), the linear one depends on the angle
of the cut: 0.085 ppm/K for each minute of arc. The parabola is what the cubic leaves at a reference beside its
inflection, and takes up what the board's thermometer reads wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

F64 = NDArray[np.float64]

REFERENCE_C = 22.0
CUBIC_PPM = 1.09e-4
INFLECTION_C = 26.0

PARAMETERS = ("rate", "linear", "parabola")
"""ppm at the reference, ppm/K, ppm/K^2."""

_AHEAD = REFERENCE_C - INFLECTION_C
AT_CUT_MEAN = np.array([0.0, -0.2 + 3 * CUBIC_PPM * _AHEAD**2, 3 * CUBIC_PPM * _AHEAD])
"""Cuts for wide ranges lie 2 to 3 minutes from the one without slope."""

AT_CUT_SIGMA = np.array([40.0, 0.14, 0.002])
"""A 30-ppm part with ageing; +-2 minutes of cut; a thermometer that is some 6 K off."""

AGEING_SIGMA = np.array([0.3, 0.01, 0.0003])
"""How far a crystal may move between two shoots: ageing, a knock, another charge of the battery."""


@dataclass(frozen=True)
class Crystal:
    """What is known of a board's crystal: mean (3,) and covariance (3, 3) of `PARAMETERS`."""

    mean: F64
    covariance: F64

    @classmethod
    def unknown(cls) -> Crystal:
        """Any AT-cut crystal."""
        return cls(AT_CUT_MEAN.copy(), np.diag(AT_CUT_SIGMA**2))

    def learnt(self, experience: list[Experience]) -> Crystal:
        """Add what earlier reels of the same board have shown."""
        information = np.linalg.inv(self.covariance)
        vector = information @ self.mean
        for each in experience:
            information = information + each.information
            vector = vector + each.vector
        covariance = np.linalg.inv(information)
        aged = covariance + (np.diag(AGEING_SIGMA**2) if experience else 0.0)
        return Crystal(covariance @ vector, aged)


@dataclass(frozen=True)
class Experience:
    """What one reel shows of the crystal, without any prior: information matrix (3, 3) and vector (3,)."""

    information: F64
    vector: F64

    def to_json(self) -> dict[str, object]:
        """Give it JSON-ready."""
        return {"information": self.information.tolist(), "vector": self.vector.tolist()}

    @classmethod
    def from_json(cls, document: dict[str, list[object]]) -> Experience:
        """Read it back."""
        return cls(np.array(document["information"], np.float64), np.array(document["vector"], np.float64))


@dataclass(frozen=True)
class Temperatures:
    """A board's temperature over its own time, and the integrals that a clock needs.

    `board_us` (n,) ascending, `celsius` (n,); before the first and after the last reading it stays as it was.
    """

    board_us: F64
    celsius: F64

    @classmethod
    def of(cls, board_us: ArrayLike, celsius: ArrayLike) -> Temperatures:
        """Sort readings by time; repeated times count once."""
        times, first = np.unique(np.asarray(board_us, np.float64), return_index=True)
        return cls(times, np.asarray(celsius, np.float64)[first])

    def integral(self, board_us: ArrayLike, power: int) -> F64:
        """Integrate (T - REFERENCE_C)^power from the first reading to these times.

        Returns:
            K^power times seconds, same shape as `board_us`.
        """
        at = np.asarray(board_us, np.float64)
        x = (self.celsius - REFERENCE_C) ** power
        t = self.board_us * 1e-6
        sums = np.concatenate(([0.0], np.cumsum((x[1:] + x[:-1]) / 2 * np.diff(t))))
        inside = np.interp(at * 1e-6, t, sums)
        before = np.minimum(0.0, at * 1e-6 - t[0]) * x[0]
        after = np.maximum(0.0, at * 1e-6 - t[-1]) * x[-1]
        return np.asarray(inside + before + after, np.float64)
