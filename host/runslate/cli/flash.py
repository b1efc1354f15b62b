"""`runslate flash`: this Runslate's firmware onto a board, as files or as an image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runslate.cli.common import AsJson, answer, say, stderr

if TYPE_CHECKING:
    from runslate.flash.session import Flashed, Flasher, Tell


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("flash")(flash)


def flash(
    port: Annotated[str | None, typer.Option("--port", "-p", help="The board's port. Default: the only one.")] = None,
    image: Annotated[Path | None, typer.Option(help="Copy this UF2 to a board in boot mode.")] = None,
    drive: Annotated[Path | None, typer.Option(help="Where the boot drive is mounted. Default: looked for.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put the firmware onto a board and verify it; reels and settings are left alone.

    Without --image: as files, through the port, onto a board with stock MicroPython. Files that
    match already are not written again. With --image: onto a board in boot mode (plugged in with
    BOOTSEL held, or put there through its port).
    """
    from runslate.firmware import firmware_path
    from runslate.flash.session import Flasher

    with _progress() as tell:
        flasher = Flasher(firmware_path(), tell)
        try:
            done = _flash(flasher, port, image, drive)
        except KeyboardInterrupt:
            say(f"Stopped. {flasher.state}")
            raise typer.Exit(130) from None
    if as_json:
        answer(vars(done))
        return
    typer.echo(_told(done))


def _flash(flasher: Flasher, port: str | None, image: Path | None, drive: Path | None) -> Flashed:
    from runslate.errors import RunslateError

    if image is not None:
        return flasher.put_image(image, drive, port)
    if drive is not None:
        raise RunslateError(
            "There is nothing to copy onto the drive.",
            "A board in boot mode takes an image.",
            "Name one with --image (`make image` makes it).",
        )
    return flasher.put_files(port or _only_port())


def _only_port() -> str:
    from runslate.discovery import find_ports
    from runslate.errors import RunslateError
    from runslate.flash.drive import find_drives

    found = [each.device for each in find_ports() if each.kind == "usb"]
    if len(found) == 1:
        return found[0]
    if found:
        raise RunslateError(
            f"{len(found)} boards are connected: {', '.join(found)}.",
            "One is flashed at a time.",
            "Name it with --port.",
        )
    if find_drives():
        raise RunslateError(
            "The board is in boot mode.",
            "There it takes an image, not files.",
            "Name one with --image (`make image` makes it), or plug the board in again.",
        )
    raise RunslateError(
        "No board is connected.",
        "A Pico shows as a serial port, in boot mode as a drive.",
        "Plug one in, or name its port with --port; check the cable (some only charge).",
    )


def _told(done: Flashed) -> str:
    how = f"{done.image} copied" if done.image else ""
    files = f"{len(done.written)} files written" if done.written else "all files were right already"
    parts = [how] if how and not done.written else [how, files]
    what = ", ".join(part for part in parts if part)
    return f"{done.board} {done.uid} at {done.port} answers with firmware {done.firmware} ({what})."


@contextmanager
def _progress() -> Iterator[Tell]:
    """Show one bar for the whole work."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr(), transient=True) as bar:
        task = bar.add_task("")

        def tell(words: str, done: int, total: int) -> None:
            bar.update(task, description=words, completed=done, total=total)

        yield tell
