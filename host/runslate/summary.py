"""A take in numbers: what `record`, `takes show` and a finished `drain` tell."""

from __future__ import annotations

from typing import Any

from runslate.analysis import intervals
from runslate.analysis.tables import NodeFacts, TakeData
from runslate.analysis.take import analyse
from runslate.bar.shelf import keep_bests
from runslate.derive import derive
from runslate.library import Library
from runslate.report import write_report
from runslate.report.document import take_document
from runslate.take import Take


def summarise(library: Library, take: Take, *, report: bool = False) -> dict[str, Any]:
    """Derive a take's tables anew and tell what is in it, JSON-ready.

    Args:
        library: where the take is.
        take: the take; its take.json is brought up to date.
        report: also write the report beside it.
    """
    data = derive(library, take)
    result = analyse(data)
    keep_bests(library, take, result.bests)
    document = take_document(data, result)
    for name, runner in document["runners"].items():
        runner["walking_strides"] = int((~data.strides[name].running).sum())
    document |= {
        "scene": take.scene,
        "setup": take.setup,
        "status": take.status,
        "nodes": [_node(node, data) for node in data.nodes],
    }
    if report:
        path = library.take_folder(take.name) / "report.html"
        document["report"] = str(write_report(data, result, path))
    return document


def overdue(library: Library, take: Take) -> bool:
    """Tell whether all of a cut take is there but its summary: the drain ended before, killed or on a full disk."""
    if not take.provisional or not take.reels:
        return False
    return all(library.reel(*each).ledger().settled for each in take.reels)


def _node(node: NodeFacts, data: TakeData) -> dict[str, Any]:
    covered = intervals.total_us(node.coverage)
    return {
        "uid": node.uid,
        "name": node.name,
        "runner": node.runner,
        "foot": node.foot,
        "reel": node.reel,
        "pages": node.pages,
        "closed": node.closed,
        "imu": node.imu,
        "rate_hz": round(node.rate_hz, 3),
        "overruns": node.overruns,
        "coverage": round(covered / max(1, data.end_us - data.start_us), 4),
        "uncertainty_us_p95": round(node.uncertainty_us_p95, 1),
    }
