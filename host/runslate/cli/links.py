"""`runslate bench link`: drain speed, events over a slow radio, many nodes."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from runslate.cli.bench import commands
from runslate.cli.common import AsJson, answer, say, table


class What(StrEnum):
    """What can be measured."""

    DRAIN = "drain"
    SLOW_DRAIN = "slow-drain"
    RADIO = "radio"
    MANY = "many"


def register(_app: typer.Typer) -> None:
    """Add the command to `runslate bench`."""
    commands.command("link")(link_command)


def link_command(
    what: Annotated[list[What] | None, typer.Argument(help="Default: all, which takes minutes.")] = None,
    minutes: Annotated[float, typer.Option(help="Length of the reel that is drained.")] = 30.0,
    seconds: Annotated[float, typer.Option(help="Length of the takes of `radio` and `many`.")] = 20.0,
    nodes: Annotated[int, typer.Option(help="How many nodes `many` has.")] = 16,
    as_json: AsJson = False,
) -> None:
    """Measure links with emulated nodes: drain speed, events at 57,600 baud, many nodes at once."""
    from runslate.bench import links, radio

    runs: dict[What, Callable[[Path], dict[str, Any]]] = {
        What.DRAIN: lambda folder: links.drain(folder, minutes),
        What.SLOW_DRAIN: lambda folder: links.drain(folder, min(minutes, 0.5), radio.BAUD, tries=1),
        What.RADIO: lambda folder: radio.radio(folder, seconds),
        What.MANY: lambda folder: links.many(folder, nodes, seconds, say),
    }
    results = {}
    for each in what or list(What):
        say(f"measuring {each.value} ...")
        with tempfile.TemporaryDirectory(prefix="runslate-bench-") as folder:
            results[each.value] = runs[each](Path(folder))
    if as_json:
        machine = f"{platform.machine()} {platform.system()}, Python {platform.python_version()}"
        answer({"machine": machine, "benchmarks": results})
        return
    for name, figures in results.items():
        table([name, ""], [[key, str(value)] for key, value in figures.items()])
