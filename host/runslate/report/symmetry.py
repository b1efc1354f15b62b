"""The report's section on changes of symmetry, for runners with a tag on both feet."""

from __future__ import annotations

from html import escape
from typing import Any

from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis
from runslate.gait.symmetry import BASELINE_MIN, LONG, SHORT, Finding
from runslate.report.html import head, table, tag, wrap
from runslate.report.jsonable import seconds

NOTE = (
    f"Symmetry index of ground contact, {SHORT} and {LONG} strides together, against the same runner's strides just "
    f"before (at least {BASELINE_MIN}). A change may be a limp, a curve, the ground or a loose shoe. "
    "It is no diagnosis."
)


def symmetry_section(data: TakeData, result: Analysis) -> str:
    """List the changes; empty without any."""
    rows = [_row(data, name, finding) for name, found in result.symmetry.items() for finding in found]
    if not rows:
        return ""
    heads = ["runner", "", head("from", "s"), head("to", "s"), head("before", "points"), head("then", "points")]
    return tag("h2", "Changed symmetry") + table(heads, rows, 2) + tag("p", NOTE, "note")


def symmetry_entries(data: TakeData, result: Analysis) -> list[dict[str, Any]]:
    """Return the changes of all runners, JSON-ready."""
    return [
        {
            "runner": name,
            "start_s": seconds(finding.start_us - data.start_us),
            "end_s": seconds(finding.end_us - data.start_us),
            "level": finding.level,
            "si": round(finding.si, 1),
            "baseline": round(finding.baseline, 1),
        }
        for name, found in result.symmetry.items()
        for finding in found
    ]


def _row(data: TakeData, name: str, finding: Finding) -> list[str]:
    longer = "left" if finding.si > finding.baseline else "right"
    words = f"possible limp ({finding.level}): the {longer} foot stays longer on the ground than before"
    return [
        f"<b>{escape(name)}</b>",
        wrap("span", words, "warn") if finding.level == "red" else words,
        f"{(finding.start_us - data.start_us) / 1e6:.1f}",
        f"{(finding.end_us - data.start_us) / 1e6:.1f}",
        f"{finding.baseline:+.1f}",
        f"{finding.si:+.1f}",
    ]
