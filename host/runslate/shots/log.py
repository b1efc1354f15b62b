"""Reading a shot log from CSV: strict, whole microseconds, times from the start of the take. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from io import StringIO
from typing import Any

from runslate.csvfile import CsvFile
from runslate.errors import RunslateError
from runslate.names import plain
from runslate.timecode import Rate, parse_rate, since

COLUMNS = ("start", "end", "runners")
"""Must be there, in any order; `rate` may be, others are not looked at."""

MIDNIGHT = "00:00:00:00"

FRAME_US = 42_000
"""At 24 frames a second: a log's last row may end with the frame in which the take was cut."""

SHOWN = 3
"""Rows that a sentence about several names."""


@dataclass(frozen=True)
class ShotRow:
    """Who is in the picture from `start_us` (inclusive) to `end_us`, from the start of the take."""

    start_us: int
    end_us: int
    runners: tuple[str, ...]


@dataclass(frozen=True)
class Clock:
    """How the log's timecodes are to be read; seconds need neither."""

    rate: str = ""
    start: str = MIDNIGHT
    """The timecode at the start of the take."""


def parse_shots(text: str, name: str, clock: Clock) -> list[ShotRow]:
    """Read a shot log.

    Args:
        text: the CSV file's text; columns `start`, `end`, `runners` (`;` between several, empty for
            nobody) and, where rows differ, `rate`.
        name: of the file, for the errors.
        clock: rate of the timecodes and the timecode at the start of the take.

    Returns:
        rows in order of time.

    Raises:
        RunslateError: a row can't be read; names line and column.
    """
    file = CsvFile(name, COLUMNS, "the shot log was not stored")
    reader = csv.DictReader(StringIO(text, newline=""), strict=True, restkey="")
    try:
        reader.fieldnames = file.heading(reader.fieldnames or [])
        rows = [_row(fields, file, reader.line_num, clock) for fields in reader]
    except csv.Error as error:
        raise file.no_csv(reader.reader.line_num, error) from error
    return sorted(rows, key=lambda row: (row.start_us, row.end_us))


def _row(fields: dict[str, Any], file: CsvFile, line: int, clock: Clock) -> ShotRow:
    if "" in fields or None in fields.values():
        raise file.broken(line, "", "has more or fewer fields than the heading", "`;` stands between runners.")
    rate = fields.get("rate", "").strip() or clock.rate
    start, end = (_time_us(fields[column], column, file, line, Clock(rate, clock.start)) for column in ("start", "end"))
    if end <= start:
        raise file.broken(line, "end", f"says `{fields['end']}`, not after the start", "A shot lasts some time.")
    runners = (part.strip() for part in fields["runners"].split(";"))
    return ShotRow(start, end, tuple(dict.fromkeys(filter(None, runners))))


def _time_us(text: str, column: str, file: CsvFile, line: int, clock: Clock) -> int:
    words = text.strip()
    try:
        if ":" in words:
            return round(1_000_000 * since(words, clock.start, _rate(clock.rate)))
        return round(1_000_000 * Fraction(words))
    except (ValueError, ZeroDivisionError):
        expected = "A time is seconds from the start of the take, or a timecode HH:MM:SS:FF."
        raise file.broken(line, column, f"says `{text}`", expected) from None
    except RunslateError as error:
        raise file.broken(line, column, f"can't be used: {error.what.rstrip('.')}", error.expected) from None


def _rate(text: str) -> Rate:
    if not text:
        raise RunslateError("a timecode needs a frame rate", "Give --rate, for instance --rate 25, or a column `rate`.")
    return parse_rate(text)


def spell(rows: Iterable[ShotRow], cast: Iterable[str]) -> tuple[list[ShotRow], list[str]]:
    """Write the cast's names as the tags do, whatever case of letters the log uses.

    Returns:
        the rows, and the names of people in the picture who wear no tag in this take.
    """
    known = {plain(name): name for name in cast}
    spelled = [
        ShotRow(row.start_us, row.end_us, tuple(known.get(plain(name), name) for name in row.runners)) for row in rows
    ]
    strangers = {name for row in spelled for name in row.runners} - set(known.values())
    return spelled, sorted(strangers)


def doubts(rows: Iterable[ShotRow], take: str, length_us: int | None, cast: Sequence[str]) -> list[str]:
    """Say in sentences what makes a log look as if it were not this take's; such a log is stored nevertheless.

    Args:
        rows: spelled as the cast is (see `spell`).
        take: its name.
        length_us: of the take; None while it rolls.
        cast: who wears a tag.
    """
    rows = list(rows)
    said = []
    end_us = None if length_us is None else length_us + FRAME_US
    out = [row for row in rows if row.start_us < 0 or (end_us is not None and row.end_us > end_us)]
    if out:
        spans = ", ".join(f"{row.start_us / 1e6:.3f} to {row.end_us / 1e6:.3f} s" for row in out[:SHOWN])
        more = f" and {len(out) - SHOWN} more" if len(out) > SHOWN else ""
        length = "" if length_us is None else f" and ends at {length_us / 1e6:.3f} s"
        said.append(
            f"Not wholly inside {take}, which begins at 0{length}: {spans}{more}. What is outside counts for nothing. "
            "Is it the log of this take, and its --start-timecode right?"
        )
    if not any(name in cast for row in rows for name in row.runners):
        everybody = ", ".join(cast)
        said.append(f"Nobody of the cast of {take} ({everybody}) is in this shot log. Is it the log of this take?")
    return said


def to_json(rows: Iterable[ShotRow]) -> list[dict[str, Any]]:
    """Give rows JSON-ready, all numbers whole."""
    return [asdict(row) for row in rows]


def from_json(rows: Iterable[dict[str, Any]]) -> list[ShotRow]:
    """Read rows back."""
    return [ShotRow(int(row["start_us"]), int(row["end_us"]), tuple(row["runners"])) for row in rows]
