"""A purge that can be interrupted: what has to go, noted before anything goes, struck out at the end."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from runslate.errors import RunslateError
from runslate.files import sync_folder, write_json
from runslate.library import Library
from runslate.privacy.names import Name

FILE = "purge.json"


@dataclass
class Plan:
    """What a purge takes away. While it runs, its file is the one place that names the person."""

    name: str
    begun: str
    reels: list[str] = field(default_factory=list)
    """Folders under reels/."""
    takes: list[str] = field(default_factory=list)
    """Takes to make anew."""
    lonely: list[str] = field(default_factory=list)
    """Takes of nobody else: they go."""
    incidents: list[str] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)
    """SHA-256 of every other reel's raw pages."""
    may_still_hold: list[str] = field(default_factory=list)
    """Nodes that were never told to free the space of one of these reels."""
    pages: int = 0
    longer_names: list[str] = field(default_factory=list)
    """Of other people, with this name inside: they stay."""
    exact: bool = False
    """The name is a word of the reports as well: only its own spelling is looked for."""


def path_of(library: Library) -> Path:
    """Give the file that stands while a purge runs."""
    return library.path / FILE


def unfinished(library: Library) -> Plan | None:
    """Return the plan of a purge that was interrupted; None when none was."""
    path = path_of(library)
    return Plan(**json.loads(path.read_bytes())) if path.exists() else None


def interrupted(library: Library, name: Name) -> Plan | None:
    """Return the plan of this person's purge where it was interrupted, to go on with; None when none was.

    Raises:
        RunslateError: somebody else's purge was interrupted.
    """
    plan = unfinished(library)
    if plan is not None and not name.is_(plan.name):
        raise RunslateError(
            f"A purge of {plan.name} was interrupted.",
            "One purge is finished before the next begins.",
            f'`runslate runner purge "{plan.name}"` finishes it.',
        )
    return plan


def begin(library: Library, plan: Plan) -> Plan:
    """Note what has to go, before anything goes; returns it."""
    write_json(path_of(library), asdict(plan))
    return plan


def finish(library: Library) -> None:
    """Strike the plan out: nothing names the person any more."""
    path_of(library).unlink(missing_ok=True)
    sync_folder(library.path)
