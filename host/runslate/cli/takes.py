"""`runslate takes ...`: what the library has."""

from __future__ import annotations

from typing import Annotated

import typer

from runslate.cli.common import AsJson, LibraryPath, answer, open_library, say, table

Name = Annotated[str, typer.Argument(help="The take, for instance S1-1-T3.")]

commands = typer.Typer(help="Takes in the library: list, show, status, verify.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="takes", no_args_is_help=True)


@commands.command("list")
def list_command(library: LibraryPath = None, as_json: AsJson = False) -> None:
    """List all takes, oldest first."""
    takes = open_library(library, create=False).takes()
    if as_json:
        answer({"takes": [take.to_json() for take in takes]})
        return
    from runslate.moment import minute

    rows = []
    for take in takes:
        length = "rolling" if take.duration_s is None else f"{take.duration_s:.1f} s"
        cast = ", ".join(member.runner for member in take.cast)
        state = "provisional" if take.provisional else "drained"
        start = minute(take.start_utc) if take.start_utc else ""
        rows.append([take.name, start, length, take.lead, cast, take.status, state])
    whole = ("take", "start (UTC)", "length", "status", "")
    table(["take", "start (UTC)", "length", "lead", "cast", "status", ""], rows, whole)


@commands.command()
def show(name: Name, library: LibraryPath = None, as_json: AsJson = False) -> None:
    """Tell what a take holds: cast, reels, coverage, strides, gaps, time uncertainty."""
    from runslate.summary import summarise

    shelf = open_library(library, create=False)
    document = summarise(shelf, shelf.take(name))
    if as_json:
        answer(document)
        return
    from runslate.cli.results import print_summary

    print_summary(document)


@commands.command("status")
def status_command(
    name: Name,
    status: Annotated[str, typer.Argument(help="circle, hold, `no good` (or ng) or `false start` (or fs).")],
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Give a take its status, as in the script supervisor's log."""
    from runslate.take import STATUSES, parse_status

    shelf = open_library(library, create=False)
    known = shelf.take(name)
    known.status = parse_status(status)
    shelf.save_take(known)
    if (shelf.take_folder(name) / "report.html").exists():
        say(f"The report still shows the status before: `runslate report {known.name}` makes it anew.")
    if as_json:
        answer({"take": known.name, "status": known.status})
    else:
        typer.echo(f"{known.name} is `{known.status}`: {STATUSES[known.status]}.")


@commands.command()
def verify(
    name: Annotated[str | None, typer.Argument(help="One take; default: all reels.")] = None,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Read everything back and check it against its check sums and lists; exit status 1 if something is wrong."""
    from runslate.verify import verify_reels

    shelf = open_library(library, create=False)
    results = verify_reels(shelf, shelf.take(name) if name else None)
    good = all(result["verified"] for result in results)
    if as_json:
        answer({"verified": good, "reels": results})
    else:
        words = {True: "verified", False: "WRONG"}
        rows = [[words[r["verified"]], r["reel"], str(r["pages"])] for r in results]
        table(["", "reel", "pages"], rows)
        for result in results:
            for sentence in (*result["problems"], *result["notes"]):
                typer.echo(f"{result['reel']}: {sentence}")
    raise typer.Exit(0 if good else 1)
