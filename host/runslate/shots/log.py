"""Reading a shot log from CSV: strict, whole microseconds, times from the start of the take. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from io import StringIO
from typing import Any

from runslate.errors import RunslateError
from runslate.timecode import Rate, parse_rate, since

COLUMNS = ("start", "end", "runners")
"""Must be there, in any order; `rate` may be, others are not looked at."""

MIDNIGHT = "00:00:00:00"


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
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True, restkey="")
    try:
        heads = [head.strip().casefold() for head in reader.fieldnames or []]
        reader.fieldnames = heads
        for column in COLUMNS:
            if column not in heads:
                raise _broken(name, 1, column, "is missing in the heading", f"Columns are {', '.join(COLUMNS)}.")
        rows = [_row(fields, name, reader.line_num, clock) for fields in reader]
    except csv.Error as error:
        what = f"can't be read as CSV ({error})"
        raise _broken(name, reader.reader.line_num, "", what, "Quotes come in pairs.") from error
    return sorted(rows, key=lambda row: (row.start_us, row.end_us))


def _row(fields: dict[str, Any], name: str, line: int, clock: Clock) -> ShotRow:
    if "" in fields or None in fields.values():
        raise _broken(name, line, "", "has more or fewer fields than the heading", "`;` stands between runners.")
    rate = fields.get("rate", "").strip() or clock.rate
    start, end = (_time_us(fields[column], column, name, line, Clock(rate, clock.start)) for column in ("start", "end"))
    if end <= start:
        raise _broken(name, line, "end", f"says `{fields['end']}`, not after the start", "A shot lasts some time.")
    runners = (part.strip() for part in fields["runners"].split(";"))
    return ShotRow(start, end, tuple(dict.fromkeys(filter(None, runners))))


def _time_us(text: str, column: str, name: str, line: int, clock: Clock) -> int:
    words = text.strip()
    try:
        if ":" in words:
            return round(1_000_000 * since(words, clock.start, _rate(clock.rate)))
        return round(1_000_000 * Fraction(words))
    except (ValueError, ZeroDivisionError):
        expected = "A time is seconds from the start of the take, or a timecode HH:MM:SS:FF."
        raise _broken(name, line, column, f"says `{text}`", expected) from None
    except RunslateError as error:
        raise _broken(name, line, column, f"can't be used: {error.what.rstrip('.')}", error.expected) from None


def _rate(text: str) -> Rate:
    if not text:
        raise RunslateError("a timecode needs a frame rate", "Give --rate, for instance --rate 25, or a column `rate`.")
    return parse_rate(text)


def _broken(name: str, line: int, column: str, what: str, expected: str) -> RunslateError:
    where = f"line {line}, column `{column}`," if column else f"line {line}"
    return RunslateError(f"{name}: {where} {what}.", expected, "Correct that line; the shot log was not stored.")


def spell(rows: Iterable[ShotRow], cast: Iterable[str]) -> tuple[list[ShotRow], list[str]]:
    """Write the cast's names as the tags do, whatever case of letters the log uses.

    Returns:
        the rows, and the names of people in the picture who wear no tag in this take.
    """
    known = {name.casefold(): name for name in cast}
    spelled = [
        ShotRow(row.start_us, row.end_us, tuple(known.get(name.casefold(), name) for name in row.runners))
        for row in rows
    ]
    strangers = {name for row in spelled for name in row.runners} - set(known.values())
    return spelled, sorted(strangers)


def to_json(rows: Iterable[ShotRow]) -> list[dict[str, Any]]:
    """Give rows JSON-ready, all numbers whole."""
    return [asdict(row) for row in rows]


def from_json(rows: Iterable[dict[str, Any]]) -> list[ShotRow]:
    """Read rows back."""
    return [ShotRow(int(row["start_us"]), int(row["end_us"]), tuple(row["runners"])) for row in rows]
