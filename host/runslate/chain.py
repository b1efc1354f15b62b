"""A log that only grows: JSON lines, each sealed with a hash over itself and the line before.

A changed, removed or added line breaks the chain; a cut-off end disagrees with the head, a small file
beside the log. Whoever rewrites log and head together is not noticed by this alone: `clear list` and the
pages of incidents tell the seal of their day.

Every field has a salt of its own and goes into the seal as a digest. So a field can be taken out for
good (somebody's data are purged): its digest stays in its place, and the chain still holds.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runslate.errors import RunslateError
from runslate.files import append_private, make_folder, sync_folder, write_json, write_private

FIRST = "0" * 64
"""What the first line has as the seal of the line before."""

SALT_BYTES = 8
"""Enough that a name can't be found from its digest by trying."""

PURGED = "(purged)"
"""Reads in the place of a field that was taken out."""

Fields = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One line: its number from 1, its seal, and its fields."""

    number: int
    seal: str
    fields: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return a field as text; "" where the line has none."""
        return str(self.fields.get(name, ""))


class Chain:
    """One such log in a file of a library."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.head = path.with_suffix(".head.json")

    def entries(self) -> list[Entry]:
        """Read and check all lines.

        Raises:
            RunslateError: the log was changed or cut off; says where.
        """
        lines, _ = self._lines()
        entries, seal = [], FIRST
        for number, line in enumerate(lines, 1):
            entry = self._checked(line, number, seal)
            entries.append(entry)
            seal = entry.seal
        self._check_head(entries)
        return entries

    @property
    def seal(self) -> str:
        """The seal of the last line: names this state of the whole log."""
        entries = self.entries()
        return entries[-1].seal if entries else FIRST

    def append(self, fields: Fields) -> Entry:
        """Add one line and wait until the disk has it.

        Raises:
            RunslateError: the log was changed or cut off; nothing is added then.
        """
        make_folder(self.path.parent)
        with self._locked():
            entries = self.entries()
            self._drop_torn_end()
            salts = {name: secrets.token_hex(SALT_BYTES) for name in fields}
            before = entries[-1].seal if entries else FIRST
            entry = Entry(len(entries) + 1, _seal(len(entries) + 1, before, _digests(fields, salts)), fields)
            line = {"n": entry.number, "fields": fields, "salts": salts, "before": before, "seal": entry.seal}
            append_private(self.path, _encoded(line))
            write_json(self.head, {"lines": entry.number, "seal": entry.seal})
            sync_folder(self.path.parent)
        return entry

    def purge(self, concerns: Callable[[Fields, str], bool]) -> int:
        """Take fields out for good; returns how many. The seals stay as they are.

        Args:
            concerns: told all fields of a line and the name of one, says whether that one goes.
        """
        if not self.path.exists():
            return 0
        with self._locked():
            self.entries()
            lines, _ = self._lines()
            taken = 0
            for line in lines:
                fields, salts = line["fields"], line["salts"]
                for name in [n for n in salts if concerns(fields, n)]:
                    fields[name] = {"purged": _digest(name, fields[name], salts.pop(name))}
                    taken += 1
            if taken:
                write_private(self.path, b"".join(map(_encoded, lines)))
        return taken

    def _checked(self, line: Mapping[str, Any], number: int, before: str) -> Entry:
        try:
            fields, salts = line["fields"], line["salts"]
            shown = {name: value if name in salts else PURGED for name, value in fields.items()}
            right = _seal(number, before, _digests(fields, salts))
            good = (line["n"], line["before"], line["seal"]) == (number, before, right)
        except (KeyError, TypeError, AttributeError):
            good = False
        if not good:
            raise self._broken(f"Line {number} of {self.path} is not what was written.")
        return Entry(number, right, shown)

    def _check_head(self, entries: list[Entry]) -> None:
        """At most one line more than the head says: the power may go between the two writes."""
        lines, seal = self._read_head()
        if len(entries) < lines:
            raise self._broken(f"{self.path} has {len(entries)} lines; {lines} were written: its end is missing.")
        if len(entries) > lines + 1 or (lines and entries[lines - 1].seal != seal):
            raise self._broken(f"{self.path} and {self.head.name} do not belong together.")

    def _read_head(self) -> tuple[int, str]:
        """Give the number of lines that were written, and the last one's seal."""
        if not self.head.exists():
            return 0, FIRST
        try:
            head = json.loads(self.head.read_bytes())
            return int(head["lines"]), str(head["seal"])
        except (ValueError, KeyError, TypeError) as error:
            raise self._broken(f"{self.head} can't be read.") from error

    def _broken(self, what: str) -> RunslateError:
        return RunslateError(
            what,
            "The log only grows, and every line is sealed with the one before.",
            "Restore both files from a backup; keep the changed ones, they show what was done.",
        )

    def _lines(self) -> tuple[list[dict[str, Any]], int]:
        """Read whole lines and the bytes of a torn end (power loss while appending)."""
        data = self.path.read_bytes() if self.path.exists() else b""
        whole, newline, torn = data.rpartition(b"\n")
        lines = []
        for number, line in enumerate(whole.split(b"\n") if newline else [], 1):
            try:
                lines.append(json.loads(line))
            except ValueError as error:
                raise self._broken(f"Line {number} of {self.path} can't be read.") from error
        return lines, len(torn)

    def _drop_torn_end(self) -> None:
        _, torn = self._lines()
        if torn:
            os.truncate(self.path, self.path.stat().st_size - torn)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One program at a time adds to the log."""
        descriptor = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _encoded(line: dict[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _digests(fields: Fields, salts: Mapping[str, str]) -> dict[str, str]:
    return {
        name: _digest(name, value, salts[name]) if name in salts else str(value["purged"])
        for name, value in fields.items()
    }


def _digest(name: str, value: Any, salt: str) -> str:
    text = json.dumps([salt, name, value], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _seal(number: int, before: str, digests: Mapping[str, str]) -> str:
    text = json.dumps([number, before, sorted(digests.items())])
    return hashlib.sha256(text.encode()).hexdigest()
