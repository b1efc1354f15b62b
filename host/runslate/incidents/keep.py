"""Keeping incidents up to date: the log, their evidence and their sheets."""

from __future__ import annotations

import hashlib
from pathlib import Path

from runslate.analysis.tables import TakeData
from runslate.files import make_folder, write_private
from runslate.incidents.evidence import TABLE, Tapes, Trace, read_evidence, write_evidence
from runslate.incidents.record import Incident, incident_chain, incident_folder, open_incidents
from runslate.incidents.sheet import Facts, sheet_html
from runslate.library import Library
from runslate.take import Take

HTML, PDF = "sheet.html", "sheet.pdf"


def keep_incidents(library: Library, take: Take, data: TakeData) -> list[Incident]:
    """Note a take's incidents and save the raw data around new ones; returns all of the take."""
    found = open_incidents(library, take, data)
    tapes = Tapes(library, take)
    for each in found:
        if not (incident_folder(library, each.name) / TABLE).exists():
            write_evidence(library, each, tapes.around(each))
            write_sheet(library, each)
    return found


def write_sheet(library: Library, incident: Incident, *, pdf: bool = False) -> list[Path]:
    """Write an incident's page anew as HTML, and as PDF where it is wanted or was; returns the files.

    Raises:
        RunslateError: a PDF is wanted and matplotlib is not installed.
    """
    folder = make_folder(incident_folder(library, incident.name))
    found, facts = _evidence(library, folder)
    written = [folder / HTML]
    write_private(written[0], sheet_html(incident, found, facts).encode())
    if pdf or (folder / PDF).exists():
        from runslate.incidents.pdf import sheet_pdf

        written.append(folder / PDF)
        write_private(written[1], sheet_pdf(incident, found, facts))
    return written


def _evidence(library: Library, folder: Path) -> tuple[list[Trace], Facts]:
    path = folder / TABLE
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    return read_evidence(path), Facts(library.id, incident_chain(library).seal, digest)
