"""`runslate shots TAKE`: who is in the picture when; `runslate takes status`: circle, hold, no good, false start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runslate.cli.common import AsJson, LibraryPath, answer, log_to_stderr, open_library, say, table

if TYPE_CHECKING:
    from runslate.shots.log import ShotRow

Name = Annotated[str, typer.Argument(help="The take, for instance S1-1-T3.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    from runslate.cli.takes import commands as takes

    app.command("shots")(shots_command)
    takes.command("status")(status_command)


def shots_command(
    take: Name,
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
    rows = load_shots(shelf, known)
    if csv is not None:
        rows, strangers = store_shots(shelf, known, csv, Clock(rate, start_timecode))
        for name in strangers:
            say(f"{name} is in the picture and wears no tag in {take}: whether {name} ran is unknown there.")
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


def status_command(
    take: Name,
    status: Annotated[str, typer.Argument(help="circle, hold, `no good` (or ng) or `false start` (or fs).")],
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Give a take its status, as in the script supervisor's log."""
    from runslate.take import parse_status

    shelf = open_library(library, create=False)
    known = shelf.take(take)
    known.status = parse_status(status)
    shelf.save_take(known)
    if as_json:
        answer({"take": known.name, "status": known.status})
    else:
        typer.echo(f"{known.name} is `{known.status}`.")
