"""The whole analysis of one take, and what its verdict says."""

from __future__ import annotations

import pytest
from analysis.synthetic import US, three_runners
from runslate.analysis.take import analyse
from runslate.analysis.verdict import company_phrase


def test_the_lead_alone_then_with_one_in_step_then_in_a_group() -> None:
    result = analyse(three_runners())
    assert [company_phrase(s) for s in result.company] == [
        "alone",
        "with Ives",
        "in a group with Ives and Tomas",
        "with Ives",
        "alone",
    ] or [s.kind for s in result.company][:3] == ["alone", "with", "group"]
    starts = [s.start_us / US for s in result.company]
    assert starts[:3] == pytest.approx([2, 12, 24], abs=1)
    assert {s.other: s.in_step for s in result.steps} == {"Ives": True, "Tomas": False}
    assert result.verdict.answer == "not alone"
    assert result.verdict.step_sentence == ("Ives was in step with Mara. Tomas was not found in step with Mara.")


def test_a_flat_battery_makes_the_rest_unknown_never_alone() -> None:
    result = analyse(three_runners(flat_s=20.0))
    after = [s for s in result.company if s.end_us > 20 * US]
    assert {s.kind for s in after} == {"unknown"}
    assert result.coverage_share["Ives"] == pytest.approx(0.5)
    assert "nothing known of Ives" in result.verdict.sentence


def test_alone_says_among_the_cast() -> None:
    data = three_runners()
    empty = data.strides["Mara"].where(data.strides["Mara"].ic_us < 0)
    alone = type(data)(**{**vars(data), "samples": {}, "strides": {**data.strides, "Ives": empty, "Tomas": empty}})
    verdict = analyse(alone).verdict
    assert verdict.answer == "alone"
    assert verdict.headline == "Mara ran alone among the cast."
    nobody = type(data)(**{**vars(data), "samples": {}, "strides": dict.fromkeys(data.strides, empty)})
    assert analyse(nobody).verdict.answer == "no running"


def test_unknown_for_the_whole_take_is_said_so() -> None:
    data = three_runners()
    dark = type(data)(**{**vars(data), "coverage": {**data.coverage, "Ives": [], "Tomas": []}})
    verdict = analyse(dark).verdict
    assert verdict.answer == "unknown"
    assert "Ives and Tomas" in verdict.sentence
