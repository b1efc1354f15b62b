"""The picture of an audit: the share with its interval, and a row per case. Pure."""

from __future__ import annotations

from runslate.audit.count import Audit, By, Judged, evidence, tally
from runslate.audit.document import sentence
from runslate.report.standalone import standalone
from runslate.report.svg import WIDTH, Axis, Canvas, shorten

MARGIN = 24.0
ROW = 26.0
BAR = 18.0
BAR_LEFT = 420.0
BAR_WIDTH = 190.0
EVIDENCE = BAR_LEFT + BAR_WIDTH + 14
SHARE_TOP = 66.0
ROWS_TOP = 134.0
STYLES = {"pair": "with", "group": "group", "alone": "with"}
"""Style classes of the report's company colours, by kind of exception."""


def audit_picture(found: Audit, by: By) -> str:
    """Draw an audit as one SVG file that needs nothing else."""
    groups = found.groups(by)
    rows = sum(len(members) + _has_heading(name, members) for name, members in groups.items())
    canvas = Canvas(ROWS_TOP + ROW * rows + 16, sentence(found), 1.0)
    canvas.x = Axis(0, WIDTH, 0, WIDTH)  # pixels: this picture has no time axis
    canvas.text(MARGIN, 30, shorten(sentence(found), WIDTH - 2 * MARGIN), "strong")
    _share(canvas, found)
    _rows(canvas, groups)
    return standalone(canvas)


def _share(canvas: Canvas, found: Audit) -> None:
    """Draw the share and its interval on a line from 0 to 100 %."""
    whole = found.tally
    axis = Axis(0, 100, BAR_LEFT, WIDTH - MARGIN - 16)
    middle = SHARE_TOP + 8
    canvas.text(MARGIN, middle + 4, "holds in, with the exact 95 % interval")
    for tick in (0, 25, 50, 75, 100):
        canvas.line(axis(tick), middle - 10, axis(tick), middle + 10, "grid")
        canvas.text(axis(tick), middle + 28, f"{tick} %", "tick", "middle")
    low, high = (100 * end for end in whole.interval)
    canvas.rect(axis(low), axis(high), middle - 5, 10, "company alone", f"{low:.0f} to {high:.0f} %")
    if whole.total:
        share = axis(100 * whole.holds / whole.total)
        words = f"{whole.holds} of {whole.total}"
        canvas.rect(share - 2.5, share + 2.5, middle - 10, 20, "company group", words)
        canvas.text(share, middle - 14, words, "strong", "middle")


def _rows(canvas: Canvas, groups: dict[str, list[Judged]]) -> None:
    top = ROWS_TOP
    for name, members in groups.items():
        told = tally(members)
        canvas.line(MARGIN, top - 4, WIDTH - MARGIN, top - 4, "grid")
        if _has_heading(name, members):
            canvas.text(MARGIN, top + 14, shorten(name, 360), "strong")
            canvas.text(BAR_LEFT, top + 14, f"{told.word}: {told.holds} of {told.total}", "axis")
            top += ROW
        for each in members:
            _row(canvas, each, top)
            top += ROW


def _has_heading(name: str, members: list[Judged]) -> bool:
    """A film outside any series is its own group: its name need not be said twice."""
    return [each.case.name for each in members] != [name]


def _row(canvas: Canvas, each: Judged, top: float) -> None:
    case = each.case
    answer = each.finding.answer
    style = {"holds": "alone", "unknown": "unknown"}.get(answer) or STYLES[each.kind]
    words = each.kind if answer == "broken" else answer
    if answer == "broken" and each.partners:
        words += f": {', '.join(each.partners)}"
    canvas.text(MARGIN + 14, top + 13, case.when[:10], "tick")
    canvas.text(MARGIN + 92, top + 13, shorten(case.name, BAR_LEFT - MARGIN - 100))
    canvas.rect(BAR_LEFT, BAR_LEFT + BAR_WIDTH, top, BAR, f"company {style}", words)
    canvas.text(BAR_LEFT + 8, top + 13, shorten(words, BAR_WIDTH - 8), f"on {style}")
    canvas.text(EVIDENCE, top + 13, shorten(evidence(each), WIDTH - MARGIN - EVIDENCE), "tick")
