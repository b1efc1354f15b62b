"""The bests of each take, kept beside it; they count as long as the take is what they were made of."""

from __future__ import annotations

import json
from typing import Any

from runslate.bar.mark import Mark
from runslate.bar.records import marks_of
from runslate.errors import RunslateError
from runslate.files import write_json
from runslate.library import Library
from runslate.personal import factor_of
from runslate.take import Take

VERSION = 1
"""Rises when a discipline changes its meaning; older files are made anew."""

FILE = "bests.json"

Bests = dict[str, dict[str, float | None]]
"""By runner and discipline."""


def earlier_marks(library: Library, take: Take) -> list[Mark]:
    """Return the marks on file of the takes before this one, oldest first; nothing is analysed for it."""
    before = [other for other in library.takes() if counts(other) and other.start_utc < take.start_utc]
    return [
        mark for other in before for mark in marks_of(other.name, other.start_utc, kept_bests(library, other) or {})
    ]


def counts(take: Take) -> bool:
    """Tell whether a take's results count: it was cut, all of it was drained, and it is no false start."""
    return take.end_us is not None and take.status != "false start" and not take.provisional


def keep_bests(library: Library, take: Take, bests: Bests) -> None:
    """File the bests of a take that counts."""
    if counts(take):
        write_json(library.take_folder(take.name) / FILE, {"facts": _facts(library, take), "bests": bests})


def check_runner(marks: list[Mark], runner: str) -> None:
    """Refuse a name that nobody on the bar has.

    Raises:
        RunslateError: there is no result of this runner.
    """
    known = sorted({mark.runner for mark in marks})
    if runner and runner not in known:
        raise RunslateError(
            f"There is no result of {runner}.",
            f"Results are there of {', '.join(known)}." if known else "No drained take of this library counts yet.",
            "Name one of them, or leave --runner out.",
        )


def kept_bests(library: Library, take: Take) -> Bests | None:
    """Read the bests of a take; None when there are none on file, or something they depend on has changed."""
    try:
        found = json.loads((library.take_folder(take.name) / FILE).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("facts") != _facts(library, take):
        return None
    bests: Bests = found.get("bests", {})
    return bests


def _facts(library: Library, take: Take) -> dict[str, Any]:
    """What the results depend on: other pages, other ends, other names, another calibration make them anew."""
    stores = [library.reel(*each) for each in sorted(take.reels)]
    reels = {store.folder.name: store.log.stat().st_size if store.log.exists() else 0 for store in stores}
    cast = [
        [member.runner, sorted(node.uid for node in member.nodes), factor_of(library, member.runner)]
        for member in take.cast
    ]
    return {"version": VERSION, "start_us": take.start_us, "end_us": take.end_us, "cast": cast, "reels": reels}
