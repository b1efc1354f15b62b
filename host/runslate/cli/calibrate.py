"""`runslate calibrate TAKE`: a known distance makes a runner's lengths, speeds and distances right."""

from __future__ import annotations

from typing import Annotated

import typer

from runslate.cli.common import AsJson, LibraryPath, answer, log_to_stderr, open_library, spelled


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("calibrate")(calibrate_command)


def calibrate_command(
    take: Annotated[str, typer.Argument(help="A take in which the runner ran the known distance and nothing else.")],
    runner: Annotated[str, typer.Option("--runner", help="Who ran it.")],
    metres: Annotated[float, typer.Option("--metres", help="The distance, of a belt or a measured course.")],
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Learn a runner's own factor from a known distance; later takes and reports use it."""
    from runslate.analysis.take import analyse
    from runslate.bar.results import library_marks
    from runslate.collect import take_tables
    from runslate.errors import RunslateError
    from runslate.personal import keep_factor

    log_to_stderr()
    shelf = open_library(library, create=False)
    runner = spelled(shelf, runner)
    metrics = analyse(take_tables(shelf, shelf.take(take))).metrics.get(runner)
    measured = metrics.values["distance_m"] if metrics else None
    if measured is None:
        raise RunslateError(
            f"No distance of {runner} was measured in take {take}.",
            "A tag with a gyroscope measures it over running strides.",
            "Check the name, and that the take is drained.",
        )
    factor = keep_factor(shelf, runner, metres, measured, take)
    if as_json:
        answer({"runner": runner, "take": take, "known_m": metres, "measured_m": round(measured, 2), "factor": factor})
    else:
        typer.echo(
            f"{runner}: {measured:.1f} m measured, {metres:g} m known; lengths are multiplied by {factor:.3f} now."
        )
    library_marks(shelf)  # records of earlier takes are made anew, or the next take would top what was measured short
