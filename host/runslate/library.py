"""A library: a folder that explains itself. Raw pages for ever, ledgers, clock samples, takes.

README.txt
library.json
reels/<uid>-<reel id>/{pages.log, reel.json, clock.jsonl, events.jsonl}
takes/<name>/{take.json, strides.parquet, ...}
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runslate.errors import RunslateError
from runslate.explained import README, WORDS
from runslate.files import is_scratch, make_folder, write_json, write_private
from runslate.reelstore import ReelStore
from runslate.take import Take, check_word

_log = logging.getLogger(__name__)

FORMAT = 1
DEFAULT_FOLDER = "runslate-library"

_REEL_FOLDER = re.compile(r"([0-9a-f]+)-([0-9a-f]{8})")


def default_path() -> Path:
    """Where the library is when nobody says: $RUNSLATE_LIBRARY or ./runslate-library."""
    return Path(os.environ.get("RUNSLATE_LIBRARY") or DEFAULT_FOLDER)


class Library:
    """A folder of reels and takes, owner of the nodes that are paired with its id."""

    def __init__(self, path: Path | str | None = None, *, create: bool = True) -> None:
        """Open the library at `path`, making it when `create` is set and it doesn't exist.

        Raises:
            RunslateError: it doesn't exist, or the folder is something else.
        """
        self.path = Path(path) if path is not None else default_path()
        facts = self.path / "library.json"
        if not facts.exists():
            if not create or _is_something_else(self.path):
                raise RunslateError(
                    f"There is no library at {self.path}.",
                    "A library is a folder with a library.json in it.",
                    "Name one with --library or RUNSLATE_LIBRARY; `roll` and `record` make a new or empty folder one.",
                )
            make_folder(self.path)
            write_json(facts, {"id": secrets.token_hex(8), "format": FORMAT})
            self._explain()
        self.id = _read_facts(facts)
        make_folder(self.path / "reels")
        make_folder(self.path / "takes")

    @property
    def id_bytes(self) -> bytes:
        """The library's id as the 8 bytes of a RECEIPT."""
        return bytes.fromhex(self.id)

    def reel(self, uid: str, reel_id: int) -> ReelStore:
        """Open (or begin) the store of one reel of one node."""
        return ReelStore(self.path / "reels" / f"{uid}-{reel_id:08x}", uid, reel_id)

    def has_reel(self, uid: str, reel_id: int) -> bool:
        """Tell whether anything of this reel is in the library."""
        return (self.path / "reels" / f"{uid}-{reel_id:08x}").is_dir()

    def reels(self) -> Iterator[ReelStore]:
        """Go through the stores of all reels, by folder name; what else lies there is left alone."""
        for folder in sorted((self.path / "reels").iterdir()):
            if name := _REEL_FOLDER.fullmatch(folder.name):
                yield ReelStore(folder, name[1], int(name[2], 16))

    def take_folder(self, name: str) -> Path:
        """Give the folder of a take, whether it exists or not."""
        return self.path / "takes" / name

    def takes(self) -> list[Take]:
        """Read all takes, oldest first; one that was damaged is left out with a warning."""
        found = []
        for path in sorted((self.path / "takes").glob("*/take.json")):
            try:
                found.append(_read_take(path))
            except RunslateError as error:
                _log.warning("%s", error)
        return sorted(found, key=lambda take: take.start_utc)

    def take(self, name: str) -> Take:
        """Read one take.

        Raises:
            RunslateError: there is no take of this name.
        """
        path = self.take_folder(name) / "take.json"
        if "/" in name or not path.exists():
            known = ", ".join(take.name for take in self.takes()[-5:])
            raise RunslateError(
                f"There is no take `{name}` in {self.path}.",
                f"The last takes are: {known}." if known else "The library has no takes yet.",
                "`runslate takes list` shows all.",
            )
        return _read_take(path)

    def open_take(self) -> Take | None:
        """Give the take that was rolled and not cut yet, the newest one, or None."""
        rolling = [take for take in self.takes() if take.end_us is None]
        return rolling[-1] if rolling else None

    def new_take(self, scene: str, setup: str) -> Take:
        """Begin a take with the next free number of its scene and setup; nothing is written."""
        check_word("scene", scene)
        check_word("setup", setup)
        used = [t.take for t in self.takes() if (t.scene, t.setup) == (scene, setup)]
        number = max(used, default=0) + 1
        while (self.take_folder(f"{scene}-{setup}-T{number}") / "take.json").exists():
            number += 1  # a take that was damaged keeps its number
        return Take(scene, setup, number)

    def save_take(self, take: Take) -> Path:
        """Write a take's take.json as one step; returns its folder."""
        self._explain()
        folder = make_folder(self.take_folder(take.name))
        write_json(folder / "take.json", take.to_json())
        return folder

    def _explain(self) -> None:
        """Write what the folder says of itself, where nothing does."""
        path = self.path / README
        if not path.exists():
            write_private(path, WORDS.encode())


def _is_something_else(path: Path) -> bool:
    """Whether a folder without library.json holds anything but what a killed program left of beginning a library."""
    return path.exists() and any(not is_scratch(each) for each in path.iterdir())


def _read_facts(path: Path) -> str:
    try:
        facts: dict[str, Any] = json.loads(path.read_bytes())
        identity, version = str(facts["id"]), int(facts["format"])
        bytes.fromhex(identity)
    except (ValueError, KeyError, TypeError) as error:
        raise RunslateError(
            f"{path} can't be read as a library's facts ({error}).",
            'It holds {"id": "16 hex digits", "format": 1}.',
            "Restore it from a backup, or write one with other digits: the nodes then are another library's "
            "(`runslate node claim`). Takes and reels are not touched.",
        ) from error
    if version > FORMAT:
        raise RunslateError(
            f"The library {path.parent} has format {version}.",
            f"This Runslate reads up to format {FORMAT}.",
            "Update Runslate.",
        )
    return identity


def _read_take(path: Path) -> Take:
    try:
        return Take.from_json(json.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError) as error:
        raise RunslateError(
            f"{path} can't be read as a take ({error}).",
            "It is written by `roll` and `cut`.",
            "Restore the file from a backup; the reels are not touched.",
        ) from error
