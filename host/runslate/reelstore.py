"""One reel's folder in a library: the raw page log, its ledger, clock samples and live events."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from runslate import pages
from runslate.errors import RunslateError
from runslate.files import (
    FILE_MODE,
    append_lines,
    each_line,
    make_folder,
    sync_folder,
    write_json,
)
from runslate.ledger import Ledger

CLOCK_FIELDS = ("host_us", "utc_us", "board_us", "rtt_us", "boot_id")
EVENT_FIELDS = ("boot_id", "sequence", "kind", "flags", "tick", "arrived_us")
"""Numbers that a line of clock.jsonl and of events.jsonl has."""


class ReelStore:
    """The folder of one reel. Pages are only ever appended; a page counts when its CRC holds."""

    def __init__(self, folder: Path, uid: str, reel_id: int) -> None:
        self.folder = folder
        self.uid = uid
        self.reel_id = reel_id

    @property
    def log(self) -> Path:
        """The raw page log: 256-byte pages in the order in which they arrived."""
        return self.folder / "pages.log"

    def read(self) -> bytes:
        """Read the page log as it is, bad pages and torn tail included; b"" when there is none."""
        return self.log.read_bytes() if self.log.exists() else b""

    def good_pages(self) -> tuple[pages.U8, list[str]]:
        """Read all usable pages of this reel, sorted by index, each index once.

        Returns:
            (n, 256) bytes and sentences about what was ignored (torn last record, bad CRC).
        """
        table, tail = pages.split_pages(self.read())
        good = pages.good_rows(table)
        notes = []
        if tail:
            notes.append(f"The last record of {self.log.name} is torn: {tail} bytes are ignored.")
        if bad := int((~good).sum()):
            notes.append(f"Pages in {self.log.name} with a bad CRC, not used: {bad}.")
        head = pages.headers(table)
        mine = good & (head["reel_id"] == self.reel_id)
        if foreign := int((good & ~mine).sum()):
            notes.append(f"Pages in {self.log.name} of another reel, not used: {foreign}.")
        rows = np.flatnonzero(mine)
        _, first = np.unique(head["index"][rows], return_index=True)
        return table[rows[first]], notes

    def indices(self) -> set[int]:
        """Which page indices the log holds with a good CRC."""
        return {int(index) for index in pages.headers(self.good_pages()[0])["index"]}

    def append(self, fresh: Iterable[bytes]) -> int:
        """Append pages and wait until the disk has them; returns how many.

        A torn last record of an interrupted run is cut off first: only whole pages are kept.

        Raises:
            RunslateError: a page has a bad CRC, another program is writing, or the disk is full.
        """
        batch = list(fresh)
        if not all(pages.page_is_good(page) for page in batch):
            raise RunslateError(f"A page for {self.folder.name} has a bad CRC and was not stored.")
        make_folder(self.folder)
        new = not self.log.exists()
        descriptor = os.open(self.log, os.O_RDWR | os.O_CREAT, FILE_MODE)
        with os.fdopen(descriptor, "r+b") as file:
            self._lock(file.fileno())
            size = file.seek(0, os.SEEK_END)
            file.seek(size - size % pages.PAGE_BYTES)
            file.truncate()
            self._write(file.write, b"".join(batch))
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(self.folder)
        return len(batch)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunslateError(
                f"Another program is writing the reel {self.folder.name}.",
                "One program at a time drains a node.",
                "Wait until the other `runslate` is done.",
            ) from error

    def _write(self, write: Any, data: bytes) -> None:
        try:
            write(data)
        except OSError as error:
            raise RunslateError(
                f"The page log {self.log} can't be written ({error.strerror}).",
                "Nothing was erased on the node.",
                "Free some space and run `runslate drain` again.",
            ) from error

    def digest(self) -> tuple[str, int]:
        """Read the log back from the disk: its SHA-256 and its size in bytes."""
        data = self.read()
        return hashlib.sha256(data).hexdigest(), len(data)

    def ledger(self) -> Ledger:
        """Read the ledger; a fresh one when there is none or it was damaged: a drain makes it anew of the pages."""
        path = self.folder / "reel.json"
        if path.exists():
            with suppress(ValueError, KeyError, TypeError, AttributeError):
                return Ledger.from_json(json.loads(path.read_bytes()))
        return Ledger(self.uid, self.reel_id)

    def save_ledger(self, ledger: Ledger) -> None:
        """Write the ledger as one step."""
        make_folder(self.folder)
        write_json(self.folder / "reel.json", ledger.to_json())

    def add_clock(self, samples: list[dict[str, Any]]) -> None:
        """Append clock samples (see `hostclock.clock_sample`)."""
        make_folder(self.folder)
        append_lines(self.folder / "clock.jsonl", samples)

    def clock(self) -> list[dict[str, Any]]:
        """Read all clock samples; a damaged one is left out."""
        return [line for line in each_line(self.folder / "clock.jsonl") if _has(line, CLOCK_FIELDS)]

    def add_events(self, events: list[dict[str, Any]], *, durable: bool = True) -> None:
        """Append events as they arrived live; `durable`: wait until the disk has them (see `files.append_lines`)."""
        if events:
            make_folder(self.folder)
            append_lines(self.folder / "events.jsonl", events, durable=durable)

    def events(self) -> Iterator[dict[str, Any]]:
        """Read the events that arrived live, one by one, without damaged ones; a sequence number may occur twice."""
        return filter(_is_event, each_line(self.folder / "events.jsonl"))


def _has(line: dict[str, Any], fields: Iterable[str]) -> bool:
    return all(isinstance(line.get(field), int) for field in fields)


def _is_event(line: dict[str, Any]) -> bool:
    p = line.get("p")
    if not _has(line, EVENT_FIELDS) or not isinstance(p, list) or [type(number) for number in p] != 5 * [int]:
        return False
    small = (line["kind"], line["flags"])
    return all(0 <= n < 1 << 8 for n in small) and all(0 <= n < 1 << 16 for n in p) and 0 <= line["tick"] < 1 << 32
