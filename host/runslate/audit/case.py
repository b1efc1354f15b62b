"""A case: one row of a catalogue or one take, as rules see it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runslate.names import same


@dataclass(frozen=True)
class Moment:
    """A stretch in which one runner, the subject, ran or may have run in the same company."""

    runners: tuple[str, ...] = ()
    """Who ran with the subject for certain; never the subject."""
    unseen: tuple[str, ...] = ()
    """Of whom nothing is known there; the subject too where its own record is silent."""
    unnamed: int = 0
    """How many more ran at least, whose names are not told."""
    span_s: tuple[float, float] | None = None
    """Start and end in seconds of the take; None where no clock was running."""

    @property
    def others(self) -> int:
        """How many ran with the subject at least."""
        return len(self.runners) + self.unnamed


@dataclass(frozen=True)
class Case:
    """One running scene: a film of a catalogue, or a take."""

    name: str
    noun: str
    """`title` or `take`: what `name` is."""
    when: str
    """Year, or the take's start in UTC."""
    groups: Mapping[str, str]
    """What the case belongs to, by `series`, `title` and `scene`."""
    present: tuple[str, ...]
    """Who else was there to run: partners of a row, the rest of a take's cast."""
    company: Mapping[str, tuple[Moment, ...]]
    """By runner, everybody who ran or may have run; others are left out."""
    evidence: str = ""
    """What the catalogue says; empty for a take, whose evidence is its stretches."""
    scope: str = ""
    """`in frame` or `among the cast`; empty for a catalogue, which does not say."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """What else is to be said of somebody who ran, such as `cleared`."""

    def moments(self, name: str) -> tuple[Moment, ...]:
        """Return a runner's moments, the name in any case of letters."""
        return next((moments for runner, moments in self.company.items() if same(runner, name)), ())


def among(name: str, names: tuple[str, ...]) -> bool:
    """Tell whether a name is one of these, in any case of letters."""
    return any(same(name, other) for other in names)
