"""Coupling of two runners: does one answer the other's unevenness, and who answers whom.

Contacts are paired one to one; the lag between them is the asynchrony (as in tapping research, Repp
& Su 2013). Two numbers tell coordination:

- steadiness: how little the asynchrony strays. Who takes over every hurried step keeps it small;
- response: how much better each one's next stride is told by the asynchrony and by the other's stride
  (a likelihood ratio of an error correction model, Engle & Granger 1987).

Their chance level comes from surrogates (`surrogates`) of both runners, of either kind; the larger p
counts. Both numbers are looked at, so p is that of the better one among surrogates' better ones
(Westfall & Young 1993).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runslate.analysis.surrogates import instant_surrogates, interval_surrogates

FloatArray = NDArray[np.float64]

SURROGATES = 999
"""Per kind and finding; the smallest p is then 0.001."""

_SURE = 2.9
"""Standard errors that 99 of 100 stay within, at some twenty strides (Student's t): naming the wrong one is worse
than naming nobody."""

_ROOM = 400_000
"""Numbers per array of a batch of surrogates: a take of an hour needs no more memory than one of a minute."""

_TINY = 1e-9
"""Of a sum of squares in ms^2: keeps two perfect metronomes from dividing by zero."""


@dataclass(frozen=True)
class Response:
    """Share of the asynchrony that each one takes back within the next stride, and who follows."""

    lead: float
    other: float
    error: float
    """99 % half-width of the difference of the two, few strides considered."""

    @property
    def follows(self) -> str:
        """Who corrects more: `other`, `lead`, `both` alike, or `` where neither is seen to."""
        if self.other - self.lead > self.error:
            return "other"
        if self.lead - self.other > self.error:
            return "lead"
        return "both" if min(self.lead, self.other) > self.error else ""


def pair_contacts(lead_ms: FloatArray, other_ms: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Pair contacts one to one, each with the nearest in the median; what has no partner is left out."""
    place = np.interp(other_ms, lead_ms, np.arange(lead_ms.size), left=np.nan, right=np.nan)
    ahead = (place - np.arange(other_ms.size))[np.isfinite(place)]
    if ahead.size == 0:
        return lead_ms[:0], other_ms[:0]
    offset = round(float(np.median(ahead)))
    first, behind = max(0, -offset), min(other_ms.size, lead_ms.size - offset)
    return lead_ms[first + offset : behind + offset], other_ms[first:behind]


def surrogate_pairs(
    lead_ms: FloatArray, other_ms: FloatArray, random: np.random.Generator, count: int = SURROGATES
) -> Iterator[tuple[int, FloatArray, FloatArray]]:
    """Go through surrogates of paired contacts in batches: (kind 0 or 1, lead (rows, n), other (rows, n))."""
    rows = max(1, min(count, _ROOM // max(1, lead_ms.size)))
    for kind, make in enumerate((interval_surrogates, instant_surrogates)):
        for done in range(0, count, rows):
            batch = min(rows, count - done)
            yield kind, make(lead_ms, batch, random), make(other_ms, batch, random)


def coordination(lead_ms: FloatArray, other_ms: FloatArray) -> FloatArray:
    """Return steadiness and response of paired contacts (rows, n): shape (2, rows), larger is more coordinated."""
    async_ms = _detrended(other_ms - lead_ms)
    lead, other = (_detrended(np.diff(t, axis=1)) for t in (lead_ms, other_ms))
    before = async_ms[:, :-1]
    alone = [np.square(x).sum(axis=1) + _TINY for x in (lead, other)]
    told = [_unexplained(lead, [before]) + _TINY, _unexplained(other, [before, lead]) + _TINY]
    ratio = lead.shape[1] * sum(np.log(a / t) for a, t in zip(alone, told, strict=True))
    return np.stack([-np.square(async_ms).mean(axis=1), ratio])


def unevenness_ms(steps_ms: FloatArray) -> float:
    """Return the standard deviation of step times around their straight trend."""
    return float(_detrended(np.diff(steps_ms)[np.newaxis]).std())


def better_p(found: FloatArray, surrogates: FloatArray) -> float:
    """Return the p of the better of several numbers.

    Args:
        found: (numbers,) of the real pair; larger is more coordinated.
        surrogates: (numbers, count).
    """
    both = np.concatenate([found[:, np.newaxis], surrogates], axis=1)
    order = np.sort(both, axis=1)
    at_least = [o.size - np.searchsorted(o, b, side="left") for o, b in zip(order, both, strict=True)]
    best = np.min(np.stack(at_least), axis=0)
    return float((best <= best[0]).mean())


def response(lead_ms: FloatArray, other_ms: FloatArray) -> Response:
    """Regress each one's next stride on the asynchrony of paired contacts, shape (n,).

    Noise of the contact times raises both shares alike; only their difference tells who follows.
    """
    async_ms = _detrended((other_ms - lead_ms)[np.newaxis])[0]
    before = async_ms[:-1] - async_ms[:-1].mean()
    lead, other = (_detrended(np.diff(t)[np.newaxis])[0] for t in (lead_ms, other_ms))
    power = float(before @ before) + _TINY
    shares = float(before @ lead) / power, -float(before @ other) / power
    rest = (lead - shares[0] * before) + (other + shares[1] * before)  # of the difference: signs are opposite
    spread = float(rest @ rest) / max(1, before.size - 3)
    return Response(*shares, _SURE * float(np.sqrt(spread / power)))


def _detrended(rows: FloatArray) -> FloatArray:
    at = np.arange(rows.shape[1]) - (rows.shape[1] - 1) / 2
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred - np.outer(centred @ at / (at @ at), at))


def _unexplained(target: FloatArray, causes: list[FloatArray]) -> FloatArray:
    """Sum of squares that least squares on the causes leaves, per row."""
    design = np.stack(causes, axis=2)
    normal = np.einsum("rip,riq->rpq", design, design)
    normal += (_TINY + 1e-9 * np.trace(normal, axis1=1, axis2=2))[:, None, None] * np.eye(design.shape[2])
    weight = np.linalg.solve(normal, np.einsum("rip,ri->rp", design, target)[..., None])
    return np.asarray(np.square(target - (design @ weight)[..., 0]).sum(axis=1))
