"""`runslate arm | disarm`: nodes that record with no cable."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from runslate.cli.common import AsJson, LibraryPath, Ports, answer, open_library, table
from runslate.cli.shoot import MaxSeconds, stage
from runslate.errors import RunslateError

At = Annotated[str, typer.Option(help="Begin at this time of day, HH:MM:SS of this computer's zone.")]
OnMotion = Annotated[bool, typer.Option("--on-motion", help="Begin with the first steps (after --at, if given).")]
PreRoll = Annotated[
    int | None,
    typer.Option(min=0, max=255, help="Seconds kept from before the beginning. Default: 2 with --at or --on-motion."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("arm")(arm_command)
    app.command("disarm")(disarm_command)


def arm_command(
    at: At = "",
    on_motion: OnMotion = False,
    preroll: PreRoll = None,
    max_seconds: MaxSeconds = 0,
    ports: Ports = None,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Let all connected nodes record by themselves: now, at a set time or by motion; then pull the cables.

    `roll` and `cut` mark takes while the nodes are away; `drain` ends their reels and joins them.
    """
    from runslate import hostclock
    from runslate.arming import DEFAULT_PREROLL_S, Plan, arm, next_time

    at_utc_ms = next_time(at, hostclock.utc_us()) if at else 0
    usual = DEFAULT_PREROLL_S if at or on_motion else 0
    plan = Plan(at_utc_ms, on_motion, usual if preroll is None else preroll, max_seconds)
    with stage(ports, library) as (rig, shelf):
        armed = arm(rig, shelf, plan)
    if as_json:
        answer(asdict(armed))
        return
    rows = [[n.name, n.runner, n.foot, f"{n.seconds_left / 60:.0f}"] for n in armed.nodes]
    table(["node", "runner", "foot", "minutes it can record"], rows)
    typer.echo(f"They record {plan.words}. Pull the cables: `runslate roll` and `cut` mark takes, `drain` joins them.")


def disarm_command(ports: Ports = None, library: LibraryPath = None, as_json: AsJson = False) -> None:
    """Take `arm` back: connected tags wait and record no more; what they recorded stays in them for `drain`."""
    from runslate.arming import dock, forget

    rolling = open_library(library, create=False).open_take()
    if rolling is not None:
        raise RunslateError(
            f"The take {rolling.name} rolls: disarmed, its tags would record nothing more of it.",
            "Tags are disarmed between takes.",
            "End it with `runslate cut` first.",
        )
    with stage(ports, library) as (rig, shelf):
        told = dock(rig, shelf)
        forget(shelf, {node.uid for node in rig.live})
        problems = [str(problem) for problem in rig.problems]
    if as_json:
        answer({"stopped": told, "problems": problems})
    else:
        for sentence in told or ["None of the connected tags was armed or recording for this library."]:
            typer.echo(sentence)
        if told:
            typer.echo("Whatever they recorded before stays in them until `runslate drain` brings it in.")
    raise typer.Exit(1 if problems else 0)
