"""Which found stride is which true one.

A found stride is matched by the contact that ends it. Where the truth is cameras', that contact has to lie half a usual
stride from the mid-stance that ends the true stride, after the usual lag between the two; or anywhere inside the true
stride, for in a long stance mid-stance may be anywhere. Where the truth is contacts, half a usual stride from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.evaluate.found import LONGEST_STRIDE_S, Bools, Floats, Found
from runslate.evaluate.match import Ints, Tally, in_order, usual_lag_s
from runslate.evaluate.truth import Known
from runslate.sim.motion import LONGEST_RUNNING_STRIDE_S


@dataclass(frozen=True)
class Matched:
    """True and found strides side by side.

    Attributes:
        end_s: contacts that end the true strides (n,), as far as known.
        i, k: indices of matched true and found strides.
        hit: per true stride, whether it was found; inside: per found one, whether the truth covers it.
        usual_s: the usual stride's length; span_s: what the truth covers.
    """

    end_s: Floats
    i: Ints
    k: Ints
    hit: Bools
    inside: Bools
    usual_s: float
    span_s: tuple[float, float]

    @property
    def tally(self) -> Tally:
        """Return hits, misses and extras."""
        return Tally(self.i.size, self.hit.size - self.i.size, int(self.inside.sum()) - self.i.size)

    def found_where(self, chosen: Bools) -> Bools:
        """Return per found stride whether it matches one of the chosen true ones (n,)."""
        out = np.zeros(self.inside.size, dtype=np.bool_)
        out[self.k[chosen[self.i]]] = True
        return out


def match_strides(found: Found, known: Known, only: Bools | None = None, true: Bools | None = None) -> Matched:
    """Match strides, of cameras if they are known, else between contacts.

    Args:
        found: what was found.
        known: what is true.
        only: which of the found strides take part (k,); None: all.
        true: which of the true ones do (n,); None: all.
    """
    chosen = np.ones(found.begin_s.size, dtype=np.bool_) if only is None else only
    if known.start_s.size:
        return _cameras(found, known, chosen, true)
    return _contacts(found, known, chosen, true)


def _cameras(found: Found, known: Known, only: Bools, true: Bools | None) -> Matched:
    usual = float(np.median(known.end_s - known.start_s))
    lag = usual_lag_s(known.end_s, found.end_s)
    end = found.end_s - lag
    inside = only & _covered(end, known.start_s, known.end_s, usual)
    mine = np.ones(known.end_s.size, dtype=np.bool_) if true is None else true
    within = (found.end_s > known.start_s[mine, None]) & (found.end_s <= known.end_s[mine, None])
    i, j = in_order(known.end_s[mine], end[inside], usual / 2, within[:, inside])
    span = (float(known.start_s[0]), float(known.end_s[-1]))
    return _matched(known.end_s[mine] + lag, i, np.flatnonzero(inside)[j], inside, usual, span)


def _covered(at: Floats, start: Floats, end: Floats, usual: float) -> Bools:
    """Tell which ends of strides fall where the cameras saw strides."""
    half = usual / 2
    first = np.minimum(np.searchsorted(end, at - half), end.size - 1)
    return np.asarray((at > start[first] + half) & (at < end[first] + half))


def _contacts(found: Found, known: Known, only: Bools, true: Bools | None) -> Matched:
    if not known.ic_s.size:
        nothing = np.zeros(0, dtype=np.int64)
        return _matched(known.ic_s, nothing, nothing, np.zeros_like(only), 1.0, (0.0, 0.0))
    whole = joined(known)
    gaps = np.diff(known.ic_s)[whole]
    usual = float(np.median(gaps)) if gaps.size else 1.0
    span = (-np.inf, np.inf) if known.whole else (known.ic_s[0] - usual / 2, known.ic_s[-1] + usual / 2)
    ends = known.ic_s[1:][whole]
    ends = ends if true is None else ends[true]
    inside = only & (found.end_s > span[0] + usual) & (found.end_s < span[1])
    i, j = in_order(ends, found.end_s[inside], usual / 2)
    return _matched(ends, i, np.flatnonzero(inside)[j], inside, usual, span)


def joined(known: Known) -> NDArray[np.bool_]:
    """Return per pair of contacts that follow each other whether a stride lies between (m - 1,)."""
    return np.asarray(np.diff(known.ic_s) < LONGEST_STRIDE_S)


def running_strides(known: Known) -> Bools:
    """Return per stride between contacts whether it is a running one, where that is known per contact."""
    both = known.running[:-1] & known.running[1:] & (np.diff(known.ic_s) < LONGEST_RUNNING_STRIDE_S)
    return np.asarray(both[joined(known)])


def _matched(ends: Floats, i: Ints, k: Ints, inside: Bools, usual: float, span: tuple[float, float]) -> Matched:
    hit = np.zeros(ends.size, dtype=np.bool_)
    hit[i] = True
    return Matched(ends, i, k, hit, inside, usual, span)
