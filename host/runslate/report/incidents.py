"""The report's section on incidents."""

from __future__ import annotations

from html import escape

from runslate.analysis.tables import TakeData
from runslate.incidents.happening import NOT_MEDICAL, happenings, measured, title
from runslate.report.html import head, table, tag


def incidents_section(data: TakeData) -> str:
    """List hits, limps and falls; empty without any."""
    found = happenings(data.alarms)
    if not found:
        return ""
    rows = [
        [
            escape(happening.runner),
            f"<b>{escape(title(happening))}</b>",
            escape(measured(happening)),
            f"{(happening.start_us - data.start_us) / 1e6:.2f}",
        ]
        for happening in found
    ]
    note = f"{NOT_MEDICAL} Who looked at it and what was done: `runslate incidents list`."
    return tag("h2", "Incidents") + table(["runner", "", "measured", head("at", "s")], rows, 3) + tag("p", note, "note")
