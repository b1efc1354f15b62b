"""The report's section on what was checked: a second opinion on the strides, and gravity as the sensor's truth."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from runslate.analysis.movement import TagMovement
from runslate.analysis.opinion import Disagreement
from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis
from runslate.report.html import alert, head, number, table, tag
from runslate.report.jsonable import number_or_null, seconds

POOR = 0.95
"""Agreement below this is shown as a warning."""

NOTE = (
    "The second opinion is a detector on this computer that reads the same samples in another way, after the fact. "
    "Where both agree a stride is sure; where they do not, look at the take. Over whole strides the mean specific "
    "force has to be 1 g: this checks the scales of both sensors on every reel."
)


def checks_section(data: TakeData, result: Analysis) -> str:
    """Show per tag how far the second opinion agrees and whether the scales are right; empty without samples."""
    if not result.moved:
        return ""
    heads = [
        "tag",
        head("running strides", "told"),
        head("running strides", "second opinion"),
        head("agree", "%"),
        head("contact", "ms, difference"),
        head("over strides", "g, has to be 1"),
        head("at rest", "g, has to be 1"),
    ]
    words = "".join(tag("p", line, "warn") for line in warnings(data, result))
    rows = [_row(moved) for moved in result.moved]
    return tag("h3", "Checks") + table(heads, rows) + words + tag("p", NOTE, "note")


def warnings(data: TakeData, result: Analysis) -> list[str]:
    """Say what did not pass: disagreements, scales, strides that only the samples told."""
    found = []
    for moved in result.moved:
        name = _name(moved)
        found += [f"{name}: {_disagreement(each, data.start_us)}" for each in moved.opinion.disagreements]
        found += [f"{name}: {moved.truth.sentence}"] if moved.truth.flagged else []
    return [*found, *_untold(data)]


def check_entries(data: TakeData, result: Analysis) -> list[dict[str, Any]]:
    """Return the checks of every tag, JSON-ready."""
    return [_entry(moved, data) for moved in result.moved]


def _row(moved: TagMovement) -> list[str]:
    opinion, truth = moved.opinion, moved.truth
    return [
        f"<b>{escape(_name(moved))}</b>",
        str(opinion.tag),
        str(opinion.reference),
        alert(number(100 * opinion.agreement), opinion.agreement < POOR),
        number(opinion.gct_shift_ms),
        alert(number(truth.force_g, 3), truth.gyro_flagged),
        alert(number(truth.rest_g, 3), truth.accel_flagged),
    ]


def _entry(moved: TagMovement, data: TakeData) -> dict[str, Any]:
    opinion, truth = moved.opinion, moved.truth
    return {
        "runner": moved.runner,
        "uid": moved.uid,
        "foot": moved.foot,
        "strides": opinion.tag,
        "strides_second_opinion": opinion.reference,
        "agreement": round(opinion.agreement, 4),
        "gct_shift_ms": number_or_null(opinion.gct_shift_ms, 1),
        "disagreements": [
            {
                "start_s": seconds(each.start_us - data.start_us),
                "end_s": seconds(each.end_us - data.start_us),
                "only_tag": each.only_tag,
                "only_second_opinion": each.only_reference,
            }
            for each in opinion.disagreements
        ],
        "force_g": number_or_null(truth.force_g, 4),
        "rest_g": number_or_null(truth.rest_g, 4),
        "gyro_scale": number_or_null(truth.gyro_scale, 4),
        "sensor_flagged": truth.flagged,
        "sensor_sentence": truth.sentence,
    }


def _disagreement(each: Disagreement, start_us: int) -> str:
    span = f"from {(each.start_us - start_us) / 1e6:.1f} to {(each.end_us - start_us) / 1e6:.1f} s"
    parts: Sequence[tuple[int, str]] = ((each.only_tag, "the tag"), (each.only_reference, "the second opinion"))
    seen = " and ".join(f"{count} running strides only by {who}" for count, who in parts if count)
    return f"{span} {seen}."


def _untold(data: TakeData) -> list[str]:
    """Strides that the tag's own events lack, by runner."""
    counted = {name: int(strides.reference.sum()) for name, strides in data.strides.items()}
    return [
        f"{name}: {count} strides are told by the second opinion alone, from samples whose events were lost."
        for name, count in counted.items()
        if count
    ]


def _name(moved: TagMovement) -> str:
    return " ".join(filter(None, (moved.runner, moved.foot)))
