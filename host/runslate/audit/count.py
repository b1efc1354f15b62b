"""Counting: where a rule holds, where it does not, and where nobody can say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from runslate.audit.case import Case, Moment
from runslate.audit.interval import clopper_pearson
from runslate.rules.kinds import Finding, Rule

By = Literal["series", "title", "scene", "partner"]
Word = Literal["always", "mostly", "sometimes", "once", "never", "unknown"]

ALWAYS_FROM = 2
"""Cases that `always` needs at least: one scene is no habit, so there it is `once`."""


@dataclass(frozen=True)
class Judged:
    """A case that the rule says something about, with what it says."""

    case: Case
    finding: Finding

    @property
    def partners(self) -> list[str]:
        """Who broke the rule, or may have: named people, in the order of time."""
        return list(dict.fromkeys(name for moment in self.finding.moments for name in moment.runners))

    @property
    def kind(self) -> str:
        """Of a broken rule: `pair` (one other), `group` (two or more at once), `alone` (nobody else)."""
        most = max((moment.others for moment in self.finding.moments), default=0)
        return ("alone", "pair")[most] if most < 2 else "group"


@dataclass(frozen=True)
class Tally:
    """Counts of some cases. `total` is what could be judged; `unknown` is counted apart."""

    total: int
    holds: int
    unknown: int

    @property
    def interval(self) -> tuple[float, float]:
        """The exact interval of holds / total (see `clopper_pearson`)."""
        return clopper_pearson(self.holds, self.total)

    @property
    def word(self) -> Word:
        """How often: always, mostly (more than half), sometimes, once (the only case), never."""
        if not self.total:
            return "unknown"
        if self.holds == self.total:
            return "always" if self.total >= ALWAYS_FROM else "once"
        if not self.holds:
            return "never"
        return "mostly" if 2 * self.holds > self.total else "sometimes"


@dataclass(frozen=True)
class Audit:
    """A rule counted over cases."""

    lead: str
    rule: str
    judged: tuple[Judged, ...]

    @property
    def tally(self) -> Tally:
        """Counts of all cases."""
        return tally(self.judged)

    @property
    def exceptions(self) -> list[Judged]:
        """The cases in which the rule was broken."""
        return [each for each in self.judged if each.finding.answer == "broken"]

    @property
    def unknowns(self) -> list[Judged]:
        """The cases of which nobody can say."""
        return [each for each in self.judged if each.finding.answer == "unknown"]

    def groups(self, by: By) -> dict[str, list[Judged]]:
        """Sort the cases into groups, in the order in which groups first occur."""
        groups: dict[str, list[Judged]] = {}
        for each in self.judged:
            for name in groups_of(each.case, by):
                groups.setdefault(name, []).append(each)
        return groups

    def by(self, by: By) -> dict[str, Tally]:
        """Count group by group (see `groups`)."""
        return {name: tally(members) for name, members in self.groups(by).items()}


def audit(cases: Iterable[Case], rule: Rule, lead: str) -> Audit:
    """Count where a rule holds; cases that it says nothing about are left out."""
    judged = [(case, rule.judge(case)) for case in cases]
    return Audit(lead, rule.words(), tuple(Judged(case, found) for case, found in judged if found is not None))


def groups_of(case: Case, by: By) -> tuple[str, ...]:
    """Name the groups of a case: of partners as many as were there; without a series its own title."""
    if by == "partner":
        return tuple(dict.fromkeys(case.present))
    return (case.groups.get(by) or case.groups["title"],)


def tally(judged: Sequence[Judged]) -> Tally:
    """Count cases by what was found."""
    answers = [each.finding.answer for each in judged]
    holds, unknown = answers.count("holds"), answers.count("unknown")
    return Tally(len(answers) - unknown, holds, unknown)


def evidence(judged: Judged) -> str:
    """Say what shows the finding: the catalogue's words, or the stretches of the take."""
    case = judged.case
    told = "; ".join(_moment(case, moment) for moment in judged.finding.moments if moment.span_s)
    scope = f" ({case.scope})" if told and case.scope else ""
    return case.evidence or told + scope


def _moment(case: Case, moment: Moment) -> str:
    start, end = moment.span_s or (0.0, 0.0)
    with_whom = ", ".join(_noted(case, name) for name in moment.runners)
    parts = [f"with {with_whom}"] if with_whom else []
    if moment.unseen:
        parts.append(f"nothing known of {', '.join(moment.unseen)}")
    return f"{start:.1f} to {end:.1f} s {', '.join(parts) or 'running'}"


def _noted(case: Case, name: str) -> str:
    note = case.notes.get(name)
    return f"{name} [{note}]" if note else name
