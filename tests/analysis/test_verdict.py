"""The verdict's words: what the answer is about, and how little it may rest on."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from analysis.synthetic import US, contacts, span, strides, three_runners
from hypothesis import given
from hypothesis import strategies as st
from runslate.analysis import intervals
from runslate.analysis.cleared import find_uncleared, uncleared_sentence
from runslate.analysis.company import Stretch, find_company, in_frame
from runslate.analysis.tables import Permit, Shot, TakeData
from runslate.analysis.take import analyse
from runslate.analysis.verdict import judge

TAKE = (0, 40 * US)
CAST = ["Lead", "Ann", "Ben"]


def shot(data: TakeData, *shots: tuple[float, float, str]) -> TakeData:
    return replace(data, shots=[Shot(round(a * US), round(b * US), tuple(who.split())) for a, b, who in shots])


def test_the_same_take_is_judged_among_the_cast_and_in_frame() -> None:
    data = three_runners()
    cast = analyse(data).verdict
    assert (cast.scope, cast.answer) == ("among the cast", "not alone")
    frame = analyse(shot(data, (0, 40, "Mara"))).verdict
    assert (frame.scope, frame.answer) == ("in frame", "alone")
    assert frame.headline == "Mara ran alone in frame."
    assert "Among the cast, seen or not" in frame.sentence
    assert "Ives" in frame.sentence


def test_in_frame_is_cut_where_shots_begin_and_end() -> None:
    data = shot(three_runners(), (5, 15, "Mara"), (15, 20, "Mara Ives"), (30, 33, "Tomas"))
    told = [(s.kind, s.runners, s.start_us / US, s.end_us / US) for s in analyse(data).frame or []]
    assert told == [("alone", (), 5, 15), ("with", ("Ives",), 15, 20)]


PIECES = st.lists(
    st.tuples(st.floats(0, 40), st.floats(0.1, 15)).map(lambda p: (p[0], min(40.0, p[0] + p[1]))), max_size=4
).map(lambda pairs: intervals.merge(span(*pairs)))


@given(st.tuples(PIECES, PIECES, PIECES), st.tuples(PIECES, PIECES, PIECES))
def test_frame_never_says_more_than_the_cast_and_stays_in_the_picture(
    running: tuple[list[tuple[int, int]], ...], shots: tuple[list[tuple[int, int]], ...]
) -> None:
    ran, seen = dict(zip(CAST, running, strict=True)), dict(zip(CAST, shots, strict=True))
    company = find_company("Lead", ran, {name: [TAKE] for name in CAST}, TAKE)
    frame = in_frame("Lead", company, seen, CAST)
    for stretch in frame:
        assert intervals.intersect([stretch.interval], seen["Lead"]) == [stretch.interval]
        for name in stretch.runners:
            assert intervals.intersect([stretch.interval], seen[name]) == [stretch.interval]
            assert [s for s in company if name in s.runners and s.start_us <= stretch.start_us < s.end_us]
    assert intervals.total_us(s.interval for s in frame) == intervals.total_us(
        intervals.intersect([s.interval for s in company], seen["Lead"])
    )


def test_the_sentences_tell_what_is_known_of_whom() -> None:
    company = [
        Stretch("alone", (), (), 0, 10 * US),
        Stretch("unknown", ("Ben",), ("Cid", "Dan"), 10 * US, 20 * US),
        Stretch("group", ("Ben", "Eve"), (), 20 * US, 40 * US),
    ]
    found = [("Ben", True, True), ("Cid", False, True), ("Ben", False, True), ("Dan", False, False)]
    steps = [SimpleNamespace(other=name, in_step=step, enough=enough) for name, step, enough in found]
    told = judge("Ada", company, steps, provisional=False)
    assert told.sentence == (
        "Of the 40.0 s that Ada ran: 10.0 s alone (25 %), 10.0 s unknown (nothing known of Cid and Dan, with Ben "
        "running) (25 %) and 20.0 s in a group with Ben and Eve (50 %)."
    )
    assert told.step_sentence == (
        "Ben was in step with Ada. Cid was not found in step with Ada. "
        "Dan shared too few strides with Ada to tell whether in step."
    )


@pytest.mark.parametrize(("lead_s", "cautious"), [(2.3, True), (9.0, False)])
def test_two_or_three_strides_are_called_little_evidence(lead_s: float, cautious: bool) -> None:
    data = three_runners()
    lead = strides(contacts(2.0, 2.0 + lead_s), "left")
    quiet = lead.where(lead.ic_us < 0)
    few = replace(data, strides={"Mara": lead, "Ives": quiet, "Tomas": quiet}, samples={})
    verdict = analyse(few).verdict
    assert verdict.answer == "alone"
    assert bool(verdict.caution) is cautious
    if cautious:
        assert "alone from 2.0 to" in verdict.caution
        assert "(3 strides)" in verdict.caution


def test_a_short_overlap_is_cautioned_by_the_one_with_fewer_strides() -> None:
    data = three_runners()
    lead = strides(contacts(2.0, 30.0), "left")
    touch = strides(contacts(20.0, 21.5), "right")
    few = replace(data, strides={"Mara": lead, "Ives": touch, "Tomas": touch.where(touch.ic_us < 0)}, samples={})
    verdict = analyse(few).verdict
    assert verdict.answer == "not alone"
    assert "with Ives from 20.0 to" in verdict.caution
    assert "(2 strides)" in verdict.caution


def test_only_a_grant_clears() -> None:
    company = analyse(three_runners()).company
    permits = {"Ives": Permit("Ives", "granted", "Mara"), "Tomas": Permit("Tomas", "revoked", "Mara")}
    (found,) = find_uncleared(company, permits)
    assert found.seconds == pytest.approx(11, abs=1.5)
    words = uncleared_sentence("Mara", found)
    assert words.startswith("Tomas ran with Mara for")
    assert words.endswith("without clearance (revoked by Mara).")
    assert find_uncleared(company, None) == []
    assert {f.permit.state for f in find_uncleared(company, {})} == {"never asked"}
