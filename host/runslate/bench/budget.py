"""The cycle budget: what each stage may cost, from a file in the repository."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runslate.errors import RunslateError

TOLERANCE = 0.05
"""A stage may exceed its budget by so much: cycles are the same on every run, so this is for changes that are meant."""

SMALL_CYCLES = 200
"""Stages below this are rounding and calibration; they may grow by it."""

HEAP_NOISE = 512
"""Bytes: a reel's entry in the node's list, and what lies on the stack at the time of a collection."""


def load(path: Path) -> dict[str, Any]:
    """Read a budget.

    Raises:
        RunslateError: there is none, or it is no JSON object.
    """
    try:
        budget: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunslateError(
            f"The cycle budget {path} cannot be read: {error}.",
            cure="Restore it, or write it anew with `runslate bench device --write-budget`.",
        ) from error
    return budget


def budget_of(measured: dict[str, Any]) -> dict[str, Any]:
    """The budget that a measurement would just keep."""
    return {
        hz: {stage: entry["cycles_per_sample"] for stage, entry in figures["stages"].items()}
        for hz, figures in measured["hz"].items()
    }


def excesses(measured: dict[str, Any], budget: dict[str, Any]) -> Iterator[str]:
    """Sentences about stages that cost more than their budget allows, or have none."""
    for hz, figures in measured["hz"].items():
        allowed = budget.get(hz, {})
        for stage, entry in figures["stages"].items():
            cycles = entry["cycles_per_sample"]
            if stage not in allowed:
                yield f"At {hz} Hz the stage {stage} takes {cycles} cycles per sample and has no budget."
            elif cycles > allowed[stage] * (1 + TOLERANCE) and cycles > allowed[stage] + SMALL_CYCLES:
                yield (
                    f"At {hz} Hz the stage {stage} takes {cycles} cycles per sample; "
                    f"{allowed[stage]} and {TOLERANCE:.0%} more are allowed."
                )


def failures(measured: dict[str, Any], cpu_share: dict[str, float]) -> Iterator[str]:
    """Sentences about what a recording must never do: lose samples or pages, leak, take too long."""
    for hz, figures in measured["hz"].items():
        for flash, run in (("typical", figures), ("worst", figures["worst_flash"])):
            for key, most in (("fifo_overruns", 0), ("lost_pages", 0), ("gaps", 0), ("heap_lost", HEAP_NOISE)):
                if run[key] > most:
                    yield f"At {hz} Hz with {flash} flash times {key} is {run[key]}; {most} at most is expected."
            limit = cpu_share.get(hz, 1.0)
            if run["cpu_share"] > limit:
                yield (
                    f"At {hz} Hz with {flash} flash times the processor is busy {run['cpu_share']:.1%} of the time; "
                    f"{limit:.0%} are allowed."
                )
