"""The ledger's arithmetic of page indices."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from runslate.ledger import NOT_FETCHED, NOT_THERE, REASONS, Ledger, Missing, absent, ranges, why_missing
from runslate_protocol.constants import Reason

INDICES = st.sets(st.integers(0, 60))


@given(INDICES)
def test_ranges_hold_exactly_the_indices(indices: set[int]) -> None:
    folded = ranges(indices)
    assert {i for first, last in folded for i in range(first, last + 1)} == indices
    assert all(b[0] > a[1] + 1 for a, b in pairwise(folded))


@given(INDICES, st.integers(0, 70))
def test_what_is_absent_and_what_is_there_make_up_the_reel(indices: set[int], pages: int) -> None:
    holes = {i for first, last in absent(ranges(indices), pages) for i in range(first, last + 1)}
    assert holes == set(range(pages)) - indices


def test_the_reason_tells_flash_from_link() -> None:
    assert why_missing(3, 4, {3, 4}) == NOT_THERE
    assert why_missing(3, 4, set()) == NOT_FETCHED
    assert NOT_THERE in why_missing(3, 4, {3})
    assert NOT_FETCHED in why_missing(3, 4, {3})


def test_every_reason_of_the_wire_has_its_own_words() -> None:
    assert (REASONS[Reason.STOPPED], REASONS[Reason.FULL]) == ("stopped", "flash full")
    assert set(REASONS) == {int(reason) for reason in Reason}
    assert len(set(REASONS.values())) == len(Reason)


def test_a_reel_is_settled_only_when_nothing_more_can_come() -> None:
    ledger = Ledger("u", 7, finished=True, pages=9, missing=[Missing(3, 3, NOT_THERE)])
    assert ledger.settled
    assert not ledger.whole
    ledger.missing.append(Missing(5, 5, NOT_FETCHED))
    assert not ledger.settled
    assert not Ledger("u", 7, finished=False, pages=9).settled


def test_a_ledger_survives_its_file_and_later_versions_keys() -> None:
    ledger = Ledger("u", 7, pages=9, have=[(0, 2)], missing=[Missing(3, 8, NOT_THERE)])
    assert Ledger.from_json(ledger.to_json() | {"invented_later": 1}) == ledger
