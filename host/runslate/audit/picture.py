"""The picture of an audit: the share with its interval, and a row per case. Pure."""

from __future__ import annotations

from runslate.audit.count import Audit, By, Judged, evidence, tally
from runslate.audit.document import sentence
from runslate.audit.interval import LEVEL_WORDS
from runslate.report.standalone import standalone
from runslate.report.svg import WIDTH, Axis, Canvas, wrapped

MARGIN = 24.0
LINE = 15.0
"""Of text."""
AIR = 11.0
"""Between two rows."""
BAR_LEFT = 420.0
BAR_WIDTH = 190.0
EVIDENCE = BAR_LEFT + BAR_WIDTH + 14
STYLES = {"pair": "with", "group": "group", "alone": "with"}
"""Style classes of the report's company colours, by kind of exception."""


def audit_picture(found: Audit, by: By) -> str:
    """Draw an audit as one SVG file that needs nothing else."""
    canvas = Canvas(0.0, sentence(found), 1.0)
    canvas.x = Axis(0, WIDTH, 0, WIDTH)  # pixels: this picture has no time axis
    top = _lines(canvas, MARGIN, 30, wrapped(sentence(found), WIDTH - 2 * MARGIN), "strong")
    top = _rows(canvas, found.groups(by), _share(canvas, found, top + 36))
    canvas.height = top + 12
    return standalone(canvas)


def _lines(canvas: Canvas, x: float, y: float, lines: list[str], css: str = "") -> float:
    """Write lines, the first at `y`; returns the height of the last one."""
    for number, line in enumerate(lines):
        canvas.text(x, y + LINE * number, line, css)
    return y + LINE * (len(lines) - 1)


def _share(canvas: Canvas, found: Audit, middle: float) -> float:
    """Draw the share and its interval on a line from 0 to 100 %; returns where the rows begin."""
    whole = found.tally
    axis = Axis(0, 100, BAR_LEFT, WIDTH - MARGIN - 16)
    canvas.text(MARGIN, middle + 4, f"how often it holds, with the exact {LEVEL_WORDS} interval")
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
    return middle + 60


def _rows(canvas: Canvas, groups: dict[str, list[Judged]], top: float) -> float:
    for name, members in groups.items():
        told = tally(members)
        canvas.line(MARGIN, top - 4, WIDTH - MARGIN, top - 4, "grid")
        if _has_heading(name, members):
            canvas.text(BAR_LEFT, top + 14, f"{told.word}: {told.holds} of {told.total}", "axis")
            top = _lines(canvas, MARGIN, top + 14, wrapped(name, BAR_LEFT - MARGIN), "strong") + AIR
        for each in members:
            top = _row(canvas, each, top)
    return top


def _has_heading(name: str, members: list[Judged]) -> bool:
    """A film outside any series is its own group: its name need not be said twice."""
    return [each.case.name for each in members] != [name]


def _row(canvas: Canvas, each: Judged, top: float) -> float:
    """Draw one case, as high as its longest text; returns where the next one begins."""
    case = each.case
    answer = each.finding.answer
    style = {"holds": "alone", "unknown": "unknown"}.get(answer) or STYLES[each.kind]
    words = each.kind if answer == "broken" else answer
    if answer == "broken" and each.partners:
        words += f": {', '.join(each.partners)}"
    canvas.text(MARGIN + 14, top + 13, case.when[:10], "tick")
    name = wrapped(case.name, BAR_LEFT - MARGIN - 92)
    company = wrapped(words, BAR_WIDTH - 8)
    shown = wrapped(evidence(each), WIDTH - MARGIN - EVIDENCE)
    height = LINE * max(map(len, (name, company, shown)))
    canvas.rect(BAR_LEFT, BAR_LEFT + BAR_WIDTH, top, height + 3, f"company {style}", words)
    _lines(canvas, MARGIN + 92, top + 13, name)
    _lines(canvas, BAR_LEFT + 8, top + 13, company, f"on {style}")
    _lines(canvas, EVIDENCE, top + 13, shown, "tick")
    return top + height + AIR
