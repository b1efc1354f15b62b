"""The one page of an incident for the safety file: what it says, and its HTML. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files

import numpy as np

from runslate.incidents.evidence import AROUND_US, TABLE, Trace
from runslate.incidents.happening import NOT_MEDICAL
from runslate.incidents.record import Incident
from runslate.report.html import table, tag, wrap
from runslate.report.svg import LEFT, Axis, Canvas

PICTURE_HEIGHT = 150.0
POINTS = 1200
"""Of a curve: more than a page shows; each keeps the highest value of its stretch."""


@dataclass(frozen=True)
class Facts:
    """What a sheet says besides the incident itself."""

    library: str
    """The library's id."""
    seal: str
    """Of the incident log."""
    evidence_sha256: str


def lines(incident: Incident, facts: Facts) -> list[tuple[str, str]]:
    """Say everything that is known, as labels and words."""
    rows = [
        ("Runner", incident.runner),
        ("Scene and take", f"scene {incident.scene}, take {incident.take}"),
        ("Take time", incident.take_time),
        ("UTC", incident.utc or "not known"),
        ("Recorded as", incident.title),
        ("Measured", incident.measured),
        ("Status", incident.state),
    ]
    rows += [line for words in incident.history for line in _history(words)]
    if incident.state == "open":
        rows += [("Acknowledged by", ""), ("Action", ""), ("Follow-up", "")]
    evidence = f"{TABLE}, SHA-256 {facts.evidence_sha256[:16]}" if facts.evidence_sha256 else "no raw data there"
    return [*rows, ("Raw data", evidence)]


def _history(words: dict[str, str]) -> list[tuple[str, str]]:
    who = f"{words['by']}, {words['at']}"
    if words["act"] == "ack":
        note = words.get("note", "")
        return [("Acknowledged by", f"{who}: {note}" if note else who)]
    return [("Closed by", who), ("Action", words.get("action", "")), ("Follow-up", words.get("follow_up", ""))]


def foot_note(incident: Incident, facts: Facts) -> str:
    """Say what the page is, and what it is not."""
    return (
        f"{NOT_MEDICAL} Noted {incident.noted} in library {facts.library}; log sealed {facts.seal[:16]}. "
        "The log only grows: later lines are on a later page."
    )


def envelope(trace: Trace) -> tuple[list[float], list[float]]:
    """Thin |a| of a trace to at most POINTS stretches, each with its highest value: no peak is lost."""
    size = np.linalg.norm(trace.accel_g, axis=1)
    edges = np.unique(np.linspace(0, size.size, min(POINTS, size.size) + 1).astype(int))[:-1]
    if not edges.size:
        return [], []
    return trace.seconds[edges].tolist(), np.maximum.reduceat(size, edges).tolist()


def sheet_html(incident: Incident, found: list[Trace], facts: Facts) -> str:
    """Return the page as one HTML document without any outside reference."""
    style = files("runslate.report").joinpath("style.css").read_text(encoding="utf-8")
    head = wrap("header", tag("h1", f"Incident {incident.name}: {incident.title}"))
    rows = [[f"<b>{escape(label)}</b>", escape(words) or "&nbsp;"] for label, words in lines(incident, facts)]
    pictures = "".join(wrap("div", _picture(trace), "whole") for trace in found)
    foot = tag("footer", foot_note(incident, facts))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Incident {escape(incident.name)}</title><style>{style}</style></head>"
        f"<body><main>{head}{table(['', ''], rows, 2)}{pictures}{foot}</main></body></html>\n"
    )


def _picture(trace: Trace) -> str:
    """Draw |a| around the incident; 0 is the incident."""
    seconds, values = envelope(trace)
    span = AROUND_US / 1e6
    canvas = Canvas(PICTURE_HEIGHT, f"Acceleration of the {trace.label}", 2 * span)
    axis = Axis(0.0, max([*values, 2.0]), PICTURE_HEIGHT - 26, 26)
    canvas.value_axis(axis, f"acceleration of the {trace.label}, g (0 s: the incident)", 4)
    for tick in range(-int(span), int(span) + 1, 2):
        canvas.text(canvas.x(tick + span), axis.first + 16, f"{tick} s", "tick", "middle")
    canvas.curve([second + span for second in seconds], [axis(value) for value in values], "c0")
    canvas.line(canvas.x(span), axis.last, canvas.x(span), axis.first, "rest")
    canvas.line(LEFT, axis.first, canvas.x(2 * span), axis.first, "grid")
    return canvas.svg()
