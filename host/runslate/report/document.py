"""A take's results as one JSON document: the keys that other programs rely on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from runslate.analysis.company import Stretch
from runslate.analysis.step import Locking, StepFinding
from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis, all_gaps


def take_document(data: TakeData, result: Analysis) -> dict[str, Any]:
    """Return a take's results, JSON-ready; times are seconds from the start of the take."""
    return {
        "take": data.take,
        "lead": data.lead,
        "cast": data.cast,
        "start_utc": data.start_utc,
        "zone": data.zone,
        "seconds": _seconds(data.end_us - data.start_us),
        "lost_pages": sum(node.pages_missing for node in data.nodes),
        "gaps": [
            {
                "runner": gap.runner,
                "uid": gap.uid,
                "start_s": _seconds(gap.start_us - data.start_us),
                "end_s": _seconds(gap.end_us - data.start_us),
                "pages": gap.pages,
                "reason": gap.reason,
            }
            for gap in all_gaps(data, result)
        ],
        "time_uncertainty_us_p95": round(data.uncertainty_us_p95, 1),
        "provisional": data.provisional,
        "verdict": {
            "answer": result.verdict.answer,
            "headline": result.verdict.headline,
            "sentence": result.verdict.sentence,
            "in_step": result.verdict.step_sentence,
        },
        "company": company_entries(result.company, data.start_us),
        "in_step": [_step(finding, data.start_us) for finding in result.steps],
        "runners": {name: _runner(name, result) for name in result.metrics},
    }


def company_entries(company: Sequence[Stretch], start_us: int) -> list[dict[str, Any]]:
    """Return stretches of company, JSON-ready."""
    return [
        {
            "kind": stretch.kind,
            "runners": list(stretch.runners),
            "unseen": list(stretch.unseen),
            "start_s": _seconds(stretch.start_us - start_us),
            "end_s": _seconds(stretch.end_us - start_us),
            "share": round(stretch.share, 4),
        }
        for stretch in company
    ]


def _runner(name: str, result: Analysis) -> dict[str, Any]:
    metrics = result.metrics[name]
    return {
        "strides": metrics.strides,
        "coverage": round(result.coverage_share[name], 4),
        "feet": list(metrics.feet),
        "clipped": metrics.clipped,
        **{key: None if v is None else round(v, 3) for key, v in metrics.values.items()},
    }


def _step(finding: StepFinding, start_us: int) -> dict[str, Any]:
    return {
        "runner": finding.other,
        "start_s": _seconds(finding.start_us - start_us),
        "end_s": _seconds(finding.end_us - start_us),
        "strides": finding.strides,
        "in_step": finding.in_step,
        "reason": finding.reason,
        "found": _locking(finding.found),
        "chance": _locking(finding.chance),
        "chance_95": _locking(finding.chance_high),
        "p": round(finding.p_value, 4),
        "drift_deg": _number(finding.drift_deg, 1),
        "mean_phase_deg": _number(finding.mean_phase_deg, 1),
    }


def _locking(lock: Locking) -> dict[str, Any]:
    return {
        "circular_r": _number(lock.circular_r, 4),
        "share_within_30_deg": _number(lock.share_near, 4),
        "longest_locked_run": lock.longest_run,
    }


def _number(value: float, digits: int) -> float | None:
    """JSON has no NaN."""
    return round(value, digits) if math.isfinite(value) else None


def _seconds(time_us: int) -> float:
    return round(time_us / 1e6, 3)
