"""The report's section on incidents."""

from __future__ import annotations

from html import escape

from runslate.analysis.tables import TakeData
from runslate.incidents.happening import NOT_MEDICAL, Happening, happenings, measured, title
from runslate.report.html import table, tag
from runslate.report.svg import clock


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
            when(data, happening),
        ]
        for happening in found
    ]
    note = f"{NOT_MEDICAL} Who looked at it and what was done: `runslate incidents list`."
    return tag("h2", "Incidents") + table(["runner", "", "measured", "at"], rows, 3) + tag("p", note, "note")


def when(data: TakeData, happening: Happening) -> str:
    """Write when something happened: in a long take nobody counts seconds."""
    return clock(round((happening.start_us - data.start_us) / 1e6, 1))
