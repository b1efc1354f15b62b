"""The report's sections below the verdict; each takes the data and returns ready HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from runslate.analysis import bouts, company, intensity, intervals
from runslate.analysis.bouts import running_us
from runslate.analysis.company import Stretch
from runslate.analysis.quantities import QUANTITIES, TAKEN
from runslate.analysis.tables import NodeFacts, TakeData
from runslate.analysis.take import Analysis, all_gaps
from runslate.analysis.verdict import company_phrase
from runslate.report import pictures
from runslate.report.html import alert, head, key, number, table, tag, wrap

BOUT_WORDS = (
    "An unbroken stretch of running: from its first contact to the end of its last. A pause of up "
    f"to {bouts.MAX_HOLE_US / 1e6:g} s between strides does not break it."
)
UNKNOWN_WORDS = (
    "A tag of the cast has no record there, or its shoe moved as in running and it told no strides. A hole of up to "
    f"{company.MAX_BLIND_US / 1e6:g} s, less than any running stride, is bridged."
)
UNKNOWABLE_WORDS = (
    "Who was in the picture; only a shot log says that, and without one alone means alone among the cast that wore "
    "tags. Whether two people who ran at the same time were side by side, or in the same street. Anybody who wore no "
    "tag. Which way somebody ran."
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
        + wrap("div", pictures.who_ran(data, result), "whole")
        + _company_table(data, result)
    )


def _company_table(data: TakeData, result: Analysis) -> str:
    if not result.company:
        return ""
    return company_table(f"{escape(data.lead)} ran", result.company, data.start_us, 1) + tag(
        "p",
        "Times count from the start of the take. Together means that bouts of running overlap in "
        f"time by at least {company.MIN_TOGETHER_US / 1e6:g} s; the ends of a bout are known to "
        f"about one stride, so a stretch of less than {company.MIN_STRETCH_US / 1e6:g} s counts with its neighbour.",
        "note",
    )


def company_table(what: str, stretches: Sequence[Stretch], start_us: int, digits: int) -> str:
    """List stretches of company, times in seconds from `start_us` with so many decimals."""
    rows = [
        [
            escape(company_phrase(s)),
            *(f"{(t - start_us) / 1e6:.{digits}f}" for t in s.interval),
            f"{s.length_us / 1e6:.{digits}f}",
            f"{100 * s.share:.0f}",
        ]
        for s in stretches
    ]
    return table([what, head("from", "s"), head("to", "s"), head("length", "s"), head("share", "%")], rows)


def runners(data: TakeData, result: Analysis) -> str:
    """The numbers of every runner: a row per metric, a column per runner."""
    everybody = list(result.metrics.values())
    rows = [
        ["tags on", *(escape(" and ".join(m.feet) or "foot not said") for m in everybody)],
        [head("Running", "s", inline=True), *(_ran(result, m.runner) for m in everybody)],
        ["Running strides", *(str(m.strides) for m in everybody)],
    ]
    for quantity in QUANTITIES:
        cells = [number(m.values[quantity.name], quantity.digits) for m in everybody]
        rows.append([head(quantity.label, quantity.unit, inline=True), *cells])
    heads = ["", *(escape(m.runner) for m in everybody)]
    return (
        tag("h2", "The runners in numbers")
        + table(heads, rows)
        + tag(
            "p",
            f"{TAKEN} A dash means not measured: flight and symmetry need a tag on both feet.",
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
    covered = intervals.total_us(facts.coverage) / max(1, data.end_us - data.start_us)
    strides = data.strides.get(facts.runner)
    clipped = int(strides.clipped[strides.uid == facts.uid].sum()) if strides is not None else 0
    name = " ".join(filter(None, (facts.runner, facts.foot)))
    return [
        f'<b>{escape(name)}</b> <span class="chance">{escape(facts.imu)}</span>',
        escape(facts.closed or "–"),
        alert(f"{100 * covered:.1f}", covered < 0.999),
        str(facts.pages),
        alert(str(facts.pages_missing), facts.pages_missing > 0),
        alert(str(facts.pages_bad), facts.pages_bad > 0),
        alert(str(facts.overruns), facts.overruns > 0),
        str(clipped),
        number(facts.rate_hz or None, 2),
        number(facts.uncertainty_us_p95 / 1000, 2),
    ]


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
    entries = [(q.label, f"{q.definition} Source: {q.source}. Known error: {q.error}.") for q in QUANTITIES]
    entries += [
        ("Bout", BOUT_WORDS),
        ("Unknown", UNKNOWN_WORDS),
    ]
    items = "".join(tag("dt", label) + tag("dd", words) for label, words in entries)
    unknowable = tag("h2", "What shoe tags can't know") + tag("p", UNKNOWABLE_WORDS)
    return unknowable + tag("h2", "What was measured") + wrap("dl", items)


def _runners_key(data: TakeData) -> list[tuple[str, str]]:
    order = [data.lead, *(name for name in data.cast if name != data.lead)]
    return [(pictures.colour(data, name), name + (" (lead)" if name == data.lead else "")) for name in order]
