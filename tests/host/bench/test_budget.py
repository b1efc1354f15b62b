"""The budget catches a stage that grew, and only that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from runslate.bench.budget import budget_of, excesses, failures, load
from runslate.errors import RunslateError


def measured(**stages: int) -> dict[str, Any]:
    run = {"fifo_overruns": 0, "lost_pages": 0, "gaps": 0, "heap_lost": 0, "cpu_share": 0.2}
    named = {name: {"cycles_per_sample": cycles} for name, cycles in stages.items()}
    return {"hz": {"417": {**run, "stages": named, "worst_flash": dict(run)}}}


def test_five_percent_more_is_allowed_and_six_are_not() -> None:
    budget = budget_of(measured(packer=8000, detector=14000))
    assert list(excesses(measured(packer=8400, detector=14000), budget)) == []
    (sentence,) = excesses(measured(packer=8480, detector=13000), budget)
    assert "packer" in sentence
    assert "8480" in sentence


def test_a_stage_without_a_budget_is_named() -> None:
    (sentence,) = excesses(measured(packer=10, news=1), budget_of(measured(packer=10)))
    assert "news" in sentence


def test_rounding_of_a_tiny_stage_is_no_excess() -> None:
    assert list(excesses(measured(rest=150), budget_of(measured(rest=0)))) == []


@pytest.mark.parametrize("key", ["fifo_overruns", "lost_pages", "gaps", "heap_lost"])
@pytest.mark.parametrize("flash", ["typical", "worst"])
def test_a_loss_fails_with_either_flash(key: str, flash: str) -> None:
    figures = measured()
    run = figures["hz"]["417"]
    (run if flash == "typical" else run["worst_flash"])[key] = 1000
    (sentence,) = failures(figures, {})
    assert key in sentence
    assert flash in sentence


def test_a_busy_processor_fails_above_its_limit() -> None:
    assert list(failures(measured(), {"417": 0.25})) == []
    typical, worst = failures(measured(), {"417": 0.15})
    assert "typical" in typical
    assert "worst" in worst


def test_a_budget_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunslateError, match=r"cannot be read"):
        load(tmp_path / "budget.json")
