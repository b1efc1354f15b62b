"""`runslate clear ...`: who may run with the lead; a log that only grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from runslate.cli.common import AsJson, LibraryPath, answer, counted, open_library, say, table

if TYPE_CHECKING:
    from runslate.chain import Entry
    from runslate.clearance.log import Act, Word

Candidate = Annotated[str, typer.Option(help="Who wants to run with the lead.")]
Lead = Annotated[str, typer.Option(help="With whom.")]
Scene = Annotated[str, typer.Option(help="In which scene; `all` for every scene.")]
By = Annotated[str, typer.Option(help="By whose word; a grant is the lead's.")]
Why = Annotated[str, typer.Option(help="The reason, as it was said.")]
At = Annotated[str | None, typer.Option(help="When it was said, ISO 8601; default: now.")]

commands = typer.Typer(help="Clearances to run with the lead: ask, refuse, grant, revoke, list.")


ACTS: dict[Act, str] = {
    "ask": "Note that somebody asks to run with the lead.",
    "refuse": "Note a no; it stays in the log whatever follows.",
    "grant": "Note the lead's yes: takes of the scene that begin later pass as cleared.",
    "revoke": "Note that a yes is taken back; takes that began before keep it.",
}
"""The commands that add to the log, with their help."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for act, words in ACTS.items():
        commands.command(act, help=words)(_act_command(act))
    app.add_typer(commands, name="clear", no_args_is_help=True)


def _act_command(act: Act) -> Callable[..., None]:
    """Make one command: all take the same words."""

    def command(
        candidate: Candidate,
        lead: Lead,
        scene: Scene,
        by: By,
        why: Why,
        at: At = None,
        library: LibraryPath = None,
        as_json: AsJson = False,
    ) -> None:
        from runslate.clearance.log import Word, note, other_leads
        from runslate.moment import parse_moment, utc_now

        moment = parse_moment(at) if at else utc_now()
        said = Word(act, candidate.strip(), lead.strip(), scene.strip(), by.strip(), why.strip(), moment)
        shelf = open_library(library)
        _told(said, note(shelf, said), as_json)
        if leads := other_leads(shelf, said):
            say(f"{said.lead} has led no take of scene {said.scene} so far, but {', '.join(leads)}: is the name right?")

    return command


def _told(said: Word, entry: Entry, as_json: bool) -> None:
    from runslate.clearance.log import STATES

    state = STATES[said.act]
    if as_json:
        answer({"number": entry.number, "seal": entry.seal, **entry.fields, "state": state})
    else:
        about = f"{said.candidate} with {said.lead}, scene {said.scene}"
        typer.echo(f"{about}: {state}, by {said.by}. Line {entry.number} of the log, which only grows.")


@commands.command("list")
def list_command(
    candidate: Annotated[str, typer.Option(help="Only this candidate.")] = "",
    lead: Annotated[str, typer.Option(help="Only this lead.")] = "",
    scene: Annotated[str, typer.Option(help="Only this scene.")] = "",
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Show what was said, oldest first, after checking that nothing was changed."""
    from runslate.clearance.log import clearance_chain
    from runslate.moment import minute
    from runslate.names import same

    chain = clearance_chain(open_library(library, create=False))
    entries = chain.entries()
    wanted = {"candidate": candidate, "lead": lead, "scene": scene}
    shown = [
        {"number": entry.number, **entry.fields}
        for entry in entries
        if all(not word or same(entry.text(name), word) for name, word in wanted.items())
    ]
    if as_json:
        answer({"entries": shown, "lines": len(entries), "seal": chain.seal, "verified": True})
        return
    words = ("act", "candidate", "lead", "scene", "by", "why")
    rows = [[str(each["number"]), minute(each["at"]), *(str(each.get(name, "")) for name in words)] for each in shown]
    table(["line", "at (UTC)", *words], rows, whole=("line", "at (UTC)", "act"))
    typer.echo(f"{counted(len(entries), 'line')}, unchanged; seal {chain.seal[:12]}.")
