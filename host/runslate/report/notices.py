"""What must not be overlooked in a take, as sentences: for the top of the report and for the screen."""

from __future__ import annotations

from runslate.analysis.cleared import uncleared_sentence
from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis
from runslate.incidents.happening import happenings, title
from runslate.report.html import tag, wrap
from runslate.report.incidents import when


def alerts(data: TakeData, result: Analysis) -> list[str]:
    """Say who ran with the lead without clearance and what befell whom."""
    first = "Provisional: " if data.provisional else ""
    uncleared = [first + uncleared_sentence(data.lead, found) for found in result.uncleared]
    incidents = [
        f"{first}{happening.runner}: {title(happening)} at {when(data, happening)}."
        for happening in happenings(data.alarms)
    ]
    return [*uncleared, *incidents]


def alerts_section(data: TakeData, result: Analysis) -> str:
    """Put the alerts in a box of their own; empty without any."""
    lines = "".join(tag("p", line, "warn") for line in alerts(data, result))
    return wrap("section", lines, "verdict alerts") if lines else ""
