"""The records of a library and where a take stands against them. Pure: bests in, ranks and lines out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from runslate.bar.bests import DISCIPLINES, Discipline, better
from runslate.bar.mark import Mark

Scope = Literal["production", "personal"]


@dataclass(frozen=True)
class Rank:
    """Where one result of a take stands among those of earlier takes."""

    mark: Mark
    scope: Scope
    place: int
    """1 is best; a result is behind those that it does not top."""
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
    """Return the marks of one discipline, best first; of equal ones the older first."""
    mine = [mark for mark in marks if mark.discipline == discipline.name]
    return sorted(mine, key=lambda mark: (-mark.value if discipline.larger else mark.value, mark.start_utc))


def records(marks: Sequence[Mark], runner: str = "") -> dict[str, Mark | None]:
    """Return the record of each discipline, of one runner or of everybody."""
    chosen = [mark for mark in marks if not runner or mark.runner == runner]
    return {d.name: next(iter(best_first(d, chosen)), None) for d in DISCIPLINES}


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
    ahead += sum(better(discipline, m.value, mark.value) for m in beside)
    held = next(iter(best_first(discipline, before)), None)
    topped = held if held is not None and ahead == 0 else None
    return Rank(mark, scope, 1 + ahead, 1 + len(before) + len(beside), topped)


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
