"""Catalogues: a CSV file with one running scene per row, read strictly."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import StringIO
from pathlib import Path

from runslate.audit.case import Case, Moment, among
from runslate.csvfile import CsvFile, read_text
from runslate.errors import RunslateError
from runslate.names import known_as, plain, same

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
    """Find a catalogue: a file of this name, else a shipped one.

    Raises:
        RunslateError: there is neither.
    """
    path = Path(source)
    if path.exists():
        return path
    if source.casefold() not in SHIPPED:
        raise RunslateError(
            f"There is neither a library nor a catalogue at {source}.",
            f"An audit is of a library's folder, of a CSV file, or of a catalogue that is there: {', '.join(SHIPPED)}.",
            "Correct the path.",
        )
    return files("runslate.examples").joinpath(SHIPPED[source.casefold()])


def read_catalogue(source: Path | Traversable) -> list[Row]:
    """Read all rows of a catalogue.

    Raises:
        RunslateError: the file can't be read, or a row is broken; names line and column.
    """
    text = read_text(source, "catalogue", "Correct the path, or save the table as CSV in UTF-8.")
    return parse_catalogue(text, str(source))


def parse_catalogue(text: str, name: str) -> list[Row]:
    """Read the rows of a catalogue's text; `name` is for the errors (see `read_catalogue`)."""
    file = CsvFile(name, COLUMNS, "nothing was counted")
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        head = file.heading(next(reader, []))
        return list(_rows(reader, head, file))
    except csv.Error as error:
        raise file.no_csv(reader.line_num, error) from error


def _rows(reader: Iterator[list[str]], head: list[str], file: CsvFile) -> Iterator[Row]:
    for cells in reader:
        line = int(getattr(reader, "line_num", 0))
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            column = head[len(cells)] if len(cells) < len(head) else ""
            what = f"has {len(cells)} fields" + (f", so `{column}` is missing" if column else "")
            expected = f"Each row has the {len(head)} fields of the heading; a comma inside a field needs quotes."
            raise file.broken(line, "", what, expected)
        fields = {column: cell.strip() for column, cell in zip(head, cells, strict=True)}
        yield _checked(fields, file, line)


def _checked(fields: dict[str, str], file: CsvFile, line: int) -> Row:
    for column in ("title", "lead"):
        if not fields[column]:
            raise file.broken(line, column, "is empty", "Every row names its title and its lead.")
    if fields["year"] and not (fields["year"].isascii() and fields["year"].isdecimal() and len(fields["year"]) == 4):
        raise file.broken(line, "year", f"says `{fields['year']}`", "A year has four digits, or stays empty.")
    company = fields["company"].casefold() or "unknown"
    if company not in COMPANY:
        raise file.broken(line, "company", f"says `{fields['company']}`", f"It can be {', '.join(COMPANY)}.")
    partners = tuple(filter(None, (part.strip() for part in fields["partners"].split(";"))))
    if (company == "alone" and partners) or (company == "pair" and len(partners) > 1):
        what = f"names {len(partners)}, but `company` says `{company}`"
        raise file.broken(line, "partners", what, "Alone has no partner, a pair one; `;` stands between several.")
    twice = next((name for n, name in enumerate(partners) if among(name, (fields["lead"], *partners[:n]))), None)
    if twice is not None:
        what = f"names {twice}, who is in that row already"
        raise file.broken(line, "partners", what, "The lead is no partner, and nobody is two.")
    own = {column: fields[column] for column in ("title", "year", "series", "lead", "evidence")}
    return Row(line=line, company=company, partners=partners, **own)


def spelled(rows: list[Row], lead: str, name: str) -> str:
    """Return a lead's name as the catalogue spells it; without a name its only lead.

    Raises:
        RunslateError: there are rows, but none of this lead; no name, and several leads or none.
    """
    known = sorted({plain(row.lead): row.lead for row in reversed(rows)}.values())
    if not lead:
        return only_lead(known, name)
    found = known_as(lead, known)
    if found is not None:
        return found
    if known:
        leads = ", ".join(known)
        raise RunslateError(f"{name} has no row of the lead `{lead}`.", f"Its leads: {leads}.", "Name one with --lead.")
    return lead


def only_lead(known: Sequence[str], name: str) -> str:
    """Return the only one of these leads.

    Raises:
        RunslateError: there are several, or none.
    """
    if len(known) == 1:
        return known[0]
    raise RunslateError(
        f"Whose running in {name} shall be audited?",
        f"Its leads: {', '.join(known)}." if known else "It names no lead.",
        "Name one with --lead.",
    )


def cases(rows: list[Row], lead: str) -> list[Case]:
    """Turn the rows of one lead (the name in any case of letters) into cases, in the file's order."""
    return [_case(row) for row in rows if same(row.lead, lead)]


def _case(row: Row) -> Case:
    everybody = (row.lead, *row.partners)
    return Case(
        name=row.title,
        noun="title",
        when=row.year,
        groups={"series": row.series, "title": row.title, "scene": ""},
        present=row.partners,
        company={name: (_moment(row, tuple(n for n in everybody if n != name)),) for name in everybody},
        evidence=row.evidence,
    )


def _moment(row: Row, others: tuple[str, ...]) -> Moment:
    """Who was with one of a row; the partners of an `unknown` one are those who may have run."""
    if row.company == "unknown":
        return Moment(unseen=others or ("somebody",))
    return Moment(others, unnamed=max(0, UNNAMED.get(row.company, 0) - len(row.partners)))
