"""The verdict in plain sentences: did the lead run alone, as far as shoe tags can know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from runslate.analysis.company import Kind, Stretch
from runslate.analysis.step import StepFinding

Answer = Literal["alone", "not alone", "unknown", "no running"]

LIMITS = (
    "Shoe tags show who ran and when. They do not show who was in the picture, nor that two people "
    "were side by side, nor anybody who wore no tag."
)


@dataclass(frozen=True)
class Verdict:
    """The answer, and the sentences that say it."""

    answer: Answer
    headline: str
    """At most ten words or so."""
    sentence: str
    """What was seen of the lead, in seconds and shares."""
    step_sentence: str
    """Who was in step with the lead; empty where nobody ran along."""
    provisional: bool


def judge(lead: str, stretches: Sequence[Stretch], steps: Sequence[StepFinding], provisional: bool) -> Verdict:
    """Say whether the lead ran alone.

    Args:
        lead: the runner whom the rule is about.
        stretches: the lead's company in order of time.
        steps: findings of phase locking with the others.
        provisional: not everything was drained and verified yet.
    """
    kinds = {s.kind for s in stretches}
    if not stretches:
        return Verdict(
            "no running",
            f"{lead} did not run.",
            f"The record of {lead} is whole and holds no running.",
            "",
            provisional,
        )
    answer = _answer(kinds)
    headline = {
        "alone": f"{lead} ran alone among the cast.",
        "not alone": f"{lead} did not run alone.",
        "unknown": f"Whether {lead} ran alone can't be said.",
        "no running": "",
    }[answer]
    return Verdict(answer, headline, _seconds(lead, stretches), _steps(lead, steps), provisional)


def company_phrase(stretch: Stretch) -> str:
    """Say one stretch's company: `alone`, `with Ann`, `in a group with Ann and Ben`, `unknown`."""
    if stretch.kind == "alone":
        return "alone"
    if stretch.kind == "unknown":
        seen = f", with {names(stretch.runners)} running" if stretch.runners else ""
        return f"unknown (nothing known of {names(stretch.unseen)}{seen})"
    word = "with" if stretch.kind == "with" else "in a group with"
    return f"{word} {names(stretch.runners)}"


def names(runners: Sequence[str]) -> str:
    """Join names as a sentence does: `Ann, Ben and Cid`."""
    if len(runners) < 2:
        return "".join(runners)
    return f"{', '.join(runners[:-1])} and {runners[-1]}"


def _answer(kinds: set[Kind]) -> Answer:
    if kinds & {"with", "group"}:
        return "not alone"
    return "unknown" if "unknown" in kinds else "alone"


def _seconds(lead: str, stretches: Sequence[Stretch]) -> str:
    lengths: dict[str, float] = {}
    for stretch in stretches:
        phrase = company_phrase(stretch)
        lengths[phrase] = lengths.get(phrase, 0.0) + stretch.length_us / 1e6
    whole = sum(lengths.values())
    if len(lengths) == 1 and "alone" in lengths:
        return f"In all {whole:.1f} s that {lead} ran, nobody else of the cast was running."
    parts = [f"{s:.1f} s {phrase} ({100 * s / whole:.0f} %)" for phrase, s in lengths.items()]
    may = " or may have run" if any(lead in s.unseen for s in stretches) else ""
    return f"Of the {whole:.1f} s that {lead} ran{may}: {names(parts)}."


def _steps(lead: str, steps: Sequence[StepFinding]) -> str:
    """One sentence per finding; a runner in step once is in step, however often not found so."""
    locked = _others(s for s in steps if s.in_step)
    apart = [name for name in _others(s for s in steps if s.enough) if name not in locked]
    unsure = [name for name in _others(steps) if name not in locked and name not in apart]
    sentences = []
    if locked:
        sentences.append(f"{names(locked)} {_were(locked)} in step with {lead}.")
    if apart:
        sentences.append(f"{names(apart)} {_were(apart)} not found in step with {lead}.")
    if unsure:
        sentences.append(f"{names(unsure)} shared too few strides with {lead} to tell whether in step.")
    return " ".join(sentences)


def _others(steps: Iterable[StepFinding]) -> list[str]:
    return list(dict.fromkeys(s.other for s in steps))


def _were(runners: Sequence[str]) -> str:
    return "was" if len(runners) == 1 else "were"
