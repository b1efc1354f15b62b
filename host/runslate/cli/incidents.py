"""`runslate incidents ...`: hits, limps and falls as records for the safety file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runslate.cli.common import AsJson, LibraryPath, answer, open_library, table

if TYPE_CHECKING:
    from runslate.incidents.record import Incident
    from runslate.library import Library

Name = Annotated[str, typer.Argument(help="The incident, for instance I-0001 or 1.")]
By = Annotated[str, typer.Option(help="Who says so.")]

commands = typer.Typer(help="Hits, limps and falls: list, show, acknowledge, close. No diagnosis.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="incidents", no_args_is_help=True)


@commands.command("list")
def list_command(
    only_open: Annotated[bool, typer.Option("--open", help="Only those that are not closed.")] = False,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """List all incidents, oldest first."""
    from runslate.incidents.record import incidents

    found = [each for each in incidents(open_library(library, create=False)) if not only_open or each.state != "closed"]
    if as_json:
        answer({"incidents": [each.to_json() for each in found]})
        return
    rows = [[e.name, e.state, e.runner, e.title, e.take, e.take_time, e.utc[:19].replace("T", " ")] for e in found]
    table(["", "state", "runner", "recorded as", "take", "take time", "UTC"], rows, whole=("", "take", "take time"))


@commands.command()
def show(
    name: Name,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write the page as PDF too.")] = False,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Show one incident and write its page for the safety file."""
    from runslate.incidents.record import incident

    shelf = open_library(library, create=False)
    _told(shelf, incident(shelf, name), as_json, pdf=pdf)


@commands.command()
def ack(
    name: Name,
    by: By,
    note: Annotated[str, typer.Option(help="What was seen.")] = "",
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Note that somebody has looked at it."""
    from runslate.incidents.record import acknowledge

    shelf = open_library(library, create=False)
    _told(shelf, acknowledge(shelf, name, by, note), as_json)


@commands.command()
def close(
    name: Name,
    by: By,
    action: Annotated[str, typer.Option(help="What was done.")],
    follow_up: Annotated[str, typer.Option(help="What shall follow.")] = "none",
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Note what was done and what shall follow; a closed incident stays as it is."""
    from runslate.incidents import record

    shelf = open_library(library, create=False)
    _told(shelf, record.close(shelf, name, by, action, follow_up), as_json)


def _told(shelf: Library, incident: Incident, as_json: bool, *, pdf: bool = False) -> None:
    """Write the page anew and say what is known."""
    from runslate.incidents.keep import write_sheet

    written = [str(path) for path in write_sheet(shelf, incident, pdf=pdf)]
    if as_json:
        answer(incident.to_json() | {"files": written})
        return
    typer.echo(f"{incident.name}, {incident.state}: {incident.runner}, {incident.title}.")
    typer.echo(f"{incident.take} at {incident.take_time} ({incident.utc}). {incident.measured}")
    for words in incident.history:
        said = "; ".join(words[key] for key in ("note", "action", "follow_up") if words.get(key))
        act = {"ack": "Acknowledged", "close": "Closed"}.get(words["act"], words["act"])
        typer.echo(f"{act} by {words['by']}, {words['at']}{': ' if said else ''}{said}")
    for path in written:
        typer.echo(f"Page: {path}")
