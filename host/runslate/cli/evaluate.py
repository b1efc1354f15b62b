"""`runslate evaluate`: the firmware's detector against labelled recordings and emulated runners."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runslate.cli.common import AsJson, answer, progress_bars, say, table
from runslate.errors import RunslateError

if TYPE_CHECKING:
    from runslate.evaluate.run import Work

EMULATED = "emulated"
PICTURES = Path("runslate-pictures")
_DATA_VARIABLE = "RUNSLATE_DATA"

_WORST = ("stride_f1", "running_f1", "strides_true", "strides_missed", "strides_extra", "false_strides_per_min")
_NESTED = ("host", "alarms")
_ACTIVITY_SHOWN = 18  # characters


class Target(StrEnum):
    """What the detector runs on."""

    VIRTUAL = "virtual"


Dataset = Annotated[
    Path | None, typer.Argument(help="Recordings in the common form; or `emulated`. Default: $RUNSLATE_DATA.")
]
SetName = Annotated[
    str | None, typer.Option("--set", help="One set only: a folder's name, or emulated, emulated_falls ...")
]
Pictures = Annotated[
    Path | None, typer.Option(help=f"Folder for pictures of the worst five. Default: {PICTURES}, none with --json.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("evaluate")(evaluate)


def evaluate(
    dataset: Dataset = None,
    set_name: SetName = None,
    target: Annotated[Target, typer.Option(help="virtual: the MicroPython VM.")] = Target.VIRTUAL,
    pictures: Pictures = None,
    as_json: AsJson = False,
) -> None:
    """Play labelled recordings through the emulated sensor into the firmware's detector, and score it."""
    from runslate.evaluate.document import document
    from runslate.evaluate.run import chosen, in_processes
    from runslate.evaluate.run import evaluate as evaluate_one
    from runslate.evaluate.worst import drawable, worst

    work = chosen(*_what(dataset, set_name))
    with progress_bars("Playing") as bars:
        results = list(in_processes(evaluate_one, work, bars))
    found = document(results)
    rows = worst(results)
    if as_json:
        answer(found)
    else:
        _show(found, [found["recordings"][n] for n in rows])
    if pictures is not None or not as_json:
        _draw([work[n] for n in rows if drawable(results[n])], pictures or PICTURES)
    broken = [result for result in results if result.error]
    for result in broken:
        say(f"{result.item.set}/{result.item.file}: {result.error}")
    raise typer.Exit(1 if broken else 0)


def _what(dataset: Path | None, set_name: str | None) -> tuple[Path | None, str | None]:
    """Return the folder of recordings, if there is one, and which set is wanted."""
    named = os.environ.get(_DATA_VARIABLE)
    if dataset is not None and str(dataset) == EMULATED and not dataset.is_dir():
        dataset, set_name = None, set_name or EMULATED
    folder = dataset or (Path(named) if named else None)
    if folder is None and not (set_name or "").startswith(EMULATED):
        raise RunslateError(
            "No folder of recordings was named.",
            "Recordings are not part of Runslate: their licences differ.",
            f"Name one, or set {_DATA_VARIABLE} to it; `runslate evaluate emulated` needs none.",
        )
    return folder, set_name


def _draw(work: Sequence[Work], folder: Path) -> None:
    from runslate.evaluate.worst import draw

    for rank, piece in enumerate(work, 1):
        draw(piece, folder, rank)
    if work:
        say(f"Pictures of the worst are in {folder}.")


def _show(found: dict[str, Any], worst: list[dict[str, Any]]) -> None:
    sets = found["sets"]
    known = [key for key in sets["pooled"] if any(figures[key] is not None for figures in sets.values())]
    keys = [key for key in known if key not in _NESTED]
    _figures("", keys, sets)
    for title in _NESTED:
        named = {name: figures[title] for name, figures in sets.items() if figures[title]}
        if named:
            _figures(title, list(next(iter(named.values()))), named)
    if worst:
        rows = [[row["file"], row["activity"][:_ACTIVITY_SHOWN], *(_cell(row[key]) for key in _WORST)] for row in worst]
        table(["the worst", "activity", *map(_words, _WORST)], rows)


def _figures(title: str, keys: list[str], named: dict[str, dict[str, Any]]) -> None:
    """Print figures below each other, sets side by side; their names break where words do, so that many fit."""
    headings = [_words(name.removeprefix(f"{EMULATED}_")) for name in named]
    rows = [[key, *(_cell(figures[key]) for figures in named.values())] for key in keys]
    table([title, *headings], rows, whole=(title,))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
