"""An audit as sentences and as the JSON document that other programs rely on. Pure."""

from __future__ import annotations

from typing import Any

from runslate.audit.count import Audit, By, Judged, Tally, evidence
from runslate.audit.interval import LEVEL_WORDS


def audit_document(found: Audit, by: By) -> dict[str, Any]:
    """Return an audit JSON-ready; `total` counts what could be judged, `unknown` is apart from it."""
    whole = found.tally
    return {
        "lead": found.lead,
        "rule": found.rule,
        "total": whole.total,
        "holds": whole.holds,
        "unknown": whole.unknown,
        "interval_95": _interval(whole),
        "by": {name: _group(tally) for name, tally in found.by(by).items()},
        "exceptions": [_exception(each) for each in found.exceptions],
        "unknown_cases": [{each.case.noun: each.case.name, "evidence": evidence(each)} for each in found.unknowns],
        "sentence": sentence(found),
    }


def sentence(found: Audit) -> str:
    """Say the result in one sentence."""
    whole = found.tally
    if not whole.total:
        return f"Whether {found.rule} can't be said: nothing could be judged{_apart(whole)}."
    low, high = (100 * end for end in whole.interval)
    kinds = [each.kind for each in found.exceptions]
    parts = [_count(kinds.count(kind), kind) for kind in ("pair", "group", "alone") if kind in kinds]
    return (
        f"{found.rule[:1].upper()}{found.rule[1:]}: in {whole.holds} of {whole.total}{_apart(whole)} "
        f"({LEVEL_WORDS} interval {low:.0f} to {high:.0f} %). "
        + (f"Exceptions: {len(kinds)} ({', '.join(parts)})." if kinds else "No exception.")
    )


def _apart(tally: Tally) -> str:
    return f", and {tally.unknown} unknown" if tally.unknown else ""


def _count(number: int, kind: str) -> str:
    if kind == "alone":
        return f"{number} with nobody else"
    return f"{number} {kind}" + ("s" if number > 1 else "")


def _interval(tally: Tally) -> list[float]:
    return [round(end, 4) for end in tally.interval]


def _group(tally: Tally) -> dict[str, Any]:
    counts = {"total": tally.total, "holds": tally.holds, "unknown": tally.unknown}
    return {**counts, "word": tally.word, "interval_95": _interval(tally)}


def _exception(each: Judged) -> dict[str, Any]:
    return {
        each.case.noun: each.case.name,
        "when": each.case.when,
        "kind": each.kind,
        "partners": each.partners,
        "evidence": evidence(each),
    }
