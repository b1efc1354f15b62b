"""Incidents of a library: opened by what tags told, acknowledged and closed by people; a log that only grows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from runslate.analysis.tables import TakeData
from runslate.chain import PURGED, Chain, Entry
from runslate.errors import RunslateError
from runslate.incidents.happening import Happening, happenings, measured, title
from runslate.library import Library
from runslate.moment import instant, utc_now
from runslate.take import Take

FILE = "incidents.jsonl"
FOLDER = "incidents"

SAME_US = 3_000_000
"""Two findings of one kind of one runner this close are one: some strides."""


@dataclass
class Incident:
    """One incident with all that was noted of it."""

    name: str
    """`I-0001` and so on, in the order in which they were noted."""
    take: str
    scene: str
    runner: str
    kind: str
    title: str
    measured: str
    at_us: int
    """From the start of the take."""
    utc: str
    keys: list[str]
    """The alarms that it stands for: node, reel, kind, tick."""
    noted: str
    history: list[dict[str, str]] = field(default_factory=list)
    """What people noted: act (`ack` or `close`), by, at, and their words."""

    @property
    def state(self) -> str:
        """`open`, `acknowledged` or `closed`."""
        acts = {entry["act"] for entry in self.history}
        return "closed" if "close" in acts else "acknowledged" if "ack" in acts else "open"

    @property
    def take_time(self) -> str:
        """When, from the start of the take."""
        return clock_text(self.at_us)

    def to_json(self) -> dict[str, Any]:
        """Give the incident JSON-ready."""
        return {"incident": self.name, "state": self.state, "take_time": self.take_time, **vars(self)}


def clock_text(time_us: int) -> str:
    """Write microseconds as HH:MM:SS.mmm, cut and not rounded, in whole numbers only."""
    seconds, rest = divmod(time_us, 1_000_000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest // 1000:03d}"


def incident_chain(library: Library) -> Chain:
    """Give a library's incident log, whether it was begun or not."""
    return Chain(library.path / FILE)


def incident_folder(library: Library, name: str) -> Path:
    """Give the folder of an incident's evidence and sheet, whether it exists or not."""
    return library.path / FOLDER / name


def incidents(library: Library) -> list[Incident]:
    """Read all incidents, oldest first.

    Raises:
        RunslateError: the log was changed.
    """
    found: dict[str, Incident] = {}
    for entry in incident_chain(library).entries():
        name = entry.text("incident")
        if entry.fields["act"] == "open":
            if entry.fields["runner"] != PURGED:
                found[name] = _opened(entry)
        elif name in found:
            words = {key: str(value) for key, value in entry.fields.items() if key != "incident"}
            found[name].history.append(words)
    return list(found.values())


def incident(library: Library, name: str) -> Incident:
    """Find one incident by its name, or by its number alone.

    Raises:
        RunslateError: there is none of this name.
    """
    wanted = f"I-{int(name):04d}" if name.isdecimal() else name.upper()
    known = incidents(library)
    for each in known:
        if each.name == wanted:
            return each
    names = ", ".join(each.name for each in known[-5:])
    raise RunslateError(
        f"There is no incident `{name}` in {library.path}.",
        f"The last are {names}." if names else "It has none.",
        "`runslate incidents list` shows all.",
    )


def open_incidents(library: Library, take: Take, data: TakeData) -> list[Incident]:
    """Note what befell somebody in a take and is not in the log yet; collecting again adds nothing.

    Args:
        library: keeps the log.
        take: as it is in the library.
        data: its tables.

    Returns:
        all incidents of the take.
    """
    found = happenings(data.alarms)
    if not found:
        return []
    known = [each for each in incidents(library) if each.take == take.name]
    for happening in found:
        if not any(_is(each, happening, data.start_us) for each in known):
            known.append(_open(library, take, data, happening))
    return known


def _is(known: Incident, happening: Happening, start_us: int) -> bool:
    """Tell whether an incident stands for this already: by the tags' alarms, or by who, what and when.

    What the host finds has no name of its own, and its time moves a little when clocks are fitted anew.
    """
    same = (known.runner, known.kind) == (happening.runner, happening.kind)
    near = abs(known.at_us - (happening.start_us - start_us)) <= SAME_US
    return bool(set(happening.keys) & set(known.keys)) or (same and near)


def _open(library: Library, take: Take, data: TakeData, happening: Happening) -> Incident:
    chain = incident_chain(library)
    opened = sum(entry.fields["act"] == "open" for entry in chain.entries())
    at_us = happening.start_us - data.start_us
    fields = {
        "act": "open",
        "incident": f"I-{opened + 1:04d}",
        "take": take.name,
        "scene": take.scene,
        "runner": happening.runner,
        "kind": happening.kind,
        "title": title(happening),
        "measured": measured(happening),
        "at_us": at_us,
        "utc": _utc(take, at_us),
        "keys": happening.keys,
        "noted": utc_now(),
    }
    return _opened(chain.append(fields))


def _opened(entry: Entry) -> Incident:
    fields = {name: entry.fields[name] for name in Incident.__dataclass_fields__ if name in entry.fields}
    return Incident(name=entry.text("incident"), **fields)


def _utc(take: Take, at_us: int) -> str:
    if not take.start_utc:
        return ""
    start = instant(take.start_utc).astimezone(UTC)
    return (start + timedelta(microseconds=at_us)).isoformat(timespec="milliseconds")


def acknowledge(library: Library, name: str, by: str, note: str) -> Incident:
    """Note that somebody has looked at an incident.

    Raises:
        RunslateError: there is none of this name, or it is closed.
    """
    return _add(library, name, {"act": "ack", "by": by, "note": note})


def close(library: Library, name: str, by: str, action: str, follow_up: str) -> Incident:
    """Note what was done and what shall follow.

    Raises:
        RunslateError: there is none of this name, it is closed, or nobody has acknowledged it.
    """
    if incident(library, name).state == "open":
        raise RunslateError(
            f"Nobody has acknowledged {name} yet.",
            "Somebody looks at it before it is closed.",
            f"`runslate incidents ack {name} --by NAME`.",
        )
    return _add(library, name, {"act": "close", "by": by, "action": action, "follow_up": follow_up})


def _add(library: Library, name: str, words: dict[str, str]) -> Incident:
    known = incident(library, name)
    if known.state == "closed":
        raise RunslateError(f"{known.name} is closed.", "A closed incident stays as it is.")
    incident_chain(library).append({**words, "incident": known.name, "at": utc_now()})
    return incident(library, known.name)
