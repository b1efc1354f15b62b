"""`runslate node ...`: one node's facts, settings, pairing, self test and lamp."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from runslate.cli.common import AsJson, LibraryPath, Ports, answer, one_node, open_library, say, table

Which = Annotated[str | None, typer.Option("--node", "-n", help="Name, runner or uid, when several are here.")]


class Lamp(StrEnum):
    """What the lamp shows."""

    AUTO = "auto"
    OFF = "off"
    ON = "on"
    BLINK = "blink"


class Foot(StrEnum):
    """Which foot a tag is worn on."""

    LEFT = "left"
    RIGHT = "right"


commands = typer.Typer(help="One node: facts, settings, pairing, self test, lamp.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="node", no_args_is_help=True)


@commands.command()
def info(ports: Ports = None, node: Which = None, as_json: AsJson = False) -> None:
    """Tell all about the connected nodes: firmware, sensor, wearer, how long is left, reels."""
    from runslate.nodeinfo import node_info
    from runslate.rig import Rig

    with Rig.find(ports) as rig:
        chosen = [n for n in rig.nodes if node is None or node in (n.name, n.runner, n.uid)]
        found = [node_info(each) for each in chosen]
        for problem in rig.problems:
            say(str(problem))
    if as_json:
        answer({"nodes": found})
        return
    for facts in found:
        table([facts["name"], ""], [[key, str(value)] for key, value in facts.items()])
        typer.echo()


@commands.command("set")
def set_command(
    key: Annotated[str, typer.Argument(help="Name of the setting.")],
    value: Annotated[str, typer.Argument(help="Its new value.")],
    ports: Ports = None,
    node: Which = None,
    as_json: AsJson = False,
) -> None:
    """Change one setting of a node; `node info` shows all."""
    target = one_node(ports, node)
    try:
        stored = target.set(key, value)
    finally:
        target.close()
    if as_json:
        answer({"uid": target.uid, key: stored})
    else:
        typer.echo(f"{key} is now `{stored}`.")


@commands.command()
def selftest(ports: Ports = None, node: Which = None, as_json: AsJson = False) -> None:
    """Let a node check its sensor, flash, file system, clock and supply."""
    target = one_node(ports, node)
    try:
        result = target.selftest()
    finally:
        target.close()
    checks = [{"name": c.name, "passed": bool(c.passed), "detail": c.detail} for c in result.checks]
    if as_json:
        answer({"uid": target.uid, "passed": bool(result.passed), "checks": checks})
    else:
        words = {True: "ok", False: "WRONG"}
        rows = [[words[bool(c.passed)], c.name, c.detail] for c in result.checks]
        table(["", "check", "found"], rows)
    raise typer.Exit(0 if result.passed else 1)


@commands.command()
def lamp(
    mode: Annotated[Lamp, typer.Argument(help="What the lamp shows.")] = Lamp.BLINK,
    ports: Ports = None,
    node: Which = None,
    as_json: AsJson = False,
) -> None:
    """Set a node's lamp, to find it among many; `auto` shows its state again."""
    target = one_node(ports, node)
    try:
        target.lamp(list(Lamp).index(mode))
    finally:
        target.close()
    if as_json:
        answer({"uid": target.uid, "lamp": mode.value})
    else:
        typer.echo(f"The lamp of {target.name} is on `{mode.value}`.")


@commands.command()
def pair(
    runner: Annotated[str, typer.Option(help="Who wears the tags.", prompt="Runner")],
    foot: Annotated[Foot | None, typer.Option(help="Only this foot; default: left, then right.")] = None,
    ports: Ports = None,
    library: LibraryPath = None,
    seconds: Annotated[float, typer.Option(help="How long to wait for each stamp.")] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Pair tags with a runner: the tag whose foot is stamped gets the name. Settings persist."""
    from runslate.pairing import Waiting, pair_foot
    from runslate.rig import Rig

    owner = open_library(library).id
    feet = [foot.value] if foot else [Foot.LEFT.value, Foot.RIGHT.value]
    done = []
    with Rig.find(ports) as rig:
        if foot is None and len(rig.nodes) == 1:
            say("One tag is connected: it is paired with the foot that --foot names (here: left).")
            feet = feet[:1]
        waiting = Waiting(rig.nodes)
        for side in feet:
            say(f"Stamp the {side.upper()} foot of {runner.upper()}.")
            stamped = pair_foot(waiting, runner, side, owner, seconds)
            say(f"{stamped.name} is on the {side} foot of {runner}.")
            done.append({"uid": stamped.uid, "name": stamped.name, "runner": runner, "foot": side})
    if as_json:
        answer({"paired": done})
