"""What commands share: options, JSON on standard output, everything else on standard error."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from runslate.analysis.tables import TakeData
    from runslate.drain import Progress
    from runslate.library import Library
    from runslate.node import Node

Ports = Annotated[
    list[str] | None,
    typer.Option("--port", "-p", help="A port; repeat for several. Default: all nodes found."),
]
LibraryPath = Annotated[
    Path | None,
    typer.Option("--library", help="The library's folder. Default: $RUNSLATE_LIBRARY or ./runslate-library."),
]
TakeName = Annotated[str, typer.Argument(help="Name of the take, as `runslate takes list` says.")]
PictureFile = Annotated[
    Path | None, typer.Option("--output", "-o", help="The picture: .svg, or .png where a Chromium is installed.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else there.")]


def stderr() -> Console:
    """Give the console for people: standard error, so that standard output stays the answer's."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Tell a person something, on standard error."""
    stderr().print(text, markup=False, soft_wrap=True)


def answer(document: Any) -> None:
    """Print the one JSON document of a command."""
    print(json.dumps(document, indent=1, ensure_ascii=False))


def log_to_stderr() -> None:
    """Let warnings of the library be seen, on standard error."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")


def open_library(path: Path | None, *, create: bool = True) -> Library:
    """Open the named library, or the default one; one that is made is told."""
    from runslate.library import Library, default_path

    fresh = create and not (path or default_path()).exists()
    library = Library(path, create=create)
    if fresh:
        say(f"A new library: {library.path.resolve()}.")
    return library


def spelled(library: Library, name: str) -> str:
    """Give a runner's name as the takes spell it, `ben` for `Ben`; as it is where nobody of that name ran."""
    from runslate.names import known_as

    return known_as(name, sorted({member.runner for take in library.takes() for member in take.cast})) or name


def check_in_cast(data: TakeData, runner: str) -> None:
    """Refuse a name that is not in a take's cast.

    Raises:
        RunslateError: nobody of that name ran.
    """
    from runslate.errors import RunslateError

    if runner not in data.strides:
        raise RunslateError(
            f"{runner} is not in the cast of {data.take}.", f"The cast is {', '.join(data.cast)}.", "Name one of them."
        )


@contextmanager
def progress_bars(title: str) -> Iterator[Progress]:
    """Show a bar per reel while pages arrive."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn(title + " {task.description}"), BarColumn(), MofNCompleteColumn())
    console = stderr()
    with Bars(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bars:
        tasks: dict[str, Any] = {}

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        yield show


def table(headings: list[str], rows: list[list[str]], whole: tuple[str, ...] = ()) -> None:
    """Print a table for people on standard output; cells are plain text, never markup.

    Columns with a heading in `whole` are never broken over lines, however narrow the terminal is.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        grid.add_column(heading, overflow="fold", no_wrap=heading in whole)
    for row in rows:
        grid.add_row(*map(Text, row))
    Console(highlight=False).print(grid)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: `1 line`, `2 lines`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def one_node(ports: list[str] | None, name: str | None) -> Node:
    """Open the one node that a command is about; its link is the caller's to close.

    Args:
        ports: the named port, or None to look for nodes.
        name: name, runner or uid of the node when several are connected.

    Raises:
        RunslateError: none or several fit.
    """
    from runslate.errors import RunslateError
    from runslate.opening import close_all
    from runslate.rig import Rig

    nodes = Rig.find(ports).nodes
    fitting = [n for n in nodes if name is None or name in (n.name, n.runner, n.uid)]
    close_all(node for node in nodes if node not in fitting)
    if len(fitting) == 1:
        return fitting[0]
    close_all(fitting)
    found = ", ".join(f"{node.name} at {node.port}" for node in nodes)
    what = f"No connected node is called `{name}`." if name else "Several nodes are connected."
    raise RunslateError(
        what,
        f"This command is about one node; connected: {found}.",
        "Choose one with --node NAME or --port P.",
    )
