"""A runner's own factor for stride lengths, kept in the library: from a belt or a measured course."""

from __future__ import annotations

import json
from typing import Any

from runslate.errors import RunslateError
from runslate.files import write_json
from runslate.gait.length import distance_correction
from runslate.library import Library

FILE = "factors.json"


def factor_of(library: Library, runner: str) -> float:
    """Return what a runner's measured lengths are multiplied by; 1 where nothing was measured yet."""
    return float(_read(library).get(runner, {}).get("factor", 1.0))


def keep_factor(library: Library, runner: str, known_m: float, measured_m: float, take: str) -> float:
    """Find a runner's factor and keep it; returns it.

    Args:
        library: where it is kept.
        runner: whose it is.
        known_m: of a treadmill's belt or a measured course.
        measured_m: what the shoe measured over the same way, with the factor that is kept so far.
        take: where both were measured.

    Raises:
        RunslateError: the two distances cannot belong together.
    """
    factor = distance_correction(known_m, measured_m / factor_of(library, runner))
    entry = {"factor": round(factor, 4), "known_m": known_m, "take": take}
    write_json(library.path / FILE, _read(library) | {runner: entry})
    return factor


def _read(library: Library) -> dict[str, Any]:
    path = library.path / FILE
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise RunslateError(
            f"{path} can't be read: {error}.", "It holds each runner's factor.", "Delete it, and calibrate again."
        ) from error
