"""Catalogues: a CSV file with one running scene per row, read strictly."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import StringIO
from pathlib import Path

from runslate.audit.case import Case, Moment
from runslate.errors import RunslateError

COLUMNS = ("title", "year", "series", "lead", "company", "partners", "evidence")
"""Must be there, in any order; further columns are not looked at."""

COMPANY = ("alone", "pair", "group", "unknown")
"""What `company` may say; an empty field is `unknown`."""

UNNAMED = {"pair": 1, "group": 2}
"""Who ran along at least, named or not."""

SHIPPED = {"filmography": "filmography.csv"}
"""Catalogues that come with Runslate, by the name that a user says."""


@dataclass(frozen=True)
class Row:
    """One row, as it stands, with the line it ends on."""

    line: int
    title: str
    year: str
    series: str
    lead: str
    company: str
    partners: tuple[str, ...]
    evidence: str


def catalogue_path(source: str) -> Path | Traversable:
    """Find a catalogue: a file of this name, else a shipped one."""
    path = Path(source)
    if not path.exists() and source.casefold() in SHIPPED:
        return files("runslate.examples").joinpath(SHIPPED[source.casefold()])
    return path


def read_catalogue(source: Path | Traversable) -> list[Row]:
    """Read all rows of a catalogue.

    Raises:
        RunslateError: the file can't be read, or a row is broken; names line and column.
    """
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RunslateError(
            f"The catalogue {source} can't be read ({error}).",
            "It is a CSV file in UTF-8.",
            "Correct the path, or save the table as CSV in UTF-8.",
        ) from error
    return parse_catalogue(text, str(source))


def parse_catalogue(text: str, name: str) -> list[Row]:
    """Read the rows of a catalogue's text; `name` is for the errors (see `read_catalogue`)."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        head = next(reader, [])
        missing = [column for column in COLUMNS if column not in head]
        if missing:
            raise _broken(name, 1, missing[0], "is missing in the heading", f"The columns are {', '.join(COLUMNS)}.")
        return list(_rows(reader, head, name))
    except csv.Error as error:
        raise _broken(name, reader.line_num, "", f"can't be read as CSV ({error})", "Quotes come in pairs.") from error


def _rows(reader: Iterator[list[str]], head: list[str], name: str) -> Iterator[Row]:
    for cells in reader:
        line = int(getattr(reader, "line_num", 0))
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            column = head[len(cells)] if len(cells) < len(head) else ""
            what = f"has {len(cells)} fields" + (f", so `{column}` is missing" if column else "")
            expected = f"Each row has the {len(head)} fields of the heading; a comma inside a field needs quotes."
            raise _broken(name, line, "", what, expected)
        fields = {column: cell.strip() for column, cell in zip(head, cells, strict=True)}
        yield _checked(fields, name, line)


def _checked(fields: dict[str, str], name: str, line: int) -> Row:
    for column in ("title", "lead"):
        if not fields[column]:
            raise _broken(name, line, column, "is empty", "Every row names its title and its lead.")
    if fields["year"] and not (fields["year"].isdecimal() and len(fields["year"]) == 4):
        raise _broken(name, line, "year", f"says `{fields['year']}`", "A year has four digits, or stays empty.")
    company = fields["company"].casefold() or "unknown"
    if company not in COMPANY:
        raise _broken(name, line, "company", f"says `{fields['company']}`", f"It can be {', '.join(COMPANY)}.")
    partners = tuple(filter(None, (part.strip() for part in fields["partners"].split(";"))))
    if (company == "alone" and partners) or (company == "pair" and len(partners) > 1):
        what = f"names {len(partners)}, but `company` says `{company}`"
        raise _broken(name, line, "partners", what, "Alone has no partner, a pair one; `;` stands between several.")
    own = {column: fields[column] for column in ("title", "year", "series", "lead", "evidence")}
    return Row(line=line, company=company, partners=partners, **own)


def _broken(name: str, line: int, column: str, what: str, expected: str) -> RunslateError:
    where = f"line {line}, column `{column}`," if column else f"line {line}"
    return RunslateError(f"{name}: {where} {what}.", expected, "Correct that line; nothing was counted.")


def spelled(rows: list[Row], lead: str, name: str) -> str:
    """Return a lead's name as the catalogue spells it.

    Raises:
        RunslateError: there are rows, but none of this lead.
    """
    wanted = lead.strip().casefold()
    known = sorted({row.lead for row in rows})
    for each in known:
        if each.casefold() == wanted:
            return each
    if known:
        leads = ", ".join(known)
        raise RunslateError(f"{name} has no row of the lead `{lead}`.", f"Its leads: {leads}.", "Name one with --lead.")
    return lead


def cases(rows: list[Row], lead: str) -> list[Case]:
    """Turn the rows of one lead (the name in any case of letters) into cases, in the file's order."""
    return [_case(row) for row in rows if row.lead.casefold() == lead.casefold()]


def _case(row: Row) -> Case:
    everybody = (row.lead, *row.partners)
    unnamed = max(0, UNNAMED.get(row.company, 0) - len(row.partners))
    unseen = ("somebody",) if row.company == "unknown" else ()
    company = {
        runner: (Moment(tuple(n for n in everybody if n != runner), unseen, unnamed),) for runner in everybody
    }
    return Case(
        name=row.title,
        noun="title",
        when=row.year,
        groups={"series": row.series, "title": row.title, "scene": ""},
        present=row.partners,
        company=company,
        evidence=row.evidence,
    )
