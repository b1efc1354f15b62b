"""The report's section on the shot log: the lead's company in the picture."""

from __future__ import annotations

from html import escape

from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis
from runslate.analysis.verdict import company_phrase
from runslate.report.html import head, table, tag


def frame_section(data: TakeData, result: Analysis) -> str:
    """List the lead's company in frame; empty without a shot log."""
    if result.frame is None or data.shots is None:
        return ""
    rows = [
        [
            escape(company_phrase(s)),
            *(f"{(t - data.start_us) / 1e6:.2f}" for t in s.interval),
            f"{s.length_us / 1e6:.2f}",
            f"{100 * s.share:.0f}",
        ]
        for s in result.frame
    ]
    heads = [f"in frame, {escape(data.lead)} ran", head("from", "s"), head("to", "s")]
    heads += [head("length", "s"), head("share", "%")]
    words = (
        f"By the shot log ({len(data.shots)} shots). Who is in the picture comes from the log, who runs from the tags; "
        "somebody in the picture without a tag may be running unseen. Outside its shots nobody is in the picture."
    )
    return tag("h2", "In frame") + (table(heads, rows) if rows else "") + tag("p", words, "note")
