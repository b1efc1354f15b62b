"""The report's section on clearances: everybody else of the cast, and where the permission stood."""

from __future__ import annotations

from html import escape

from runslate.analysis.cleared import GRANTED
from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis
from runslate.moment import minute
from runslate.report.html import head, table, tag, wrap


def clearance_section(data: TakeData, result: Analysis) -> str:
    """List permissions beside what was run; empty when no clearances are kept for this lead."""
    if not data.permits:
        return ""
    uncleared = {found.permit.runner for found in result.uncleared}
    rows = []
    for name, permit in data.permits.items():
        together = sum(s.length_us for s in result.company if name in s.runners) / 1e6
        word = wrap("span", escape(permit.state), "" if permit.state == GRANTED else "warn" * (name in uncleared))
        said = minute(permit.at) if permit.at else ""
        rows.append([escape(name), word, escape(permit.by), said, f"{together:.1f}"])
    heads = ["runner", "clearance when the take began", "by", "said at (UTC)", head(f"ran with {data.lead}", "s")]
    return (
        tag("h2", "Clearance")
        + table(heads, rows, 4)
        + tag("p", "Judged among the cast, in the picture or not. The whole history: `runslate clear list`.", "note")
    )
