"""A take's results as one JSON document: the keys that other programs rely on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runslate.analysis.company import Stretch
from runslate.analysis.tables import Gap, TakeData
from runslate.analysis.take import Analysis, all_gaps
from runslate.analysis.verdict import SCOPES, Verdict
from runslate.incidents.happening import Happening, happenings, measured, title
from runslate.report.bar import bar_entry
from runslate.report.checks import check_entries
from runslate.report.energy import pace_entry
from runslate.report.instep import group_entry, step_entry
from runslate.report.jsonable import seconds
from runslate.report.notices import alerts
from runslate.report.symmetry import symmetry_entries


def take_document(data: TakeData, result: Analysis) -> dict[str, Any]:
    """Return a take's results, JSON-ready; times are seconds from the start of the take."""
    return {
        "take": data.take,
        "lead": data.lead,
        "cast": data.cast,
        "start_utc": data.start_utc,
        "zone": data.zone,
        "seconds": seconds(data.end_us - data.start_us),
        "lost_pages": sum(node.pages_missing for node in data.nodes),
        "gaps": [_gap(gap, data.start_us) for gap in all_gaps(data, result)],
        "time_uncertainty_us_p95": round(data.uncertainty_us_p95, 1),
        "provisional": data.provisional,
        "verdict": _verdict(result.verdict),
        "alerts": alerts(data, result),
        "frame": None if result.frame is None else company_entries(result.frame, data.start_us),
        "clearance": _clearance(data, result),
        "incidents": [_incident(happening, data.start_us) for happening in happenings(data.alarms)],
        "company": company_entries(result.company, data.start_us),
        "in_step": [step_entry(finding, data.start_us) for finding in result.steps],
        "group": group_entry(result.group),
        "pace": {name: pace_entry(pace, data.start_us) for name, pace in result.pace.items()},
        "bar": bar_entry(result),
        "runners": {name: _runner(name, result) for name in result.metrics},
        "checks": check_entries(data, result),
        "symmetry": symmetry_entries(data, result),
    }


def company_entries(company: Sequence[Stretch], start_us: int) -> list[dict[str, Any]]:
    """Return stretches of company, JSON-ready."""
    return [
        {
            "kind": stretch.kind,
            "runners": list(stretch.runners),
            "unseen": list(stretch.unseen),
            "start_s": seconds(stretch.start_us - start_us),
            "end_s": seconds(stretch.end_us - start_us),
            "share": round(stretch.share, 4),
        }
        for stretch in company
    ]


def _gap(gap: Gap, start_us: int) -> dict[str, Any]:
    return {
        "runner": gap.runner,
        "uid": gap.uid,
        "start_s": seconds(gap.start_us - start_us),
        "end_s": seconds(gap.end_us - start_us),
        "pages": gap.pages,
        "reason": gap.reason,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "answer": verdict.answer,
        "headline": verdict.headline,
        "sentence": verdict.sentence,
        "in_step": verdict.step_sentence,
        "scope": verdict.scope,
        "scope_sentence": SCOPES[verdict.scope],
        "caution": verdict.caution,
    }


def _clearance(data: TakeData, result: Analysis) -> dict[str, Any]:
    """`kept` is false where no clearances are kept for this lead: then nobody is called uncleared."""
    return {
        "kept": data.permits is not None,
        "permits": {name: permit.state for name, permit in (data.permits or {}).items()},
        "uncleared": [
            {"runner": found.permit.runner, "state": found.permit.state, "seconds": round(found.seconds, 3)}
            for found in result.uncleared
        ],
    }


def _incident(happening: Happening, start_us: int) -> dict[str, Any]:
    return {
        "runner": happening.runner,
        "kind": happening.kind,
        "title": title(happening),
        "at_s": seconds(happening.start_us - start_us),
        "measured": measured(happening),
    }


def _runner(name: str, result: Analysis) -> dict[str, Any]:
    metrics = result.metrics[name]
    return {
        "strides": metrics.strides,
        "coverage": round(result.coverage_share[name], 4),
        "feet": list(metrics.feet),
        "clipped": metrics.clipped,
        **{key: None if v is None else round(v, 3) for key, v in metrics.values.items()},
    }
