"""The report's sections below the verdict; each takes the data and returns ready HTML."""

from __future__ import annotations

from html import escape

from runslate.analysis import bouts, company, intensity, step
from runslate.analysis.bouts import running_us
from runslate.analysis.metrics import METRICS
from runslate.analysis.step import StepFinding
from runslate.analysis.tables import NodeFacts, TakeData
from runslate.analysis.take import Analysis, all_gaps
from runslate.analysis.verdict import company_phrase
from runslate.report import pictures
from runslate.report.html import head, key, number, table, tag, wrap

DECIMALS = {"cadence_spm": 1, "duty_factor": 2, "peak_g": 1, "si_gct_pct": 1, "stride_cv_pct": 1}
"""Of the metrics that are not written in whole numbers."""


BOUT_WORDS = (
    "An unbroken stretch of running: from its first contact to the end of its last. A pause of up "
    f"to {bouts.MAX_HOLE_US / 1e6:g} s between strides does not break it."
)
UNKNOWN_WORDS = (
    "A tag of the cast has no record there, or its shoe moved as in running and it told no strides. A hole of up to "
    f"{company.MAX_BLIND_US / 1e6:g} s, less than any running stride, is bridged."
)
UNKNOWABLE_WORDS = (
    "Who was in the picture. Whether two people who ran at the same time were side by side, or in "
    "the same street. Anybody who wore no tag. Which way somebody ran. Alone here always means "
    "alone among the cast that wore tags."
)


def who_ran(data: TakeData, result: Analysis) -> str:
    """Who ran when, with the table of the lead's company."""
    words = {"alone": "alone", "with": "with one other", "group": "in a group"}
    present = {str(s.kind) for s in result.company}
    entries = [(kind, words[kind]) for kind in words if kind in present]
    entries.append(("unknown", "not known"))
    return (
        tag("h2", "Who ran when")
        + key([*entries, *_runners_key(data)])
        + pictures.who_ran(data, result)
        + _company_table(data, result)
    )


def _company_table(data: TakeData, result: Analysis) -> str:
    if not result.company:
        return ""
    rows = [
        [
            escape(company_phrase(s)),
            *(f"{(t - data.start_us) / 1e6:.1f}" for t in s.interval),
            f"{s.length_us / 1e6:.1f}",
            f"{100 * s.share:.0f}",
        ]
        for s in result.company
    ]
    heads = [f"{escape(data.lead)} ran", head("from", "s"), head("to", "s")]
    heads += [head("length", "s"), head("share", "%")]
    return table(heads, rows) + tag(
        "p",
        "Times count from the start of the take. Together means that bouts of running overlap in "
        f"time by at least {company.MIN_TOGETHER_US / 1e6:g} s; the ends of a bout are known to "
        "about one stride.",
        "note",
    )


def runners(data: TakeData, result: Analysis) -> str:
    """The numbers of every runner: a row per metric, a column per runner."""
    everybody = list(result.metrics.values())
    rows = [
        ["tags on", *(escape(" and ".join(m.feet) or "not said") for m in everybody)],
        [head("Running", "s", inline=True), *(_ran(result, m.runner) for m in everybody)],
        ["Running strides", *(str(m.strides) for m in everybody)],
    ]
    for metric in METRICS:
        digits = DECIMALS.get(metric.name, 0)
        cells = [number(m.values[metric.name], digits) for m in everybody]
        rows.append([head(metric.label, metric.unit, inline=True), *cells])
    heads = ["", *(escape(m.runner) for m in everybody)]
    return (
        tag("h2", "The runners in numbers")
        + table(heads, rows)
        + tag(
            "p",
            "Medians over the running strides; the mean of both feet where both wear a tag. A dash "
            "means not measured: flight and symmetry need a tag on both feet.",
            "note",
        )
    )


def _ran(result: Analysis, name: str) -> str:
    return f"{running_us(result.bouts[name]) / 1e6:.1f}"


def curves(data: TakeData, result: Analysis) -> str:
    """Cadence and intensity over the take."""
    return (
        tag("h2", "Cadence and intensity")
        + key(_runners_key(data))
        + wrap("div", pictures.cadence_picture(data), "whole")
        + wrap("div", pictures.intensity_picture(data, result), "whole")
        + tag(
            "p",
            f"Intensity is the {intensity.DEFINITION}. It says how hard a foot is thrown about; it "
            "is not energy, speed or ground force. Compare a runner with the same runner.",
            "note",
        )
    )


def contacts(data: TakeData, result: Analysis) -> str:
    """Ground contact, stride by stride."""
    low, high = pictures.contact_range(data)
    shown = [name for name in result.metrics if result.metrics[name].strides]
    if not shown:
        return ""
    parts = [wrap("div", pictures.contact_picture(data, name, low, high), "whole") for name in shown]
    words = "One dot per running stride. Filled: right foot"
    words += ", ring: left foot." if _has_left(result) else "."
    return tag("h2", "Contact times, stride by stride") + "".join(parts) + tag("p", words, "note")


def _has_left(result: Analysis) -> bool:
    return any("left" in m.feet for m in result.metrics.values())


def in_step(data: TakeData, result: Analysis) -> str:
    """Phase locking of each other runner with the lead, beside its chance level."""
    if not result.steps:
        return ""
    heads = [
        "shared stretch",
        "finding",
        "strides",
        head("circular R", "0 to 1"),
        head("near mean phase", f"% within {step.NEAR_DEG:.0f}°"),
        head("longest locked run", "strides"),
        head("drift", "degrees"),
        head("chance of this R", "p"),
    ]
    rows = [_step_row(data, f) for f in result.steps]
    shown = [f for f in result.steps if f.enough]
    images = [wrap("div", pictures.phase_picture(data, f), "whole") for f in shown]
    return (
        tag("h2", f"In step with {data.lead}?")
        + table(heads, rows, 2)
        + "".join(images)
        + tag(
            "p",
            "In step means that the relative phase of the contacts is locked; running together "
            "does not make it so. Two strangers of nearly the same cadence also show a large R for "
            "a while, so each number stands beside its chance level: the same strides of the other "
            f"runner in {step.PAIRINGS} shuffled orders (median, and what 95 of 100 stay below). "
            f"In step is said only with R of at least {step.MIN_R:g}, at least "
            f"{100 * step.MIN_SHARE:.0f} % within {step.NEAR_DEG:.0f}° of the mean phase, no "
            f"steady drift, and at most {100 * step.MAX_P:g} % of the shuffled orders reaching it.",
            "note",
        )
    )


def _step_row(data: TakeData, f: StepFinding) -> list[str]:
    start, end = ((t - data.start_us) / 1e6 for t in (f.start_us, f.end_us))
    when = wrap("span", f"{start:.1f} to {end:.1f} s", "chance")
    who = f"<b>{escape(f.other)}</b><br>{when}"
    locks = (f.found, f.chance, f.chance_high)
    word = ("in step" if f.in_step else "not found in step") if f.enough else "can't be told"
    finding = f"<b>{word}</b><br>{escape(f.reason)}" + (_phase_words(f) if f.in_step else "")
    if not f.enough:
        empty = ["–"] * 5
        return [who, finding, str(f.strides), *empty]
    return [
        who,
        finding,
        str(f.strides),
        _beside([number(lock.circular_r, 3) for lock in locks]),
        _beside([number(100 * lock.share_near) for lock in locks]),
        _beside([str(lock.longest_run) for lock in locks]),
        number(f.drift_deg),
        f"{f.p_value:.3f}",
    ]  # fmt: skip


def _phase_words(f: StepFinding) -> str:
    """Say how the locked feet fall, as far as the worn feet allow."""
    if abs(f.mean_phase_deg) <= step.NEAR_DEG:
        how = "the same feet land together" if f.same_foot else "the tagged feet land together"
    elif abs(f.mean_phase_deg) >= 180 - step.NEAR_DEG:
        how = "opposite feet land together" if f.same_foot else "the tagged feet alternate"
    else:
        how = f"at a lag of {f.mean_phase_deg:.0f}° of a stride"
    return f"; {how}"


def _beside(values: list[str]) -> str:
    """Put what was found above what chance gives (median, and what 95 of 100 stay below)."""
    found, chance, high = values
    chances = wrap("span", f"chance {chance}<br>95 % below {high}", "chance")
    return f"<b>{found}</b><br>{chances}"


def quality(data: TakeData, result: Analysis) -> str:
    """What was recorded, what is missing, and how exact times are."""
    heads = [
        "tag",
        "reel ended",
        head("covered", "% of take"),
        "pages",
        "missing",
        "bad",
        "overruns",
        head("clipped", "strides"),
        head("sample rate", "Hz, measured"),
        head("time", "± ms, p95"),
    ]
    rows = [_node_row(data, facts) for facts in data.nodes]
    return (
        tag("h2", "Quality of the record")
        + table(heads, rows, 2)
        + _gaps(data, result)
        + tag(
            "p",
            f"Between any two tags, 95 of 100 times agree within "
            f"{data.uncertainty_us_p95 / 1000:.2f} ms. A clipped stride is one in which a sensor "
            "reached the end of its range: its peak is a lower bound.",
            "note",
        )
    )


def _node_row(data: TakeData, facts: NodeFacts) -> list[str]:
    covered = sum(b - a for a, b in facts.coverage) / max(1, data.end_us - data.start_us)
    strides = data.strides.get(facts.runner)
    clipped = int(strides.clipped[strides.uid == facts.uid].sum()) if strides is not None else 0
    name = " ".join(filter(None, (facts.runner, facts.foot)))
    return [
        f'<b>{escape(name)}</b> <span class="chance">{escape(facts.imu)}</span>',
        escape(facts.closed or "–"),
        _alert(f"{100 * covered:.1f}", covered < 0.999),
        str(facts.pages),
        _alert(str(facts.pages_missing), facts.pages_missing > 0),
        _alert(str(facts.pages_bad), facts.pages_bad > 0),
        _alert(str(facts.overruns), facts.overruns > 0),
        str(clipped),
        number(facts.rate_hz or None, 2),
        number(facts.uncertainty_us_p95 / 1000, 2),
    ]


def _alert(words: str, alert: bool) -> str:
    return wrap("span", words, "warn") if alert else words


def _gaps(data: TakeData, result: Analysis) -> str:
    gaps = all_gaps(data, result)
    if not gaps:
        return tag("p", "No gaps: every tag's record covers the whole take.")
    rows = [
        [
            escape(gap.runner),
            escape(gap.reason),
            f"{(gap.start_us - data.start_us) / 1e6:.2f}",
            f"{(gap.end_us - data.start_us) / 1e6:.2f}",
            str(gap.pages),
        ]
        for gap in gaps
    ]
    return tag("h3", "Gaps") + table(
        ["runner", "why", head("from", "s"), head("to", "s"), head("pages", "missing")], rows, 2
    )


def method() -> str:
    """What the numbers mean and what shoe tags can't know."""
    entries = [(m.label, f"{m.definition} Unit: {m.unit}. From: {m.source}.") for m in METRICS]
    entries += [
        ("Intensity", f"{intensity.DEFINITION}. Unit: {intensity.UNIT}. From: accelerometer."),
        ("Bout", BOUT_WORDS),
        ("Unknown", UNKNOWN_WORDS),
    ]
    items = "".join(tag("dt", label) + tag("dd", words) for label, words in entries)
    unknowable = tag("h2", "What shoe tags can't know") + tag("p", UNKNOWABLE_WORDS)
    return unknowable + tag("h2", "What was measured") + wrap("dl", items)


def _runners_key(data: TakeData) -> list[tuple[str, str]]:
    order = [data.lead, *(name for name in data.cast if name != data.lead)]
    return [(pictures.colour(data, name), name + (" (lead)" if name == data.lead else "")) for name in order]
