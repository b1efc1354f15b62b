"""Matching of instants one to one, in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.evaluate.found import Floats

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """Hits, misses and extras, to be added up."""

    hits: int = 0
    misses: int = 0
    extras: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.hits + other.hits, self.misses + other.misses, self.extras + other.extras)

    @property
    def precision(self) -> float | None:
        """Return the share of the found ones that are true; None where nothing was found."""
        found = self.hits + self.extras
        return self.hits / found if found else None

    @property
    def recall(self) -> float | None:
        """Return the share of the true ones that were found; None where there are none."""
        true = self.hits + self.misses
        return self.hits / true if true else None

    @property
    def f1(self) -> float | None:
        """Return the harmonic mean of precision and recall; None where there was nothing to find."""
        if not self.hits + self.misses:
            return None
        return 2 * self.hits / (2 * self.hits + self.misses + self.extras)


def in_order(
    true_s: Floats, found_s: Floats, within_s: float, also: NDArray[np.bool_] | None = None
) -> tuple[Ints, Ints]:
    """Return indices (k,), (k,) of matched instants: as many as possible, then as near as possible.

    Matches keep the order of both lists, which a search for the nearest does not.

    Args:
        true_s, found_s: ascending instants (n,), (m,).
        within_s: no match is further apart ...
        also: ... but for the pairs that this allows (n, m).
    """
    n, m = true_s.size, found_s.size
    best = np.zeros((n + 1, m + 1))  # worth of the best matching of the first i with the first j
    for i in range(n):
        gap = np.abs(found_s - true_s[i])
        allowed = gap <= within_s if also is None else (gap <= within_s) | also[i]
        # One match more is worth more than any nearness of all the others.
        share = np.minimum(gap / within_s, 2.0) / (4.0 * (n + 1))
        worth = np.where(allowed, 1.0 - share, -np.inf)
        best[i + 1, 1:] = np.maximum(best[i, 1:], best[i, :-1] + worth)
        np.maximum.accumulate(best[i + 1], out=best[i + 1])
    return _walk_back(best)


def _walk_back(best: Floats) -> tuple[Ints, Ints]:
    i, j = best.shape[0] - 1, best.shape[1] - 1
    pairs: list[tuple[int, int]] = []
    while i and j:
        if best[i, j] == best[i - 1, j]:
            i -= 1
        elif best[i, j] == best[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    table = np.array(pairs[::-1], dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def usual_lag_s(true_s: Floats, found_s: Floats) -> float:
    """Return the median lag in seconds of the nearest found instant behind each true one (0 without any)."""
    if not true_s.size or not found_s.size:
        return 0.0
    gaps = found_s[None, :] - true_s[:, None]
    nearest = gaps[np.arange(true_s.size), np.argmin(np.abs(gaps), axis=1)]
    return float(np.median(nearest))
