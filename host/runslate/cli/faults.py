"""`runslate faults`: a campaign of injected faults, and what was lost."""

from __future__ import annotations

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from runslate.cli.common import AsJson, answer, say, table
from runslate.errors import RunslateError


class Mutant(StrEnum):
    """What can be broken on purpose."""

    NO_CRC = "no-crc"
    NO_REASK = "no-reask"
    DROP_PAGE = "drop-page"
    SWAP_NODES = "swap-nodes"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("faults")(faults_command)


def faults_command(
    seed: Annotated[int, typer.Option(help="Decides about runners and mishaps.")] = 1,
    mutant: Annotated[
        Mutant | None, typer.Option(help="Break the host on purpose: the campaign has to notice.")
    ] = None,
    short: Annotated[bool, typer.Option(help="One take of two nodes: seconds instead of a minute.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Keep flash files, libraries and logs here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Shoot and drain takes with emulated nodes while links, hosts and power fail; exit status 1 if anything was lost.

    The nodes run the real firmware. What was lost is found by comparing the library with the nodes' flash files.
    """
    from runslate.faults.campaign import SHORT, Plan, run_campaign

    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise RunslateError(
            f"{folder} is not empty.",
            "What an earlier campaign left there would be taken for this one's.",
            "Name another --folder.",
        )
    with tempfile.TemporaryDirectory(prefix="runslate-faults-") as temporary:
        outcome = run_campaign(
            folder or Path(temporary), seed, SHORT if short else Plan(), mutant.value if mutant else "", say
        )
    document = outcome.to_json()
    if as_json:
        answer(document)
    else:
        table(["injected", ""], [[kind, str(count)] for kind, count in document["injected"].items()])
        loss = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in vars(outcome.loss).items())
        typer.echo(f"{outcome.takes} takes, {outcome.pages} pages, {outcome.events} events. {loss}.")
    raise typer.Exit(0 if outcome.loss.none else 1)
