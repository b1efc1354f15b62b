"""The report's section on who was in step: pairs with the lead, the group, and the chance levels."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from runslate.analysis import coupling, locking, step
from runslate.analysis.group import GroupFinding
from runslate.analysis.locking import NEAR_DEG, Locking
from runslate.analysis.step import StepFinding
from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis
from runslate.report import pictures
from runslate.report.html import head, number, table, tag, wrap
from runslate.report.jsonable import number_or_null, seconds
from runslate.report.pictures import colour
from runslate.report.svg import LEFT, Axis, Canvas

PICTURE = 150.0
"""Height of a picture of phases."""


def in_step(data: TakeData, result: Analysis) -> str:
    """Phase locking of each other runner with the lead and of the group, beside the chance level."""
    if not result.steps:
        return ""
    shown = [finding for finding in result.steps if finding.enough]
    images = [wrap("div", phase_picture(data, finding), "whole") for finding in shown]
    return (
        tag("h2", f"In step with {data.lead}?")
        + _pairs(data, result.steps)
        + "".join(images)
        + _group(data, result.group)
        + tag("p", METHOD_WORDS, "note")
    )


METHOD_WORDS = (
    "In step means that the relative phase of the contacts is locked; running together does not make it so. Two "
    "strangers of nearly the same cadence also show a large R for a while, so each number stands beside its chance "
    f"level: {2 * coupling.SURROGATES} pairs of the same two runners at other moments, with the same cadence, drift "
    "and unevenness (median, and what 95 of 100 stay below). In step is said only with R of at least "
    f"{step.MIN_R:g}, at least {100 * step.MIN_SHARE:.0f} % within {locking.NEAR_DEG:.0f}° of the mean phase and no "
    "steady drift, or for a part that holds longer than chance; and only where at most "
    f"{100 * step.MAX_P:g} % of those pairs are as coordinated. The lag is to the nearest contact of either foot. "
    "Who follows is who takes back more of a disturbance within the next stride. R is 1 where the relative phase never "
    "changes, or all of a group are at the same point of their steps, and 0 where any phase is as frequent."
)


def _pairs(data: TakeData, findings: Sequence[StepFinding]) -> str:
    heads = [
        "shared stretch",
        "finding",
        "strides",
        head("circular R", "0 to 1"),
        head("near mean phase", f"% within {NEAR_DEG:.0f}°"),
        head("longest locked run", "strides"),
        head("lag", "ms"),
        head("pace gap", "steps/min"),
        head("chance", "p"),
    ]
    return table(heads, [_pair_row(data, finding) for finding in findings], 2)


def _pair_row(data: TakeData, f: StepFinding) -> list[str]:
    start, end = ((t - data.start_us) / 1e6 for t in (f.start_us, f.end_us))
    when = wrap("span", f"{start:.1f} to {end:.1f} s", "chance")
    who = f"<b>{escape(f.other)}</b><br>{when}"
    locks = (f.found, f.chance, f.chance_high)
    word = ("in step" if f.in_step else "not found in step") if f.enough else "can't be told"
    finding = f"<b>{word}</b><br>{escape(f.reason)}" + (_how(data, f) if f.in_step else "")
    if not f.enough:
        return [who, finding, str(f.strides), *["–"] * 6]
    return [
        who,
        finding,
        str(f.strides),
        _beside([number(lock.circular_r, 3) for lock in locks]),
        _beside([number(100 * lock.share_near) for lock in locks]),
        _beside([str(lock.longest_run) for lock in locks]),
        _lag(f),
        f"{f.gap_spm:+.1f}",
        f"{f.p_value:.3f}",
    ]


def _lag(f: StepFinding) -> str:
    """Who keeps no phase has no lag."""
    return f"{f.lag_ms:+.0f}<br>" + wrap("span", f"± {f.lag_error_ms:.0f}", "chance") if f.in_step else "–"


def _how(data: TakeData, f: StepFinding) -> str:
    """Say how the locked feet fall, and who follows, as far as the data allow."""
    if abs(f.mean_phase_deg) <= NEAR_DEG:
        how = "the same feet land together" if f.same_foot else "the tagged feet land together"
    elif abs(f.mean_phase_deg) >= 180 - NEAR_DEG:
        how = "opposite feet land together" if f.same_foot else "the tagged feet alternate"
    else:
        how = f"at a lag of {f.mean_phase_deg:.0f}° of a stride"
    return f"; {how}; {escape(follow_words(data.lead, f))}"


def follow_words(lead: str, f: StepFinding) -> str:
    """Say who follows whom, and whose feet land first."""
    who = {
        "other": f"{f.other} follows {lead}",
        "lead": f"{lead} follows {f.other}",
        "both": "both answer each other",
        "": "who follows whom is not told",
    }[_follows(f)]
    first = {"lead": f"{lead} lands first", "other": f"{f.other} lands first", "": ""}[f.lands]
    return ", ".join(filter(None, (who, first)))


def _follows(f: StepFinding) -> str:
    """Who answers whom; of two who are not in step it says nothing."""
    return f.response.follows if f.response and f.in_step else ""


def _beside(values: list[str]) -> str:
    """Put what was found above what chance gives (median, and what 95 of 100 stay below)."""
    found, chance, high = values
    chances = wrap("span", f"chance {chance}<br>95 % below {high}", "chance")
    return f"<b>{found}</b><br>{chances}"


def phase_picture(data: TakeData, finding: StepFinding) -> str:
    """Draw the other's contacts within the lead's stride around the pair's mean phase, locked parts shaded."""
    canvas = Canvas(PICTURE, f"Relative phase of {finding.other}", (data.end_us - data.start_us) / 1e6)
    axis = Axis(-180, 180, PICTURE - 26, 26)
    for part in finding.locked:
        middle = (part.mean_phase_deg - finding.mean_phase_deg + 180) % 360 - 180
        low, high = axis(max(-180, middle - NEAR_DEG)), axis(min(180, middle + NEAR_DEG))
        start, end = ((t - data.start_us) / 1e6 for t in (part.start_us, part.end_us))
        canvas.rect(start, end, high, low - high, "band", f"locked from {start:.1f} to {end:.1f} s")
    canvas.time_axis(26, axis.first)
    for tick in (-180, -90, 0, 90, 180):
        canvas.line(LEFT, axis(tick), canvas.x(canvas.seconds), axis(tick), "grid")
        canvas.text(LEFT - 8, axis(tick) + 4, f"{tick}°", "tick", "end")
    words = f"{finding.other}: contacts in the lead's stride, degrees from the mean phase"
    canvas.text(LEFT, 16, words + ("; shaded: locked" if finding.locked else ""), "axis")
    away = (finding.phases_deg - finding.mean_phase_deg + 180) % 360 - 180
    pixels = [axis(value) for value in away]
    canvas.dots(pictures.seconds(data, finding.phase_t_us), pixels, colour(data, finding.other))
    return canvas.svg()


def _group(data: TakeData, group: GroupFinding | None) -> str:
    if group is None:
        return ""
    rows = [
        [
            escape(member.runner) + (" <b>odd one out</b>" if member.runner == group.odd_one_out else ""),
            number(member.coherence, 3),
            number(member.chance, 3),
            number(member.chance_high, 3),
        ]
        for member in group.members
    ]
    heads = ["runner", head("with the others", "R over time, 0 to 1"), head("chance", "median"), head("95 % below")]
    return (
        tag("h3", "The group")
        + tag("p", group_words(group))
        + wrap("div", group_picture(data, group), "whole")
        + table(heads, rows)
    )


def group_words(group: GroupFinding) -> str:
    """Say what the mean field of the group is, beside chance."""
    together = "above" if group.mean_r > group.chance_high else "not above"
    odd = f" The odd one out is {group.odd_one_out}." if group.odd_one_out else ""
    return (
        f"While three or more ran ({group.seconds:.0f} s), the mean field of their steps was R = {group.mean_r:.2f}: "
        f"{together} what chance gives ({group.chance:.2f}, 95 of 100 below {group.chance_high:.2f})." + odd
    )


def group_picture(data: TakeData, group: GroupFinding) -> str:
    """Draw the mean field R of the group over the take, with its chance level."""
    canvas = Canvas(PICTURE, "Mean field of the group", (data.end_us - data.start_us) / 1e6)
    axis = Axis(0, 1, PICTURE - 26, 26)
    first, last = ((int(t) - data.start_us) / 1e6 for t in (group.t_us[0], group.t_us[-1]))
    high = axis(group.chance_high)
    canvas.rect(first, last, high, axis.first - high, "band", "95 of 100 by chance")
    canvas.time_axis(26, axis.first)
    canvas.value_axis(axis, "mean field R of the steps; shaded: what chance gives to 95 of 100", 4)
    shown = np.where(np.isfinite(group.r), group.r, np.nan)
    canvas.curve(pictures.seconds(data, group.t_us), [axis(value) for value in shown], "c0")
    return canvas.svg()


def step_entry(f: StepFinding, start_us: int) -> dict[str, Any]:
    """Return one finding, JSON-ready; times are seconds of the take."""
    return {
        "runner": f.other,
        "start_s": seconds(f.start_us - start_us),
        "end_s": seconds(f.end_us - start_us),
        "strides": f.strides,
        "in_step": f.in_step,
        "reason": f.reason,
        "found": _locking(f.found),
        "chance": _locking(f.chance),
        "chance_95": _locking(f.chance_high),
        "p": round(f.p_value, 4),
        "drift_deg": number_or_null(f.drift_deg, 1),
        "mean_phase_deg": number_or_null(f.mean_phase_deg, 1),
        "feet": f.feet,
        "lag_ms": number_or_null(f.lag_ms, 1),
        "lag_error_ms": number_or_null(f.lag_error_ms, 1),
        "lands_first": {"lead": "lead", "other": f.other}.get(f.lands),
        "follows": {"other": f.other, "lead": "lead", "both": "both"}.get(_follows(f)),
        "response": None if f.response is None else _response(f.response),
        "pace_gap_spm": number_or_null(f.gap_spm, 2),
        "locked": [
            {
                "start_s": seconds(part.start_us - start_us),
                "end_s": seconds(part.end_us - start_us),
                "strides": part.strides,
                "mean_phase_deg": round(part.mean_phase_deg, 1),
            }
            for part in f.locked
        ],
    }


def group_entry(group: GroupFinding | None) -> dict[str, Any] | None:
    """Return the group's finding, JSON-ready; None where fewer than three ran at once."""
    if group is None:
        return None
    return {
        "seconds": round(group.seconds, 1),
        "mean_field_r": round(group.mean_r, 4),
        "chance": round(group.chance, 4),
        "chance_95": round(group.chance_high, 4),
        "odd_one_out": group.odd_one_out,
        "runners": {
            member.runner: {
                "r": number_or_null(member.coherence, 4),
                "chance": number_or_null(member.chance, 4),
                "chance_95": number_or_null(member.chance_high, 4),
            }
            for member in group.members
        },
    }


def _response(response: coupling.Response) -> dict[str, float | None]:
    return {
        "lead": number_or_null(response.lead, 3),
        "other": number_or_null(response.other, 3),
        "difference_error_99": number_or_null(response.error, 3),
    }


def _locking(lock: Locking) -> dict[str, Any]:
    return {
        "circular_r": number_or_null(lock.circular_r, 4),
        "share_within_30_deg": number_or_null(lock.share_near, 4),
        "longest_locked_run": lock.longest_run,
    }
