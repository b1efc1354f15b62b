"""Takes of a library as cases: what the tags measured, for the same engine that counts catalogues."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runslate.analysis.company import Stretch
from runslate.analysis.tables import TakeData
from runslate.analysis.take import company_of, find_runs
from runslate.audit.case import Case, Moment
from runslate.collect import take_tables
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.names import known_as, plain, same
from runslate.take import Take

NOT_COUNTED = ("false start",)
"""Takes of this status are no running scene."""

Told = Callable[[int, int], None]
"""Told how many takes are done, of how many."""


def countable(library: Library, lead: str) -> list[Take]:
    """List the takes that an audit of this lead looks at: cut, no false start, the lead in the cast."""
    return [
        take
        for take in library.takes()
        if take.end_us is not None and take.status not in NOT_COUNTED and spelled(take, lead) is not None
    ]


def spelled(take: Take, name: str) -> str | None:
    """Return a name as the take's cast spells it; None when nobody of the cast has it."""
    return known_as(name, (member.runner for member in take.cast))


def leads(library: Library) -> list[str]:
    """Name everybody who led a take."""
    return sorted({plain(take.lead): take.lead for take in library.takes() if take.lead}.values())


def known_lead(library: Library, takes: Sequence[Take], lead: str) -> str:
    """Return a lead's name as the newest of these takes spells it.

    Raises:
        RunslateError: the library has takes, but none with this lead.
    """
    if takes:
        return spelled(takes[-1], lead) or lead
    known = ", ".join(sorted({member.runner for take in library.takes() for member in take.cast}))
    if known:
        raise RunslateError(
            f"`{lead}` is in the cast of no take of {library.path} that can be counted.",
            f"Runners of its takes: {known}. A take that still rolls, or a false start, is not counted.",
            "Name one of them with --lead.",
        )
    return lead


def cases(library: Library, takes: Sequence[Take], lead: str, told: Told = lambda done, total: None) -> list[Case]:
    """Analyse takes (see `countable`) and make cases of them."""
    found = []
    for number, take in enumerate(takes, 1):
        found.append(take_case(take, take_tables(library, take), lead))
        told(number, len(takes))
    return found


def take_case(take: Take, data: TakeData, lead: str) -> Case:
    """Make a case of one take.

    Args:
        take: its scene and name are the groups.
        data: its tables.
        lead: whose company `present` leaves out.
    """
    runs = find_runs(data)
    seen = {name: company_of(data, runs, name) for name in runs.bouts}
    company = {name: cast if frame is None else frame for name, (cast, frame) in seen.items()}
    permits = data.permits or {}
    return Case(
        name=take.name,
        noun="take",
        when=take.start_utc[:19],
        groups={"series": take.scene, "title": take.name, "scene": take.scene},
        present=tuple(name for name in runs.bouts if not same(name, lead)),
        company={name: _moments(s, data.start_us) for name, s in company.items() if s},
        scope="among the cast" if data.shots is None else "in frame",
        notes={name: "cleared" if p.state == "granted" else "not cleared" for name, p in permits.items()},
    )


def _moments(stretches: Sequence[Stretch], start_us: int) -> tuple[Moment, ...]:
    return tuple(
        Moment(s.runners, s.unseen, 0, ((s.start_us - start_us) / 1e6, (s.end_us - start_us) / 1e6)) for s in stretches
    )
