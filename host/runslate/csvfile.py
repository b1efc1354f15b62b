"""CSV files that people write: reading their text, and errors that name line and column."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from runslate.errors import RunslateError

OTHER_SEPARATORS = (";", "\t", "|")
"""What spreadsheets write where the comma belongs to numbers."""


@dataclass(frozen=True)
class CsvFile:
    """A file of fields with commas between them and a heading, as its errors tell of it."""

    name: str
    columns: tuple[str, ...]
    """Must be there, in any order."""
    kept_out: str
    """What an error leaves undone, for instance `nothing was counted`."""

    def heading(self, cells: Sequence[str]) -> list[str]:
        """Return the columns' names, in any case of letters, and look for all that must be there.

        Raises:
            RunslateError: one is missing or twice there; says so where something else than commas separates the fields.
        """
        heads = [cell.strip().lower() for cell in cells]
        twice = next((column for column in self.columns if heads.count(column) > 1), None)
        if twice is not None:
            raise self.broken(1, twice, "stands twice in the heading", "Each column has a name of its own.")
        missing = next((column for column in self.columns if column not in heads), None)
        if missing is None:
            return heads
        what, expected = "is missing in the heading", f"The columns are {', '.join(self.columns)}."
        other = next((mark for mark in OTHER_SEPARATORS if len(heads) == 1 and mark in heads[0]), None)
        if other is not None:
            what += f", whose fields are separated by {'a tab' if other == chr(9) else f'`{other}`'}"
            expected += " A comma stands between fields: save the table as CSV with commas."
        raise self.broken(1, missing, what, expected)

    def broken(self, line: int, column: str, what: str, expected: str) -> RunslateError:
        """Make the error of one line; `column` may be empty."""
        where = f"line {line}, column `{column}`," if column else f"line {line}"
        return RunslateError(f"{self.name}: {where} {what}.", expected, f"Correct that line; {self.kept_out}.")

    def no_csv(self, line: int, error: csv.Error) -> RunslateError:
        """Make the error of a line that is no CSV."""
        return self.broken(line, "", f"can't be read as CSV ({error})", "Quotes come in pairs.")


def read_text(source: Path | Traversable, what: str, cure: str) -> str:
    """Read a CSV file's text.

    Args:
        source: the file.
        what: it is, for the error.
        cure: what to do where it can't be read.

    Raises:
        RunslateError: it can't be read, or is not in UTF-8.
    """
    try:
        return source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        words = f"The {what} {source} can't be read ({error})."
        raise RunslateError(words, "It is a CSV file in UTF-8.", cure) from error
