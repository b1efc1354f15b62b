"""`runslate shots TAKE`: who is in the picture when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runslate.cli.common import AsJson, LibraryPath, answer, log_to_stderr, open_library, say, table

if TYPE_CHECKING:
    from runslate.shots.log import ShotRow


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("shots")(shots_command)


def shots_command(
    take: Annotated[str, typer.Argument(help="The take, for instance S1-1-T3.")],
    csv: Annotated[Path | None, typer.Option(help="The shot log: start, end, runners. Default: show it.")] = None,
    rate: Annotated[str, typer.Option(help="Frame rate of its timecodes, for instance 25 or 23.976.")] = "",
    start_timecode: Annotated[str, typer.Option(help="The timecode at the start of the take.")] = "00:00:00:00",
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Take in a shot log, and say who ran alone in frame instead of among the cast."""
    from runslate.shots.log import Clock
    from runslate.shots.store import load_shots, store_shots
    from runslate.summary import summarise

    log_to_stderr()
    shelf = open_library(library, create=False)
    known = shelf.take(take)
    if csv is None:
        rows = load_shots(shelf, known)
    else:
        rows, doubts = store_shots(shelf, known, csv, Clock(rate, start_timecode))
        for doubt in doubts:
            say(doubt)
    document = summarise(shelf, known, report=csv is not None)
    if as_json:
        answer(document)
    else:
        _print(rows, document)


def _print(rows: list[ShotRow] | None, document: dict[str, Any]) -> None:
    if rows is None:
        typer.echo("There is no shot log of this take: `--csv FILE` takes one in.")
    else:
        times = [[f"{row.start_us / 1e6:.3f}", f"{row.end_us / 1e6:.3f}", ", ".join(row.runners)] for row in rows]
        table(["from s", "to s", "in the picture"], times)
    verdict = document["verdict"]
    typer.echo(f"\n{verdict['headline']} {verdict['sentence']}\n{verdict['scope_sentence']}")
