"""An incident's page as PDF, drawn with matplotlib: one page, whatever it holds."""

from __future__ import annotations

import textwrap
from io import BytesIO
from typing import Any

from runslate.errors import RunslateError
from runslate.incidents.evidence import AROUND_US, Trace
from runslate.incidents.record import Incident
from runslate.incidents.sheet import Facts, envelope, foot_note, lines

A4_IN = (8.27, 11.69)
MARGIN = 0.09
"""Of the page's width."""
LINE = 0.0165
"""Of the page's height, at 9 points."""
COLUMNS_WIDE = 78
"""Characters of a value's line."""
MOST_LINES = 34
"""Lines of words that leave room for the pictures; what is longer is cut and said to be."""

TALLEST = 0.24
"""Of a picture, in parts of the page's height."""

INK, SOFT, CURVE = "#1c2430", "#5a6675", "#0072b2"


def sheet_pdf(incident: Incident, found: list[Trace], facts: Facts) -> bytes:
    """Return the page as a PDF file.

    Raises:
        RunslateError: matplotlib is not installed.
    """
    figure = sheet_figure(incident, found, facts)
    from matplotlib import rc_context

    out = BytesIO()
    # Type 42 keeps words as words: they can be searched and copied. No date: the same page is the same file.
    metadata = {"Title": _title(incident), "CreationDate": None, "Creator": "Runslate"}
    with rc_context({"pdf.fonttype": 42}):
        figure.savefig(out, format="pdf", metadata=metadata)
    return out.getvalue()


def sheet_figure(incident: Incident, found: list[Trace], facts: Facts) -> Any:
    """Draw the page as a matplotlib figure (see `sheet_pdf`)."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise RunslateError(
            "The PDF can't be drawn: matplotlib is not installed.",
            "The HTML page says the same and can be printed.",
            "Install it with `pip install matplotlib`.",
        ) from error
    figure = Figure(figsize=A4_IN)
    figure.text(MARGIN, 0.945, _title(incident), fontsize=17, weight="bold", color=INK)
    _pictures(figure, found, _words(figure, incident, facts))
    note = "\n".join(textwrap.wrap(foot_note(incident, facts), 118))
    figure.text(MARGIN, 0.04, note, fontsize=7, color=SOFT, va="bottom")
    return figure


def _title(incident: Incident) -> str:
    return f"Incident {incident.name}: {incident.title}"


def _words(figure: Any, incident: Incident, facts: Facts) -> float:
    """Write labels and words; returns the height at which they end."""
    y, left = 0.915, MOST_LINES
    for label, words in lines(incident, facts):
        wrapped = textwrap.wrap(words, COLUMNS_WIDE) or [""]
        if len(wrapped) > left:
            wrapped = [*wrapped[: max(0, left - 1)], "(cut: the rest is in the log)"]
        figure.text(MARGIN, y, label, fontsize=9, color=SOFT, va="top", linespacing=1.35)
        figure.text(0.29, y, "\n".join(wrapped), fontsize=9, color=INK, va="top", linespacing=1.35)
        y -= LINE * len(wrapped) + 0.006
        left -= len(wrapped)
        if left <= 0:
            break
    return y


def _pictures(figure: Any, found: list[Trace], top: float) -> None:
    """Draw |a| of each tag around the incident, side by side in height."""
    floor, span = 0.115, AROUND_US / 1e6
    if not found:
        return
    room = (top - floor) / len(found)
    height = min(room - 0.055, TALLEST)
    for index, trace in enumerate(found):
        axes = figure.add_axes((MARGIN + 0.03, top - (index + 1) * (height + 0.055), 0.97 - 2 * MARGIN, height))
        axes.plot(*envelope(trace), color=CURVE, linewidth=0.7)
        axes.axvline(0, color="#b3261e", linewidth=1)
        axes.set_xlim(-span, span)
        axes.set_ylim(bottom=0)
        axes.set_title(f"acceleration of the {trace.label}, g (0 s: the incident)", fontsize=8, loc="left", color=SOFT)
        axes.tick_params(labelsize=7, colors=SOFT)
        axes.grid(color="#dfe4ea", linewidth=0.5)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
