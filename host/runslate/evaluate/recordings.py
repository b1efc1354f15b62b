"""Finds recordings in the common form (NAME.csv.gz with NAME.json) and reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from runslate.errors import RunslateError
from runslate.sim.recording import Table, read_table

Place = Literal["shoe", "leg", "sacrum", "elsewhere"]

_SUFFIXES = (".csv.gz", ".csv")
# Words of a placement, the first that fits wins: "left hip (belt)" is no shoe.
_PLACES: tuple[tuple[Place, tuple[str, ...]], ...] = (
    ("shoe", ("foot", "shoe", "instep", "toe", "heel", "ankle")),
    ("leg", ("leg", "shank", "tibia", "shin")),
    ("sacrum", ("sacr", "waist", "pelvis", "lower back", "l5")),
)
_RUNS = ("run", "jog", "sprint")
_NOT = {"no", "not", "non", "without"}


@dataclass(frozen=True)
class Item:
    """One recording on disk: the set it belongs to, and its path."""

    set: str
    path: Path

    @property
    def file(self) -> str:
        """Return the file's name."""
        return self.path.name

    @property
    def item(self) -> Item:
        """Return itself: what results are filed under, as of every other piece of work."""
        return self


@dataclass(frozen=True)
class Labelled:
    """A recording that was read.

    Attributes:
        table: its columns; `table.t_s` begins at 0.
        facts: what its JSON says; empty without one.
    """

    item: Item
    table: Table
    facts: dict[str, Any]

    @property
    def truth(self) -> dict[str, Any]:
        """Return what is known to be true; empty if nothing is."""
        truth = self.facts.get("truth")
        return truth if isinstance(truth, dict) else {}

    @property
    def activity(self) -> str:
        """Return what is done in it, in the data set's words."""
        return str(self.facts.get("activity") or "")

    @property
    def runs(self) -> bool | None:
        """Return whether somebody runs in it, by the activity's first words; None if that is not said."""
        if not self.activity:
            return None
        words = re.split(r"[\s_-]+", re.split(r"[,:;(]", self.activity.lower())[0])
        return any(word.startswith(_RUNS) for word in words) and not _NOT.intersection(words)

    @property
    def place(self) -> Place:
        """Return where the sensor was; a shoe if that is not said."""
        words = str(self.facts.get("placement") or "shoe").lower()
        for place, names in _PLACES:
            if any(name in words for name in names):
                return place
        return "elsewhere"

    @property
    def side(self) -> str | None:
        """Return "left" or "right", or None if that is not said."""
        words = str(self.facts.get("placement") or "").lower()
        for side in ("left", "right"):
            if side in words:
                return side
        return None


def find(folder: Path, only: str | None = None) -> list[Item]:
    """Return every recording under a folder, sorted; the folder of a file names its set.

    Args:
        folder: holds sets as sub-folders, or is one set.
        only: one set's name.

    Raises:
        RunslateError: there is no such folder, set or recording.
    """
    if not folder.is_dir():
        raise RunslateError(
            f"There is no folder of recordings at {folder}.",
            "Expected are sets in the common form: NAME.csv.gz with NAME.json beside it.",
            "Name another folder; `runslate evaluate emulated` needs none.",
        )
    items = sorted(_items(folder.resolve()), key=lambda item: (item.set, item.file))
    if not items:
        raise RunslateError(
            f"No recording was found in {folder}.",
            "Expected are files NAME.csv.gz with NAME.json beside them, in the folder or in folders of it.",
            "Name another folder.",
        )
    chosen = [item for item in items if only in (None, item.set)]
    if not chosen:
        raise RunslateError(
            f"There is no set called {only} in {folder}.",
            f"Its sets are {', '.join(sorted({item.set for item in items}))} and emulated.",
            "Choose one of them with --set.",
        )
    return chosen


def _items(folder: Path) -> Iterator[Item]:
    for path in folder.rglob("*"):
        if path.name.endswith(_SUFFIXES) and (path.name.endswith(".gz") or _facts_path(path).is_file()):
            yield Item(path.parent.name, path)
        elif path.suffix == ".json" and _lost_its_data(path):
            yield Item(path.parent.name, path.with_suffix(".csv.gz"))


def _lost_its_data(path: Path) -> bool:
    """Whether a JSON describes a recording that is not there."""
    if any(path.with_suffix(suffix).exists() for suffix in _SUFFIXES):
        return False
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(facts, dict) and "columns" in facts


def _facts_path(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".csv") + ".json")


def read(item: Item) -> Labelled:
    """Read one recording.

    Raises:
        RunslateError: its files are broken.
    """
    facts: dict[str, Any] = {}
    path = _facts_path(item.path)
    if path.is_file():
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _broken(path, f"it is no JSON: {error}") from error
        if not isinstance(facts, dict):
            raise _broken(path, "it should hold one object")
    return Labelled(item, read_table(item.path), facts)


def _broken(path: Path, reason: str) -> RunslateError:
    return RunslateError(
        f"{path} cannot be read: {reason}.",
        "The facts of a recording in the common form were expected.",
        "Fetch the file again, or take the recording out of the folder.",
    )
