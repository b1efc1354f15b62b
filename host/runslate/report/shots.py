"""The report's section on the shot log: the lead's company in the picture."""

from __future__ import annotations

from html import escape

from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis
from runslate.report.html import tag
from runslate.report.sections import company_table


def frame_section(data: TakeData, result: Analysis) -> str:
    """List the lead's company in frame; empty without a shot log."""
    if result.frame is None or data.shots is None:
        return ""
    what = f"in frame, {escape(data.lead)} ran"
    stretches = company_table(what, result.frame, data.start_us, 2) if result.frame else ""
    words = (
        f"By the shot log ({len(data.shots)} shots). Who is in the picture comes from the log, who runs from the tags; "
        "somebody in the picture without a tag may be running unseen. Outside its shots nobody is in the picture."
    )
    return tag("h2", "In frame") + stretches + tag("p", words, "note")
