"""The report's section on the bar: where the take stands among earlier ones, and what it topped."""

from __future__ import annotations

from html import escape
from typing import Any

from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis
from runslate.bar.bests import DISCIPLINES
from runslate.bar.records import RULE, Rank, topped_lines, value_words
from runslate.report.html import table, tag


def bar_section(data: TakeData, result: Analysis) -> str:
    """Every result of the take with its place in the production and for the runner."""
    if not result.bar:
        return ""
    places = {(r.mark.discipline, r.mark.runner, r.scope): r for r in result.bar}
    rows = []
    for rank in result.bar:
        if rank.scope == "production":
            own = places[rank.mark.discipline, rank.mark.runner, "personal"]
            rows.append(_row(rank, own))
    lines = "".join(tag("p", line) for line in topped_lines(result.bar))
    heads = ["record", "runner", "result", "in the production", "of the runner"]
    return tag("h2", "The bar") + lines + table(heads, rows, 2) + tag("p", WORDS, "note")


WORDS = " ".join(f"{d.label}: {d.definition}" for d in DISCIPLINES) + (
    f" Places count the earlier drained takes of this library. {RULE}"
)


def bar_entry(result: Analysis) -> dict[str, Any]:
    """Return the ranks and what was topped, JSON-ready."""
    return {
        "topped": topped_lines(result.bar),
        "ranks": [
            {
                "record": rank.mark.discipline,
                "runner": rank.mark.runner,
                "value": round(rank.mark.value, 4),
                "scope": rank.scope,
                "place": rank.place,
                "of": rank.of,
                "topped": None
                if rank.topped is None
                else {
                    "runner": rank.topped.runner,
                    "take": rank.topped.take,
                    "value": round(rank.topped.value, 4),
                },
            }
            for rank in result.bar
        ],
    }


def _row(production: Rank, personal: Rank) -> list[str]:
    discipline = next(d for d in DISCIPLINES if d.name == production.mark.discipline)
    return [
        escape(discipline.label),
        escape(production.mark.runner),
        value_words(discipline, production.mark.value),
        _place(production),
        _place(personal),
    ]


def _place(rank: Rank) -> str:
    words = f"{rank.place} of {rank.of}"
    return f"<b>{words}</b>" if rank.topped else words
