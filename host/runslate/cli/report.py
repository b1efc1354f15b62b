"""`runslate report TAKE`: analyse a take and write its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from runslate.cli.common import AsJson, LibraryPath, TakeName, answer, log_to_stderr, open_library


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report_command)


def report_command(
    take: TakeName,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file. Default: report.html beside the take."),
    ] = None,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Say who ran alone and who ran together, and write the report: one HTML file."""
    from runslate.analysis.take import analyse
    from runslate.analysis.verdict import SCOPES
    from runslate.bar.records import topped_lines
    from runslate.bar.shelf import keep_bests
    from runslate.derive import derive
    from runslate.report import write_report
    from runslate.report.document import take_document
    from runslate.report.notices import alerts

    log_to_stderr()
    shelf = open_library(library, create=False)
    data = derive(shelf, shelf.take(take))
    result = analyse(data)
    keep_bests(shelf, shelf.take(take), result.bests)
    path = write_report(data, result, output or shelf.take_folder(take) / "report.html")
    if as_json:
        answer(take_document(data, result) | {"report": str(path)})
        return
    verdict = result.verdict
    first = "Provisional: not everything is drained yet. " if verdict.provisional else ""
    typer.echo(first + verdict.headline)
    typer.echo(" ".join(filter(None, (verdict.sentence, verdict.step_sentence))))
    typer.echo(SCOPES[verdict.scope])
    for line in filter(None, (verdict.caution, *alerts(data, result), *topped_lines(result.bar))):
        typer.echo(line)
    typer.echo(f"Report: {path}")
