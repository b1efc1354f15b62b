"""Progress of a candidate as a picture: every attempt with its margins, against what is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runslate.qualify.attempts import NEEDED, Attempt
from runslate.qualify.profile import UNITS, Profile
from runslate.report.standalone import standalone
from runslate.report.svg import LEFT, RIGHT, WIDTH, Axis, Canvas, shorten

ROW = 150.0
"""Height of the field of one quantity."""


def progress_picture(candidate: str, profile: Profile, tries: Sequence[Attempt]) -> str:
    """Draw the attempts of a candidate as an SVG document."""
    names = list(profile.targets())
    canvas = Canvas(74 + ROW * len(names), f"Attempts of {candidate} at {profile.name}", max(1, len(tries)))
    good = sum(attempt.met for attempt in tries)
    words = f"{candidate} against {profile.name}: {good} of {len(tries)} met, {NEEDED} are needed"
    canvas.text(LEFT, 22, words, "strong")
    for row, name in enumerate(names):
        _field(canvas, name, tries, 40 + ROW * row)
    for index, attempt in enumerate(tries):
        label = shorten(attempt.take, (WIDTH - LEFT - RIGHT) / len(tries))
        canvas.text(canvas.x(index + 0.5), 50 + ROW * len(names), label, "tick", "middle")
        canvas.text(canvas.x(index + 0.5), 66 + ROW * len(names), "met" if attempt.met else "not met", "tick", "middle")
    return standalone(canvas)


def _field(canvas: Canvas, name: str, tries: Sequence[Attempt], top: float) -> None:
    rows = [next((c for c in attempt.criteria if c["name"] == name), None) for attempt in tries]
    known = [row for row in rows if row is not None and row["value"] is not None]
    if not known:
        return
    low, high = known[0]["low"], known[0]["high"]
    values = [row["value"] + sign * (row["margin"] or 0) for row in known for sign in (-1, 1)]
    bounds = [*values, low, *([high] if high is not None else [])]
    air = 0.15 * (max(bounds) - min(bounds)) or 0.1 * low
    axis = Axis(min(bounds) - air, max(bounds) + air, top + ROW - 24, top + 26)
    limit = high if high is not None else axis.high
    canvas.rect(0, canvas.seconds, axis(limit), axis(low) - axis(limit), "band", "what is asked for")
    canvas.value_axis(axis, f"{name}, {UNITS[name]}; shaded: asked for", 4)
    for index, row in enumerate(rows):
        if row is not None and row["value"] is not None:
            _mark(canvas, axis, index, row)


def _mark(canvas: Canvas, axis: Axis, index: int, row: dict[str, Any]) -> None:
    """A dot with its margin: filled where it is met, a ring where it is not."""
    x = canvas.x(index + 0.5)
    margin = row["margin"] or 0.0
    for sign in (-1, 1):
        canvas.line(x - 7, axis(row["value"] + sign * margin), x + 7, axis(row["value"] + sign * margin), "rest")
    canvas.line(x, axis(row["value"] - margin), x, axis(row["value"] + margin), "rest")
    colour = "c2" if row["word"] == "met" else "c1"
    canvas.parts.append(f'<path class="dots big {colour}" d="M{x:.1f} {axis(row["value"]):.1f}h0"/>')
    if row["word"] != "met":
        canvas.parts.append(f'<path class="dots hole {colour}" d="M{x:.1f} {axis(row["value"]):.1f}h0"/>')
