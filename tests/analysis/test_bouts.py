"""Bouts: where running begins and ends, and what does not break it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from analysis.synthetic import US, contacts, join, span, strides
from hypothesis import given
from hypothesis import strategies as st
from runslate.analysis import intervals
from runslate.analysis.bouts import MAX_HOLE_US, find_bouts, running_us

TAKE = span((0, 60))


def test_a_bout_goes_from_the_first_contact_to_the_end_of_the_last() -> None:
    ic_s = contacts(5.0, 30.0)
    (bout,) = find_bouts(strides(ic_s), TAKE)
    assert bout.start_us == round(ic_s[0] * US)
    assert bout.end_us == pytest.approx((ic_s[-1] + 0.25) * US, abs=1)
    assert bout.strides == ic_s.size - 1


@given(st.sets(st.integers(1, 30), max_size=6))
def test_a_missed_contact_does_not_break_a_bout(missed: set[int]) -> None:
    ic_s = contacts(5.0, 30.0)
    single = {i for i in missed if not {i - 1, i - 2} & missed}
    kept = np.array([t for i, t in enumerate(ic_s) if i not in single])
    table = strides(kept)
    table = replace(table, running=table.duration_ms < 1100)  # two strides in one do not run
    assert len(find_bouts(table, TAKE)) == 1


def test_a_rest_longer_than_the_longest_hole_makes_two_bouts() -> None:
    rest = MAX_HOLE_US / US + 0.1
    first, second = contacts(5.0, 12.0), contacts(12.0 + rest, 25.0)
    bouts = find_bouts(join(strides(first), strides(second)), TAKE)
    assert len(bouts) == 2
    assert bouts[1].start_us == round(second[0] * US)


def test_one_stride_is_no_running() -> None:
    assert find_bouts(strides(np.array([10.0, 10.7])), TAKE) == []


def test_one_stride_of_each_foot_is_no_running() -> None:
    hop = join(strides(np.array([10.0, 10.7]), "left"), strides(np.array([10.3, 11.0]), "right"))
    assert find_bouts(hop, TAKE) == []


def test_walking_is_no_bout() -> None:
    table = strides(contacts(5.0, 30.0))
    assert find_bouts(replace(table, running=np.zeros(len(table), bool)), TAKE) == []


def test_a_bout_lasts_to_the_edge_of_the_recording() -> None:
    """The last stride before a battery died is never in the table."""
    (bout,) = find_bouts(strides(contacts(0.4, 20.0)), span((0, 20.3)))
    assert (bout.start_us, bout.end_us) == (0, 20_300_000)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8))
def test_interval_arithmetic_agrees_with_sets_of_points(pairs: list[tuple[int, int]]) -> None:
    def points(found: list[tuple[int, int]]) -> set[int]:
        return {i for a, b in found for i in range(a, b)}

    half = len(pairs) // 2
    first, second = intervals.merge(pairs[:half]), intervals.merge(pairs[half:])
    assert points(intervals.intersect(first, second)) == points(first) & points(second)
    assert points(intervals.subtract(first, second)) == points(first) - points(second)
    assert intervals.total_us(first) == len(points(first))


def test_running_time_is_the_sum_of_the_bouts() -> None:
    both = join(strides(contacts(5.0, 12.0, 0.5)), strides(contacts(20.0, 30.0, 0.5)))
    assert running_us(find_bouts(both, TAKE)) == 17.5 * US
