"""Exporting a take under pseudonyms: a folder that can leave the house."""

from __future__ import annotations

from pathlib import Path

from runslate.analysis.take import analyse
from runslate.collect import take_tables
from runslate.derive import write_strides
from runslate.errors import RunslateError
from runslate.files import make_folder, write_json
from runslate.library import Library
from runslate.privacy.pseudonym import pseudonymous, pseudonyms
from runslate.report import write_report
from runslate.report.document import take_document
from runslate.take import Take


def export_take(library: Library, take: Take, folder: Path) -> tuple[dict[str, str], list[Path]]:
    """Write strides, results and report of a take under pseudonyms.

    Args:
        library: where the take is.
        take: the take.
        folder: is made; it must not exist.

    Returns:
        who is who (which is not written), and the files.

    Raises:
        RunslateError: the folder exists.
    """
    if folder.exists():
        raise RunslateError(f"{folder} exists.", "An export goes into a folder of its own.", "Name another with -o.")
    data = take_tables(library, take)
    key = pseudonyms(data)
    plain = pseudonymous(data, key)
    result = analyse(plain)
    make_folder(folder)
    written = [folder / "take.json", folder / "strides.parquet", folder / "report.html"]
    write_json(written[0], take_document(plain, result))
    write_strides(plain, written[1])
    write_report(plain, result, written[2])
    return key, written
