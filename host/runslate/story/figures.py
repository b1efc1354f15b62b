"""The one line that each command's answer comes down to. Pure: documents in, words out."""

from __future__ import annotations

from typing import Any

from runslate.analysis.verdict import names

Document = dict[str, Any]


def sprint(document: Document) -> str:
    """How long the lead ran without a break, and alone."""
    runner = document["pace"][document["lead"]]
    alone = sum(s["end_s"] - s["start_s"] for s in document["company"] if s["kind"] == "alone")
    return f"longest unbroken run {runner['longest_run_s']:.1f} s, {alone:.1f} s of it alone"


def beat(document: Document) -> str:
    """How much of a run is on the beat."""
    found = document["beat"]
    word = "on the beat" if found["on_beat"] else "not on the beat"
    share, chance = 100 * found["share"], 100 * found["chance"]
    return f"{word} of {found['bpm']:g} per minute: {share:.0f} % of {found['steps']} steps (chance {chance:.0f} %)"


def profile(document: Document) -> str:
    """The lead's profile."""
    aims = document["targets"]
    units = {"speed": "m/s", "cadence": "steps/min", "duration": "s"}
    known = {key: (aims[key]["mean"], aims[key]["spread"]) for key in units if key in aims}
    return ", ".join(f"{mean:.1f} ± {spread:.1f} {units[key]}" for key, (mean, spread) in known.items())


def state(document: Document) -> str:
    """What was said of a clearance."""
    return f"{document['candidate']} in scene {document['scene']}: {document['state']} (line {document['number']})"


def attempt(document: Document) -> str:
    """What a treadmill run came to, and where the candidate stands."""
    last = document["attempts"][-1]
    notes = [note for note in document["notes"] if "display" in note]
    word = "met" if last["met"] else "not met"
    recommended = "; recommended" if document["recommended"] else ""
    return " ".join([f"{word} ({document['met']} of {len(document['attempts'])} met{recommended}).", *notes])


def company(document: Document) -> str:
    """Who ran with the lead, whether cleared, and what befell whom."""
    return "; ".join([_company(document), *(f"{found['title']}, {found['runner']}" for found in document["incidents"])])


def _company(document: Document) -> str:
    others = sorted({name for s in document["company"] for name in s["runners"]} - {document["lead"]})
    who = f"{document['lead']} ran with {names(others)}" if others else f"{document['lead']} ran alone"
    uncleared = [found["runner"] for found in document["clearance"]["uncleared"]]
    if uncleared:
        return f"{who}; not cleared: {names(uncleared)}"
    return f"{who}, cleared" if others else who


def incidents(document: Document) -> str:
    """What was recorded."""
    found = document["incidents"]
    first = found[0]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    where = f"{first['take_time']} of {first['take']}"
    return f"{first['incident']}: {first['title']}, {first['runner']}, at {where}{more}"


def state_of(document: Document) -> str:
    """What became of an incident."""
    return f"{document['incident']} is {document['state']}; its page: {document['files'][0]}"


def audit(document: Document) -> str:
    """Where the rule holds."""
    low, high = (100 * end for end in document["interval_95"])
    always = [name for name, group in document["by"].items() if group["word"] == "always"]
    kinds = [found["kind"] for found in document["exceptions"]]
    exceptions = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    return (
        f"holds in {document['holds']} of {document['total']} takes ({low:.0f} to {high:.0f} %), always in scene "
        f"{names(always) if always else '-'}; exceptions: {exceptions}"
    )
