"""Consent: what each runner has agreed to, by whose word; a log that only grows."""

from __future__ import annotations

from dataclasses import dataclass

from runslate.chain import PURGED, Chain
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.moment import utc_now

FILE = "consent.jsonl"


@dataclass(frozen=True)
class Consent:
    """What a runner last said."""

    runner: str
    given: bool
    scope: str
    by: str
    at: str

    @property
    def words(self) -> str:
        """Say it in a table."""
        return f"{'given' if self.given else 'withdrawn'}: {self.scope} (by {self.by}, {self.at[:10]})"


def consent_chain(library: Library) -> Chain:
    """Give a library's consent log, whether it was begun or not."""
    return Chain(library.path / FILE)


def note_consent(library: Library, runner: str, by: str, scope: str, *, given: bool = True) -> Consent:
    """Note that somebody consents, or no longer does.

    Raises:
        RunslateError: an empty field, or a log that was changed.
    """
    if not (runner.strip() and by.strip() and scope.strip()):
        raise RunslateError("A name, a word or a scope is empty.", "Consent says who, by whose word and to what.")
    act = "give" if given else "withdraw"
    said = Consent(runner.strip(), given, scope.strip(), by.strip(), utc_now())
    fields = {"act": act, "runner": said.runner, "by": said.by, "scope": said.scope, "at": said.at}
    consent_chain(library).append(fields)
    return said


def consents(library: Library) -> dict[str, Consent]:
    """Return what everybody said last, by runner.

    Raises:
        RunslateError: the log was changed.
    """
    found = {}
    for entry in consent_chain(library).entries():
        runner = entry.text("runner")
        if runner != PURGED:
            given = entry.fields["act"] == "give"
            found[runner] = Consent(runner, given, entry.text("scope"), entry.text("by"), entry.text("at"))
    return found
