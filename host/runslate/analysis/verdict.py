"""The verdict in plain sentences: did the lead run alone, as far as shoe tags can know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from runslate.analysis.company import Kind, Stretch
from runslate.analysis.step import StepFinding

Answer = Literal["alone", "not alone", "unknown", "no running"]

Scope = Literal["in frame", "among the cast"]

LIMITS = (
    "Shoe tags show who ran and when. They do not show who was in the picture, nor that two people "
    "were side by side, nor anybody who wore no tag."
)

SCOPES: dict[Scope, str] = {
    "among the cast": "Judged among the cast that wore tags: no shot log says who was in the picture.",
    "in frame": "Judged in frame: the shot log says who was in the picture, the tags say who ran.",
}
"""What the answer is about; every report says which."""

FEW_STRIDES = 3
"""A stretch with so few strides, or fewer, is thin evidence: its ends are known to one stride each."""


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
    scope: Scope = "among the cast"
    caution: str = ""
    """Where the answer rests on very little; else empty."""


def judge(
    lead: str,
    stretches: Sequence[Stretch],
    steps: Sequence[StepFinding],
    provisional: bool,
    frame: Sequence[Stretch] | None = None,
) -> Verdict:
    """Say whether the lead ran alone: in frame where a shot log is there, else among the cast.

    Args:
        lead: the runner whom the rule is about.
        stretches: the lead's company among the cast, in order of time.
        steps: findings of phase locking with the others.
        provisional: not everything was drained and verified yet.
        frame: the lead's company in the picture; None without a shot log.
    """
    if not stretches:
        sentence = f"The record of {lead} is whole and holds no running."
        scope: Scope = "among the cast" if frame is None else "in frame"
        return Verdict("no running", f"{lead} did not run.", sentence, "", provisional, scope)
    if frame is None:
        answer = _answer({s.kind for s in stretches})
        headline = _headline(lead, answer, "among the cast")
        return Verdict(answer, headline, _seconds(lead, stretches), _steps(lead, steps), provisional)
    return _judge_frame(lead, stretches, _steps(lead, steps), provisional, frame)


def _judge_frame(
    lead: str, stretches: Sequence[Stretch], step_sentence: str, provisional: bool, frame: Sequence[Stretch]
) -> Verdict:
    cast = f"Among the cast, seen or not: {_seconds(lead, stretches)}"
    if not frame:
        sentence = f"The shot log never has {lead} in the picture while {lead} runs. {cast}"
        return Verdict("no running", f"{lead} did not run in frame.", sentence, step_sentence, provisional, "in frame")
    answer = _answer({s.kind for s in frame})
    sentence = f"{_seconds(lead, frame, ' in frame')} {cast}"
    headline = _headline(lead, answer, "in frame")
    return Verdict(answer, headline, sentence, step_sentence, provisional, "in frame")


def _headline(lead: str, answer: Answer, scope: Scope) -> str:
    where = " in frame" if scope == "in frame" else ""
    return {
        "alone": f"{lead} ran alone {scope}.",
        "not alone": f"{lead} did not run alone{where}.",
        "unknown": f"Whether {lead} ran alone{where} can't be said.",
        "no running": f"{lead} did not run{where}.",
    }[answer]


def thin_evidence(thin: Sequence[tuple[Stretch, int]], start_us: int) -> str:
    """Say which stretches rest on very few strides; empty when none does.

    Args:
        thin: such stretches with their strides (see FEW_STRIDES).
        start_us: the take's start; times are told from there.
    """
    if not thin:
        return ""
    told = [
        f"{company_phrase(s)} from {(s.start_us - start_us) / 1e6:.1f} to {(s.end_us - start_us) / 1e6:.1f} s"
        f" ({strides} stride{'' if strides == 1 else 's'})"
        for s, strides in thin
    ]
    return f"Caution, little evidence: {names(told)}."


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


def _seconds(lead: str, stretches: Sequence[Stretch], where: str = "") -> str:
    lengths: dict[str, float] = {}
    for stretch in stretches:
        phrase = company_phrase(stretch)
        lengths[phrase] = lengths.get(phrase, 0.0) + stretch.length_us / 1e6
    whole = sum(lengths.values())
    if len(lengths) == 1 and "alone" in lengths:
        return f"In all {whole:.1f} s that {lead} ran{where}, nobody else of the cast was running{where}."
    parts = [f"{s:.1f} s {phrase} ({100 * s / whole:.0f} %)" for phrase, s in lengths.items()]
    may = " or may have run" if any(lead in s.unseen for s in stretches) else ""
    return f"Of the {whole:.1f} s that {lead} ran{may}{where}: {names(parts)}."


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
