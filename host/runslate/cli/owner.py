"""`runslate node claim | release`: which laptop's library may free a node's space."""

from __future__ import annotations

from typing import Annotated

import typer

from runslate.cli.common import AsJson, LibraryPath, Ports, answer, one_node, open_library
from runslate.cli.node import Which, commands


def register(_app: typer.Typer) -> None:
    """Add the commands to `runslate node`."""
    commands.command("claim")(claim_command)
    commands.command("release")(release_command)


def claim_command(
    force: Annotated[bool, typer.Option("--force", help="Take it from another library, whose laptop is lost.")] = False,
    ports: Ports = None,
    node: Which = None,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Make this library a node's owner: from now on only its drain frees the node's space."""
    from runslate.ownership import claim

    shelf = open_library(library)
    chosen = one_node(ports, node)
    try:
        before, name = claim(chosen, shelf, force=force), chosen.name
    finally:
        chosen.close()
    if as_json:
        answer({"node": name, "owner": shelf.id, "before": before})
    else:
        typer.echo(f"{name} belongs to the library {shelf.path} now.")


def release_command(
    ports: Ports = None, node: Which = None, library: LibraryPath = None, as_json: AsJson = False
) -> None:
    """Give a node up, so that another laptop can claim it; its reels stay in its flash."""
    from runslate.ownership import release

    shelf = open_library(library, create=False)
    chosen = one_node(ports, node)
    try:
        release(chosen, shelf)
        name = chosen.name
    finally:
        chosen.close()
    if as_json:
        answer({"node": name, "owner": ""})
    else:
        typer.echo(f"{name} belongs to nobody now: `runslate node claim` on the other laptop.")
