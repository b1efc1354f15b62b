"""A take's shot log in the library: `shots.json` beside `take.json`."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

from runslate.analysis.tables import Shot
from runslate.csvfile import read_text
from runslate.errors import RunslateError
from runslate.files import make_folder, write_json
from runslate.library import Library
from runslate.names import plain
from runslate.shots import log
from runslate.shots.log import Clock, ShotRow
from runslate.take import Take

FILE = "shots.json"
_log = logging.getLogger(__name__)


def store_shots(library: Library, take: Take, path: Path, clock: Clock) -> tuple[list[ShotRow], list[str]]:
    """Read a CSV file and keep it as the take's shot log, in place of an older one.

    Returns:
        the rows, and sentences about what is doubtful in them.

    Raises:
        RunslateError: the file or one of its lines can't be read; the older log stays.
    """
    text = read_text(path, "shot log", "Correct the path; docs/production.md shows an example.")
    cast = [member.runner for member in take.cast]
    rows, strangers = log.spell(log.parse_shots(text, str(path), clock), cast)
    _refuse_joined(strangers, cast)
    document = {"rate": clock.rate, "start_timecode": clock.start, "rows": log.to_json(rows)}
    write_json(make_folder(library.take_folder(take.name)) / FILE, document)
    length_us = None if take.end_us is None else take.end_us - take.start_us
    return rows, log.doubts(rows, take.name, length_us, cast) + [
        f"{name} is in the picture and wears no tag in {take.name}: whether {name} ran is unknown there."
        for name in strangers
    ]


def _refuse_joined(strangers: list[str], cast: list[str]) -> None:
    """Refuse a name that is several of the cast's in a row: taken for one stranger, it would turn the verdict round."""
    known = {plain(name) for name in cast}
    for name in strangers:
        parts = re.split(r"[\s,/&+]+", plain(name))
        if len(parts) > 1 and set(parts) <= known:
            raise RunslateError(
                f"`{name}` in the shot log reads like several of the cast.",
                "Runners are separated by `;`.",
                f"Write {'; '.join(parts)}; the shot log was not stored.",
            )


def load_shots(library: Library, take: Take) -> list[ShotRow] | None:
    """Read a take's shot log; None when there is none, or when it was damaged, with a warning."""
    path = library.take_folder(take.name) / FILE
    if not path.exists():
        return None
    try:
        return log.from_json(json.loads(path.read_bytes())["rows"])
    except (ValueError, KeyError, TypeError) as error:
        _log.warning(
            "%s can't be read as a shot log (%s): %s is judged among the cast. Take it in again with `runslate shots`.",
            path, error, take.name,
        )  # fmt: skip
        return None


def shots_of(library: Library, take: Take) -> list[Shot] | None:
    """Give a take's shot log on the common time line; None when there is none."""
    rows = load_shots(library, take)
    if rows is None:
        return None
    return [Shot(take.start_us + row.start_us, take.start_us + row.end_us, row.runners) for row in rows]
