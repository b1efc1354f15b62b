"""The bar: bests of a take, records of a library, and what a new take topped."""

from __future__ import annotations

import numpy as np
import pytest
from analysis.synthetic import contacts, join, span, strides, three_runners
from runslate.analysis.bouts import find_bouts
from runslate.analysis.tables import StrideTable
from runslate.analysis.take import analyse
from runslate.bar.bests import DISCIPLINES, bests
from runslate.bar.mark import Mark
from runslate.bar.records import best_first, ranks, topped_lines

CADENCE, EVENNESS = (next(d for d in DISCIPLINES if d.name == name) for name in ("highest_cadence", "most_even"))


def best_of(table: StrideTable, lengths: np.ndarray | None = None) -> dict[str, float | None]:
    return bests(table, find_bouts(table, span((0, 200))), lengths)


def mark(value: float, runner: str, take: int, discipline: str = "highest_cadence") -> Mark:
    return Mark(discipline, runner, f"T{take}", f"2026-03-{take:02}", value)


def test_bests_are_what_was_run() -> None:
    slow, fast = contacts(2, 20, 0.75, cv=0.02, seed=1), contacts(30, 60, 0.68, cv=0.004, seed=2)
    table = join(strides(slow), strides(fast))
    found = best_of(table)
    assert found["longest_sprint"] == pytest.approx(fast[-1] - fast[0] + 0.25, abs=0.1)
    assert found["highest_cadence"] == pytest.approx(120 / 0.68, rel=0.01)
    assert found["most_even"] == pytest.approx(0.4, abs=0.25)
    assert found["fastest_stride"] is None


def test_one_wild_stride_is_no_fastest_stride() -> None:
    table = strides(contacts(2, 30, 0.7))
    lengths = np.full(len(table), 2.8)
    lengths[10:13] = 3.15
    lengths[20] = 9.0
    lengths[25] = np.nan
    assert best_of(table, lengths)["fastest_stride"] == pytest.approx(3.15 / 0.7, rel=1e-3)


def test_a_missed_stride_is_no_slow_one_and_no_even_one() -> None:
    ic = contacts(2, 30, 0.7)
    whole, holed = best_of(strides(ic)), best_of(join(strides(ic[:15]), strides(ic[16:])))
    assert holed["highest_cadence"] == pytest.approx(whole["highest_cadence"], rel=0.01)


def test_too_little_running_sets_no_mark() -> None:
    few = best_of(strides(contacts(2, 8, 0.7)))
    assert few["highest_cadence"] is None
    assert few["most_even"] is None
    assert best_of(strides(np.empty(0))) == dict.fromkeys((d.name for d in DISCIPLINES), None)


def test_a_new_take_is_ranked_and_what_it_topped_is_said() -> None:
    marks = [mark(170, "Ann", 1), mark(176, "Ben", 1), mark(172, "Ann", 2), mark(178, "Ann", 3)]
    found = {(r.mark.runner, r.scope): r for r in ranks("T3", marks)}
    assert (found["Ann", "production"].place, found["Ann", "production"].of) == (1, 4)
    assert (found["Ann", "personal"].place, found["Ann", "personal"].of) == (1, 3)
    (line,) = topped_lines(list(found.values()))
    assert line == ("Highest cadence: Ann set the production's best, 178.0 steps/min; it tops 176.0 of Ben in T1.")


def test_a_personal_best_is_said_where_the_production_has_a_better_one() -> None:
    marks = [mark(190, "Ben", 1), mark(170, "Ann", 1), mark(174, "Ann", 2)]
    (line,) = topped_lines(ranks("T2", marks))
    assert "Ann set a personal best, 174.0 steps/min; it tops 170.0 of T1." in line


@pytest.mark.parametrize("value", [172.0, 172.4])
def test_less_than_can_be_measured_tops_nothing(value: float) -> None:
    assert topped_lines(ranks("T2", [mark(172, "Ann", 1), mark(value, "Ann", 2)])) == []


def test_smaller_is_better_for_evenness_and_the_first_take_tops_nobody() -> None:
    marks = [mark(1.2, "Ann", 1, "most_even"), mark(0.9, "Ann", 2, "most_even")]
    assert topped_lines(ranks("T1", marks)) == []
    assert "it tops 1.20" in topped_lines(ranks("T2", marks))[0]
    assert [m.take for m in best_first(EVENNESS, marks)] == ["T2", "T1"]


@pytest.mark.parametrize(
    ("values", "holder"),
    [((172.0, 172.3), "T1"), ((172.3, 172.0), "T1"), ((170.0, 170.4, 170.8), "T3"), ((170.0, 170.4), "T1")],
)
def test_the_bar_and_the_report_name_the_same_holder_and_a_tie_takes_nothing(
    values: tuple[float, ...], holder: str
) -> None:
    marks = [mark(value, "Ann", take) for take, value in enumerate(values, 1)]
    assert best_first(CADENCE, marks)[0].take == holder
    took = {m.take: [r for r in ranks(m.take, marks) if r.topped] for m in marks}
    assert [take for take, found in took.items() if found] == ([holder] if holder != "T1" else [])
    assert all(rank.place == 1 for found in took.values() for rank in found)


def test_later_takes_do_not_count_against_an_earlier_one() -> None:
    marks = [mark(170, "Ann", 1), mark(172, "Ann", 2), mark(180, "Ann", 3)]
    assert [r.place for r in ranks("T2", marks) if r.scope == "personal"] == [1]


def test_a_provisional_take_is_not_ranked() -> None:
    data = three_runners()
    assert analyse(data).bar
    assert analyse(type(data)(**{**vars(data), "provisional": True})).bar == []
