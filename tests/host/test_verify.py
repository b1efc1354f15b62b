"""Verification: a good reel passes, with its gaps stated, and every disagreement is said in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from runslate.drain import write_ledger
from runslate.library import Library
from runslate.reelstore import ReelStore
from runslate.verify import verify_reel
from runslate_protocol.messages import ReelEntry

from host import pagemaker

GOOD = pagemaker.small_reel(pages=4, per_page=9)
ENTRY = ReelEntry(reel_id=7, boot_id=5, pages=len(GOOD), closed=1, reason=1, utc_ms=1, torn=0)
EVENTS = pagemaker.events_page(5, 0, [pagemaker.event(3, 1000, 7)])
# A byte more than its blocks take.
LYING = pagemaker.page(1, 1, pagemaker.pack([(0,) * 6] * 9) + b"\0", count=9)


@pytest.fixture
def store(tmp_path: Path) -> ReelStore:
    return Library(tmp_path / "lib").reel("e600000000000001", 7)


def drained(store: ReelStore, pages: Sequence[bytes]) -> ReelStore:
    store.append(list(pages))
    write_ledger(store, {}, ENTRY, boot_id=5, refused={3})
    return store


def test_a_whole_reel_is_verified(store: ReelStore) -> None:
    found = verify_reel(drained(store, GOOD))
    assert (found["verified"], found["problems"], found["notes"]) == (True, [], [])
    assert (found["pages"], found["closed"], found["reason"]) == (6, True, "stopped")


def test_a_gap_that_the_ledger_states_is_no_disagreement(store: ReelStore) -> None:
    found = verify_reel(drained(store, GOOD[:3] + GOOD[4:]))
    assert found["verified"]
    assert found["notes"] == ["Page 3 is missing: not whole in the node's flash."]


@pytest.mark.parametrize(
    ("pages", "sentence"),
    [
        ([*GOOD[:5], pagemaker.end_page(5, 35)], "The pages hold 36 samples, the end page says 35."),
        ([*GOOD[:5], EVENTS, pagemaker.end_page(6, 36, events=2)], "The pages hold 1 events, the end page says 2."),
        ([GOOD[0], LYING, *GOOD[2:]], "Pages whose blocks do not add up: 1."),
    ],
)
def test_pages_that_disagree_with_their_end_are_told(store: ReelStore, pages: list[bytes], sentence: str) -> None:
    found = verify_reel(drained(store, pages))
    assert not found["verified"]
    assert sentence in found["problems"]


def test_a_reel_that_was_not_drained_to_its_end_is_told(store: ReelStore) -> None:
    store.append(GOOD[:3])
    (problem, _) = verify_reel(store)["problems"]
    assert "never drained to its end" in problem


def test_a_page_that_was_exchanged_for_another_good_one_is_told(store: ReelStore) -> None:
    log = drained(store, GOOD).log
    other = pagemaker.page(1, 2, pagemaker.pack([(1, 0, 1025, 1, 2, 3)] * 9), count=9, tick=9 * 96)
    log.write_bytes(b"".join([*GOOD[:2], other, *GOOD[3:]]))
    (problem,) = verify_reel(store)["problems"]
    assert "SHA-256 is not the ledger's" in problem


def test_pages_that_vanished_after_the_drain_are_told(store: ReelStore) -> None:
    log = drained(store, GOOD).log
    log.write_bytes(b"".join(GOOD[:4]))
    assert "The page log holds other pages than the ledger says." in verify_reel(store)["problems"]
