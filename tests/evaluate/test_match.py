"""Instants are matched one to one and in order, as many as possible, then as near as possible."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from runslate.evaluate.match import Tally, in_order, usual_lag_s

INSTANTS = st.lists(st.integers(0, 40), max_size=6, unique=True).map(lambda v: np.array(sorted(v), dtype=np.float64))


def pairs(true: list[float], found: list[float], within: float) -> list[tuple[int, int]]:
    i, j = in_order(np.array(true), np.array(found), within)
    return list(zip(i.tolist(), j.tolist(), strict=True))


def test_the_nearest_is_not_taken_from_another() -> None:
    # 10.4 is nearest to 10.0, but then 10.6 would have none: both match, in order.
    assert pairs([10.0, 10.6], [10.4, 11.0], 0.45) == [(0, 0), (1, 1)]


def test_what_is_too_far_stays_alone() -> None:
    assert pairs([1.0, 2.0, 3.0], [1.1, 3.1], 0.4) == [(0, 0), (2, 1)]


def test_of_two_that_fit_the_nearer_is_taken() -> None:
    assert pairs([5.0], [4.8, 5.1], 0.4) == [(0, 1)]


def test_a_pair_that_is_allowed_beside_matches_however_far() -> None:
    also = np.array([[True, False]])
    i, j = in_order(np.array([5.0]), np.array([3.0, 9.0]), 0.4, also)
    assert (i.tolist(), j.tolist()) == ([0], [0])


@settings(deadline=None, max_examples=150)
@given(INSTANTS, INSTANTS)
def test_no_matching_has_more_pairs_or_is_nearer(true: np.ndarray, found: np.ndarray) -> None:
    within = 5.0
    i, j = in_order(true, found, within)
    gaps = np.abs(true[i] - found[j])
    assert (gaps <= within).all()
    assert (np.diff(i) > 0).all()
    assert (np.diff(j) > 0).all()
    best = max(
        (count, -gap)
        for count in range(min(true.size, found.size) + 1)
        for a in combinations(range(true.size), count)
        for b in combinations(range(found.size), count)
        for gap in [float(np.abs(true[list(a)] - found[list(b)]).sum())]
        if (np.abs(true[list(a)] - found[list(b)]) <= within).all()
    )
    assert (len(i), -float(gaps.sum())) == best


def test_the_usual_lag_is_that_of_most() -> None:
    true = np.array([1.0, 2.0, 3.0, 4.0])
    assert np.isclose(usual_lag_s(true, np.array([0.9, 1.9, 3.3, 3.9])), -0.1)


def test_a_tally_of_nothing_has_no_score() -> None:
    assert Tally().f1 is None
    assert Tally(extras=2).f1 is None
    assert Tally(8, 1, 1).f1 == 16 / 18
