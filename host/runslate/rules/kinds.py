"""The kinds of rules, each judged case by case. Pure.

Whatever is certain wins: a case is broken if one of its moments breaks the rule for certain, else
unknown if one of them may, else it holds. A case that the rule says nothing about is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from runslate.audit.case import Case, Moment, among
from runslate.names import same

Answer = Literal["holds", "broken", "unknown"]


@dataclass(frozen=True)
class Finding:
    """What a rule says of one case, and the moments that say it."""

    answer: Answer
    moments: tuple[Moment, ...] = ()
    """What breaks the rule, or may break it."""


class Rule(Protocol):
    """A rule about who runs."""

    def words(self) -> str:
        """Say the rule as a sentence without a full stop."""
        ...

    def judge(self, case: Case) -> Finding | None:
        """Judge a case; None where the rule says nothing about it."""
        ...


@dataclass(frozen=True)
class Alone:
    """Whenever the runner runs, nobody else does."""

    runner: str

    def words(self) -> str:
        """Say the rule."""
        return f"{self.runner} runs alone"

    def judge(self, case: Case) -> Finding | None:
        """Judge a case in which the runner ran or may have run."""
        return _over((moment, self._kept(moment)) for moment in case.moments(self.runner))

    def _kept(self, moment: Moment) -> bool | None:
        if among(self.runner, moment.unseen):
            return None
        if moment.others:
            return False
        return None if moment.unseen else True


@dataclass(frozen=True)
class Apart:
    """Two runners never run at the same time."""

    runner: str
    other: str

    def words(self) -> str:
        """Say the rule."""
        return f"{self.runner} never runs with {self.other}"

    def judge(self, case: Case) -> Finding | None:
        """Judge a case in which both were there, or in which somebody is not named."""
        moments = case.moments(self.runner)
        if not among(self.other, case.present) and not any(m.unnamed for m in moments):
            moments = case.moments(self.other) if among(self.runner, case.present) else ()
            return _over((moment, self._kept(moment, self.other, self.runner)) for moment in moments)
        return _over((moment, self._kept(moment, self.runner, self.other)) for moment in moments)

    @staticmethod
    def _kept(moment: Moment, subject: str, other: str) -> bool | None:
        if among(subject, moment.unseen):
            return None
        if among(other, moment.runners):
            return False
        return None if among(other, moment.unseen) or moment.unnamed else True


@dataclass(frozen=True)
class DoubleOnly:
    """Only the double runs for the runner, who does not run."""

    runner: str
    double: str

    def words(self) -> str:
        """Say the rule."""
        return f"only the double {self.double} runs for {self.runner}"

    def judge(self, case: Case) -> Finding | None:
        """Judge a case in which either of them ran or may have run."""
        own = case.moments(self.runner)
        if own:
            return _over((moment, None if among(self.runner, moment.unseen) else False) for moment in own)
        double = case.moments(self.double)
        return _over((moment, None if among(self.double, moment.unseen) else True) for moment in double)


@dataclass(frozen=True)
class AtMost:
    """Never more than so many run at the same time."""

    runners: int

    def words(self) -> str:
        """Say the rule."""
        return f"at most {self.runners} run at the same time"

    def judge(self, case: Case) -> Finding | None:
        """Judge any case in which somebody ran or may have run."""
        views = ((name, moment) for name, moments in case.company.items() for moment in moments)
        found = _over((moment, self._kept(name, moment)) for name, moment in views)
        if found is None or found.answer == "holds":
            return found
        crowd = max(found.moments, key=lambda moment: moment.others)
        return Finding(found.answer, (crowd,))  # the others tell of the same people again

    def _kept(self, name: str, moment: Moment) -> bool | None:
        unseen = tuple(other for other in moment.unseen if not same(other, name))
        sure = moment.others + (0 if among(name, moment.unseen) else 1)
        if sure > self.runners:
            return False
        return None if moment.others + 1 + len(unseen) > self.runners else True


@dataclass(frozen=True)
class AllOf:
    """Several rules at once."""

    rules: tuple[Rule, ...]

    def words(self) -> str:
        """Say all rules."""
        return "; ".join(rule.words() for rule in self.rules)

    def judge(self, case: Case) -> Finding | None:
        """Judge a case by all rules that say something about it."""
        found = [finding for rule in self.rules if (finding := rule.judge(case)) is not None]
        for answer in ("broken", "unknown"):
            these = [f for f in found if f.answer == answer]
            if these:
                return Finding(these[0].answer, tuple(dict.fromkeys(m for f in these for m in f.moments)))
        return Finding("holds") if found else None


def _over(judgements: Iterable[tuple[Moment, bool | None]]) -> Finding | None:
    """Judge a case by its moments: True kept, False broken, None not known."""
    judged = list(judgements)
    if not judged:
        return None
    broken = tuple(moment for moment, answer in judged if answer is False)
    if broken:
        return Finding("broken", broken)
    unknown = tuple(moment for moment, answer in judged if answer is None)
    return Finding("unknown", unknown) if unknown else Finding("holds")
