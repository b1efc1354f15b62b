"""`runslate runner ...`: consent, export under pseudonyms, purge."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from runslate.cli.common import AsJson, LibraryPath, answer, counted, log_to_stderr, open_library, say, spelled, table

Name = Annotated[str, typer.Argument(help="The runner.")]

commands = typer.Typer(help="Runners and their data: list, consent, export under pseudonyms, purge.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="runner", no_args_is_help=True)


@commands.command("list")
def list_command(library: LibraryPath = None, as_json: AsJson = False) -> None:
    """List everybody who ran, in how many takes, and what was consented to."""
    from runslate.privacy.consent import consents
    from runslate.privacy.names import PURGED_PLACE

    shelf = open_library(library, create=False)
    said = consents(shelf)
    takes: dict[str, list[str]] = {name: [] for name in said}
    for take in shelf.takes():
        for member in take.cast:
            if not member.runner.startswith(PURGED_PLACE):
                takes.setdefault(member.runner, []).append(take.name)
    if as_json:
        known = {name: vars(consent) for name, consent in said.items()}
        answer({"runners": [{"runner": n, "takes": takes[n], "consent": known.get(n)} for n in sorted(takes)]})
        return
    rows = [[n, str(len(takes[n])), said[n].words if n in said else "none noted"] for n in sorted(takes)]
    table(["runner", "takes", "consent"], rows)


@commands.command()
def consent(
    name: Name,
    by: Annotated[str, typer.Option(help="By whose word: the runner, or a guardian.")],
    scope: Annotated[str, typer.Option(help="To what, for instance `this production, safety file`.")],
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Note that it is withdrawn.")] = False,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Note what a runner consents to, or no longer does."""
    from runslate.privacy.consent import note_consent

    shelf = open_library(library)
    said = note_consent(shelf, spelled(shelf, name), by, scope, given=not withdraw)
    if as_json:
        answer(vars(said))
    else:
        typer.echo(f"{said.runner}: {said.words}.")


@commands.command()
def export(
    take: Annotated[str, typer.Argument(help="The take.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A folder for the files; it must not exist.")],
    key: Annotated[Path | None, typer.Option(help="Write who is who to this file; keep it apart.")] = None,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Write a take under pseudonyms: strides, results and report, without names, tags or the hour."""
    from runslate.files import write_json
    from runslate.privacy.export import export_take

    log_to_stderr()
    shelf = open_library(library, create=False)
    names, written = export_take(shelf, shelf.take(take), output)
    if key is not None:
        write_json(key, names)
    if as_json:
        answer({"take": take, "files": [str(path) for path in written]})
    else:
        for path in written:
            typer.echo(str(path))


@commands.command()
def purge(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Take everything of one person out of the library; a receipt stays that names nobody.

    Takes that others ran too become unknown: alone or with that person, nobody can say any more.
    """
    from runslate.privacy.purge import purge as purge_person
    from runslate.privacy.purge import shared_takes

    log_to_stderr()
    shelf = open_library(library, create=False)
    name = spelled(shelf, name)
    if not yes:
        shared = shared_takes(shelf.takes(), name)
        if shared:
            say(
                f"{name} was in takes with others ({', '.join(shared)}). They stay, but whether anybody ran alone in "
                "them becomes `unknown`: in verdicts, reports and audits, and for good."
            )
        typer.confirm(f"Everything of {name} in {shelf.path} will be gone for good. Go on?", abort=True, err=True)
    receipt = purge_person(shelf, name)
    for uid in receipt["nodes_that_may_still_hold_pages"]:
        say(f"The node {uid} was never told to free its space: what it still holds comes back with the next drain.")
    if as_json:
        answer(receipt)
        return
    reels, incidents = counted(receipt["reels_deleted"], "reel"), counted(receipt["incidents_deleted"], "incident")
    typer.echo(
        f"Receipt {receipt['receipt']}. Gone: {reels}, {incidents}, {counted(receipt['log_fields_deleted'], 'field')} "
        f"of the logs. Made anew: {counted(len(receipt['takes_made_anew']), 'take')}. Unchanged: "
        f"{counted(len(receipt['other_reels_unchanged']), 'reel')} of others. Copies elsewhere are not touched."
    )
