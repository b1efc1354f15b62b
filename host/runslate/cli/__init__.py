"""The command line: one Typer application; every command module registers its own commands."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from pathlib import Path
from types import FrameType

import typer

from runslate.errors import RunslateError

MODULES = (
    "demo",
    "sim",
    "ports",
    "flash",
    "node",
    "shoot",
    "arm",
    "takes",
    "report",
    "score",
    "pace",
    "calibrate",
    "qualify",
    "audit",
    "shots",
    "clear",
    "incidents",
    "runner",
    "evaluate",
    "bench",
    "proxy",
    "faults",
    "links",
    "owner",
)
"""Modules of this package with a `register(app)`, in the order of the help."""

app = typer.Typer(
    name="runslate",
    help="A slate for running scenes: shoe tags, takes, and the verdict who ran alone.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    """Show the help when no command is given."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for _name in MODULES:
    import_module(f"runslate.cli.{_name}").register(app)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line: errors are sentences on standard error, Ctrl-C ends with 130."""
    signal.signal(signal.SIGTERM, _interrupt)  # being told to stop is no reason to leave a mess
    signal.signal(signal.SIGINT, _interrupt)  # a shell starts what it puts behind with Ctrl-C ignored
    try:
        app()
    except RunslateError as error:
        print(f"runslate: {error}", file=sys.stderr)
        sys.exit(1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        where = f" in {Path(error.filename).parent}" if error.filename else ""
        print(
            f"runslate: A file{where} can't be written or read ({error.strerror}). Its folder has to be there and be "
            "yours. Make it, or name another file.",
            file=sys.stderr,
        )
        sys.exit(1)
