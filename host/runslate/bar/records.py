"""The records of a library and where a take stands against them. Pure: bests in, ranks and lines out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from runslate.bar.bests import DISCIPLINES, Discipline, better
from runslate.bar.mark import Mark

Scope = Literal["production", "personal"]

RULE = (
    "A result tops another only by more than can be measured "
    f"({', '.join(f'{d.resolution:g} {d.unit}' for d in DISCIPLINES)}); of results closer than that the earlier one "
    "keeps the record."
)
"""Said wherever records are."""


@dataclass(frozen=True)
class Rank:
    """Where one result of a take stands among those of earlier takes."""

    mark: Mark
    scope: Scope
    place: int
    """1 is best, and who takes the record; any other result is behind those that it does not top."""
    of: int
    """Results in this scope, this one included."""
    topped: Mark | None
    """The record that it took; None where it took none, or there was none."""


def marks_of(take: str, start_utc: str, bests: dict[str, dict[str, float | None]]) -> list[Mark]:
    """Turn the bests of a take, by runner and discipline, into marks."""
    return [
        Mark(name, runner, take, start_utc, value)
        for runner, results in bests.items()
        for name, value in results.items()
        if value is not None
    ]


def best_first(discipline: Discipline, marks: Iterable[Mark]) -> list[Mark]:
    """Return the marks of one discipline: the record, then the others, best first; of equal ones the older first."""
    mine = [mark for mark in marks if mark.discipline == discipline.name]
    mine.sort(key=lambda mark: (-mark.value if discipline.larger else mark.value, mark.start_utc))
    held = _record(discipline, mine)
    return [mark for mark in mine if mark is held] + [mark for mark in mine if mark is not held]


def _record(discipline: Discipline, marks: Iterable[Mark]) -> Mark | None:
    """The mark that no later one topped; `marks` are best first, which counts within one take."""
    held: Mark | None = None
    for mark in sorted(marks, key=lambda mark: mark.start_utc):
        if held is None or better(discipline, mark.value, held.value):
            held = mark
    return held


def ranks(take: str, marks: Sequence[Mark]) -> list[Rank]:
    """Rank every result of a take against the earlier takes: in the production and for the runner alone."""
    fresh = [mark for mark in marks if mark.take == take]
    found = []
    for discipline in DISCIPLINES:
        for mark in best_first(discipline, fresh):
            before = [m for m in marks if m.discipline == mark.discipline and _earlier(m, mark)]
            beside = [m for m in fresh if m.discipline == mark.discipline and m.runner != mark.runner]
            found.append(_rank(discipline, mark, before, beside, "production"))
            found.append(_rank(discipline, mark, [m for m in before if m.runner == mark.runner], [], "personal"))
    return found


def _earlier(mark: Mark, than: Mark) -> bool:
    return mark.take != than.take and mark.start_utc < than.start_utc


def _rank(discipline: Discipline, mark: Mark, before: list[Mark], beside: list[Mark], scope: Scope) -> Rank:
    ahead = sum(not better(discipline, mark.value, m.value) for m in before)
    better_beside = sum(better(discipline, m.value, mark.value) for m in beside)
    held = next(iter(best_first(discipline, before)), None)
    took_it = held is not None and not better_beside and better(discipline, mark.value, held.value)
    place = 1 if took_it else 1 + ahead + better_beside
    return Rank(mark, scope, place, 1 + len(before) + len(beside), held if took_it else None)


def topped_lines(found: Sequence[Rank]) -> list[str]:
    """Say what was topped: one line per record; who takes the production's takes the personal one too."""
    production = {(r.mark.discipline, r.mark.runner) for r in found if r.scope == "production" and r.topped}
    return [
        _line(rank)
        for rank in found
        if rank.topped
        and (rank.scope == "production" or (rank.mark.discipline, rank.mark.runner) not in production)
    ]  # fmt: skip


def _line(rank: Rank) -> str:
    discipline = next(d for d in DISCIPLINES if d.name == rank.mark.discipline)
    assert rank.topped is not None
    old = rank.topped
    whose = "the production's best" if rank.scope == "production" else "a personal best"
    holder = f"{old.runner} in {old.take}" if rank.scope == "production" else old.take
    return (
        f"{discipline.label}: {rank.mark.runner} set {whose}, {value_words(discipline, rank.mark.value)}; "
        f"it tops {value_words(discipline, old.value, unit=False)} of {holder}."
    )


def value_words(discipline: Discipline, value: float, *, unit: bool = True) -> str:
    """Write a result with as many digits as it deserves."""
    return f"{value:.{discipline.digits}f}" + (f" {discipline.unit}" if unit else "")
