"""The command line: one Typer application; every command module registers its own commands."""

from __future__ import annotations

import errno
import signal
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

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

FILE_ERRORS = (
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT,
)  # fmt: skip
"""What a folder or a disk refuses; anything else is a fault of ours and shows where."""

app = typer.Typer(
    name="runslate",
    help=(
        "A slate for running scenes: shoe tags, takes, and the verdict who ran alone. Begin with `runslate demo`.\n\n"
        "A node is a board with the firmware: the tag on a runner's shoe, or the belt node of a treadmill. A reel is "
        "what a node records in its flash. A take is a stretch of time over everybody's reels; it is kept in a "
        "library, which is a folder. To drain is to bring the reels in."
    ),
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"runslate {version('runslate')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
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
    except KeyboardInterrupt:  # before a command ran
        sys.exit(130)
    except RunslateError as error:
        _fail(error)
    except OSError as error:
        if error.errno not in FILE_ERRORS:
            raise
        _fail(_file_error(error))


def _file_error(error: OSError) -> RunslateError:
    """Say what became of a file that no command could look at beforehand, such as one that it writes."""
    where = f" in {Path(error.filename).parent}" if error.filename else ""  # the file itself may be a scratch one
    return RunslateError(
        f"A file{where} can't be written or read ({error.strerror}).",
        "Its folder has to be there, be yours and have room.",
        "Make it or its room, or name another file.",
    )


def _fail(error: RunslateError) -> NoReturn:
    print(f"runslate: {error}", file=sys.stderr)
    sys.exit(1)
