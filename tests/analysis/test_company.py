"""Company: the partition of the lead's running time, and what is never called alone."""

from __future__ import annotations

import pytest
from analysis.synthetic import US, span
from hypothesis import given
from hypothesis import strategies as st
from runslate.analysis import intervals
from runslate.analysis.company import MAX_BLIND_US, Stretch, find_company
from runslate.analysis.intervals import Interval

TAKE: Interval = (0, 40 * US)
WHOLE = [TAKE]
COVERED = {"Lead": WHOLE, "Ann": WHOLE, "Ben": WHOLE}


def told(stretches: list[Stretch]) -> list[tuple[str, tuple[str, ...], float, float]]:
    return [(s.kind, s.runners, s.start_us / US, s.end_us / US) for s in stretches]


def test_alone_then_with_then_group() -> None:
    running = {"Lead": span((2, 38)), "Ann": span((12, 36)), "Ben": span((24, 40))}
    assert told(find_company("Lead", running, COVERED, TAKE)) == [
        ("alone", (), 2, 12),
        ("with", ("Ann",), 12, 24),
        ("group", ("Ann", "Ben"), 24, 36),
        ("with", ("Ben",), 36, 38),
    ]


def test_who_runs_while_the_lead_rests_is_no_company() -> None:
    running = {"Lead": span((2, 10), (30, 38)), "Ann": span((12, 28)), "Ben": []}
    assert told(find_company("Lead", running, COVERED, TAKE)) == [
        ("alone", (), 2, 10),
        ("alone", (), 30, 38),
    ]


def test_an_uncovered_stretch_is_unknown_even_beside_somebody_who_is_seen() -> None:
    running = {"Lead": span((2, 38)), "Ann": span((12, 20)), "Ben": span((24, 38))}
    coverage = {**COVERED, "Ann": span((0, 20))}
    found = find_company("Lead", running, coverage, TAKE)
    assert told(found) == [
        ("alone", (), 2, 12),
        ("with", ("Ann",), 12, 20),
        ("unknown", (), 20, 24),
        ("unknown", ("Ben",), 24, 38),
    ]
    assert {s.unseen for s in found[2:]} == {("Ann",)}


def test_where_the_leads_own_reel_is_silent_nothing_is_known() -> None:
    running = {"Lead": span((2, 20)), "Ann": [], "Ben": []}
    found = find_company("Lead", running, {**COVERED, "Lead": span((0, 20))}, TAKE)
    assert told(found) == [("alone", (), 2, 20), ("unknown", (), 20, 40)]


def test_a_cast_member_without_any_reel_makes_everything_unknown() -> None:
    running: dict[str, list[Interval]] = {"Lead": span((2, 38)), "Ann": []}
    found = find_company("Lead", running, {"Lead": WHOLE}, TAKE)
    assert told(found) == [("unknown", (), 2, 38)]


def test_touching_bouts_are_not_company() -> None:
    running = {"Lead": span((10, 38)), "Ann": span((2, 10.6)), "Ben": []}
    assert told(find_company("Lead", running, COVERED, TAKE)) == [("alone", (), 10, 38)]


def test_a_short_overlap_that_runs_into_a_hole_of_the_reel_is_kept() -> None:
    running = {"Lead": span((2, 38)), "Ann": span((19.5, 20)), "Ben": []}
    found = find_company("Lead", running, {**COVERED, "Ann": span((0, 20))}, TAKE)
    assert found[-1].kind == "unknown"
    assert all(s.end_us <= 20 * US for s in found if s.kind == "alone")


def test_a_sliver_between_two_joiners_is_no_stretch_of_its_own() -> None:
    running = {"Lead": span((2, 38)), "Ann": span((12, 38)), "Ben": span((12.4, 38))}
    assert [s.kind for s in find_company("Lead", running, COVERED, TAKE)] == ["alone", "group"]


@pytest.mark.parametrize(("hole_us", "kinds"), [(MAX_BLIND_US, 1), (MAX_BLIND_US + 1, 3)])
def test_only_a_hole_shorter_than_any_stride_is_bridged(hole_us: int, kinds: int) -> None:
    running = {"Lead": span((2, 38)), "Ann": [], "Ben": []}
    coverage = {**COVERED, "Ann": [(0, 20 * US), (20 * US + hole_us, 40 * US)]}
    assert len(find_company("Lead", running, coverage, TAKE)) == kinds


pairs = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=5)


@given(pairs, pairs, pairs, pairs)
def test_whatever_happens_nothing_is_lost_or_claimed(
    lead: list[Interval], ann: list[Interval], ben: list[Interval], seen: list[Interval]
) -> None:
    def tenths(found: list[Interval]) -> list[Interval]:
        return intervals.merge([(a * US // 10, b * US // 10) for a, b in found])

    running = {"Lead": tenths(lead), "Ann": tenths(ann), "Ben": tenths(ben)}
    coverage = {**COVERED, "Ann": tenths(seen)}
    found = find_company("Lead", running, coverage, TAKE)
    assert [s.interval for s in found] == sorted(s.interval for s in found)
    assert intervals.total_us(s.interval for s in found) == intervals.total_us(running["Lead"])
    if found:
        assert sum(s.share for s in found) == pytest.approx(1)
    holes = [h for h in intervals.subtract([TAKE], coverage["Ann"]) if h[1] - h[0] > MAX_BLIND_US]
    for stretch in found:
        if stretch.kind != "unknown":
            assert not intervals.intersect([stretch.interval], holes)
