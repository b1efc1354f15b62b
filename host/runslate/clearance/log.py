"""The clearance log of a library: what was asked, refused, granted and revoked, and by whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from runslate.analysis.tables import Permit
from runslate.chain import Chain, Entry
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.moment import instant, utc_now
from runslate.names import same
from runslate.take import Take

Act = Literal["ask", "refuse", "grant", "revoke"]
ACTS: tuple[Act, ...] = get_args(Act)

STATES: dict[str, str] = {"ask": "asked", "refuse": "refused", "grant": "granted", "revoke": "revoked"}
"""Where a permission stands after each act."""

UNTRUSTED = "not to be trusted"
"""Where every permission stands when the log was changed."""

ALL_SCENES = "all"
"""As a scene: every scene."""

FILE = "clearance.jsonl"


@dataclass(frozen=True)
class Word:
    """One thing that was said about somebody's running with the lead."""

    act: Act
    candidate: str
    lead: str
    scene: str
    by: str
    why: str
    at: str
    """When it was said, ISO 8601 UTC."""


def clearance_chain(library: Library) -> Chain:
    """Give a library's clearance log, whether it was begun or not."""
    return Chain(library.path / FILE)


def note(library: Library, word: Word) -> Entry:
    """Add what was said to the log; when it was noted goes in beside it.

    Raises:
        RunslateError: an empty field; the lead as candidate; a grant that is not the lead's word; a revoke without a
            grant; a log that was changed.
    """
    _check(word)
    chain = clearance_chain(library)
    if word.act == "revoke" and state_of(chain.entries(), word.candidate, word.lead, word.scene)[0] != "granted":
        raise RunslateError(
            f"{word.candidate} has no clearance for scene {word.scene} that could be revoked.",
            "A revoke takes back a grant.",
            "`runslate clear list` shows what stands; a no is `runslate clear refuse`.",
        )
    return chain.append({**vars(word), "noted": utc_now()})


def _check(word: Word) -> None:
    for name in ("candidate", "lead", "scene", "by", "why"):
        if not getattr(word, name).strip():
            raise RunslateError(f"The field `{name}` is empty.", "A clearance says who, which scene, by whom and why.")
    if same(word.candidate, word.lead):
        raise RunslateError(f"{word.lead} needs no clearance to run with {word.lead}.", cure="Name somebody else.")
    if word.act == "grant" and not same(word.by, word.lead):
        raise RunslateError(
            f"{word.by} can't clear anybody to run with {word.lead}.",
            "The clearance is the lead's word; a no may come from anybody.",
            f"Once {word.lead} has said so: --by {word.lead}; who brought the word belongs into --why.",
        )


def other_leads(library: Library, word: Word) -> list[str]:
    """Name the leads of the scene's takes, or of all, if the word's lead is none of them: it may be misspelled."""
    takes = library.takes()
    of_scene = [take for take in takes if _covers(word.scene, take.scene)]
    leads = sorted({take.lead for take in of_scene or takes if take.lead})
    return [] if any(same(lead, word.lead) for lead in leads) else leads


def state_of(
    entries: Iterable[Entry], candidate: str, lead: str, scene: str, at: str | None = None
) -> tuple[str, Entry | None]:
    """Return where a permission stands at an instant, and the entry that says so: to ask again changes nothing.

    Args:
        entries: the log, checked.
        candidate, lead, scene: whose; names in any case of letters.
        at: ISO 8601 UTC; later words are not looked at. None: now and for ever.
    """
    mine = [
        entry
        for entry in entries
        if same(entry.text("candidate"), candidate)
        and same(entry.text("lead"), lead)
        and _covers(entry.text("scene"), scene)
        and (at is None or instant(entry.text("at")) <= instant(at))
    ]
    said = [entry for entry in mine if entry.text("act") != "ask"] or mine
    last = max(said, key=lambda entry: (instant(entry.text("at")), entry.number), default=None)
    return (STATES[last.text("act")], last) if last else ("never asked", None)


def permits(entries: list[Entry], lead: str, scene: str, at: str, cast: Iterable[str]) -> dict[str, Permit] | None:
    """Say where everybody's permission stands at an instant; None when the log never names this lead."""
    if not any(same(entry.text("lead"), lead) for entry in entries):
        return None
    found = {}
    for name in cast:
        if not same(name, lead):
            state, entry = state_of(entries, name, lead, scene, at)
            found[name] = Permit(name, state, entry.text("by") if entry else "", entry.text("at") if entry else "")
    return found


def take_permits(library: Library, take: Take) -> dict[str, Permit] | None:
    """Say where everybody's permission stood when a take began; None without a log for its lead.

    A log that was changed clears nobody, and stops no take from being told.
    """
    cast = [member.runner for member in take.cast]
    try:
        entries = clearance_chain(library).entries()
    except RunslateError:
        return {name: Permit(name, UNTRUSTED) for name in cast if name != take.lead}
    return permits(entries, take.lead, take.scene, take.start_utc or utc_now(), cast) if entries else None


def _covers(noted: str, scene: str) -> bool:
    return same(noted, ALL_SCENES) or same(noted, scene)
