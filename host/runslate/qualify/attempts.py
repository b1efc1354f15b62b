"""The attempts of a library: a log that only grows, and what it recommends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from runslate.chain import Chain, Entry
from runslate.library import Library
from runslate.qualify.attempt import Criterion, Measured, met
from runslate.qualify.profile import Profile
from runslate.report.jsonable import number_or_null

NEEDED = 2
"""Attempts that have to meet a profile before it is a recommendation: once can be luck."""


@dataclass(frozen=True)
class Attempt:
    """One line of the log."""

    number: int
    candidate: str
    take: str
    utc: str
    met: bool
    measured: dict[str, Any]
    criteria: list[dict[str, Any]]


def attempt_log(library: Library) -> Chain:
    """Return the log of a library's attempts."""
    return Chain(library.path / "qualify" / "attempts.jsonl")


def note_attempt(
    library: Library,
    candidate: str,
    profile: Profile,
    take: str,
    utc: str,
    measured: Measured,
    criteria: Sequence[Criterion],
) -> Entry | None:
    """Add an attempt to the log; the same take with the same result is noted once (None then)."""
    log = attempt_log(library)
    fields: dict[str, Any] = {
        "candidate": candidate,
        "profile": profile.name,
        "asked": profile.key(),
        "take": take,
        "utc": utc,
        "met": met(criteria),
        "measured": _rounded(asdict(measured)),
        "criteria": [_rounded(asdict(criterion)) for criterion in criteria],
    }
    if any(dict(entry.fields) == fields for entry in log.entries()):
        return None
    return log.append(fields)


def attempts(library: Library, candidate: str, profile: Profile) -> list[Attempt]:
    """Return the attempts of a candidate at these very numbers, oldest first; of one take the newest line counts."""
    by_take: dict[str, Attempt] = {}
    for entry in attempt_log(library).entries():
        facts = entry.fields
        if (facts["candidate"], facts["asked"]) == (candidate, profile.key()):
            by_take[facts["take"]] = Attempt(
                entry.number, candidate, facts["take"], facts["utc"], facts["met"], facts["measured"], facts["criteria"]
            )
    return sorted(by_take.values(), key=lambda attempt: attempt.utc)


def recommended(tries: Sequence[Attempt]) -> bool:
    """Tell whether enough attempts met the profile."""
    return sum(attempt.met for attempt in tries) >= NEEDED


def standing(candidate: str, profile: Profile, tries: Sequence[Attempt]) -> str:
    """Say where a candidate stands, in a sentence or two."""
    good = sum(attempt.met for attempt in tries)
    counted = f"{good} of {len(tries)} attempt{'s' if len(tries) != 1 else ''} of {candidate} met the profile"
    if recommended(tries):
        return (
            f"{counted} {profile.name}: recommended. A recommendation is no clearance; that is the word of "
            f"{profile.runner or 'the lead'}: `runslate clear grant`."
        )
    left = NEEDED - good
    return f"{counted} {profile.name}; {left} more to go for a recommendation."


def _rounded(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: _plain(value) for key, value in facts.items()}


def _plain(value: Any) -> Any:
    """As JSON gives it back: what is noted twice has to compare as the same."""
    if isinstance(value, float):
        return number_or_null(value, 4)
    return list(value) if isinstance(value, tuple) else value
