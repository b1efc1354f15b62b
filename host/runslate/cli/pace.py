"""`runslate energy` and `runslate bar`: the energy curve of takes, and the records of a library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from runslate.cli.common import AsJson, LibraryPath, PictureFile, answer, log_to_stderr, open_library, spelled, table

if TYPE_CHECKING:
    from runslate.bar.mark import Mark
    from runslate.report.energy import Scored


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("energy")(energy_command)
    app.command("bar")(bar_command)


def energy_command(
    takes: Annotated[list[str], typer.Argument(help="One or several takes, in the order of the sequence.")],
    output: PictureFile = None,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Draw the energy curve of a take or of a sequence of takes: intensity, second by second."""
    from runslate.report.energy import energy_canvas
    from runslate.report.standalone import standalone, write_picture

    log_to_stderr()
    shelf = open_library(library, create=False)
    scored, documents = [], []
    for name in takes:
        one, document = _energy(shelf, name)
        scored.append(one)
        documents.append(document)
    written = None if output is None else str(write_picture(output, standalone(energy_canvas(scored))))
    if as_json:
        answer({"takes": documents, "file": written})
        return
    rows = [
        [
            document["take"],
            name,
            f"{document['seconds']:.0f}",
            "-" if runner["mean_g"] is None else f"{runner['mean_g']:.2f}",
            "-" if runner["peak_g"] is None else f"{runner['peak_g']:.2f}",
            f"{_or_dash(runner['pace']['top'])} / {_or_dash(runner['pace']['held_10_s'])} {runner['pace']['unit']}",
            str(len(runner["pace"]["surges"])),
        ]
        for document in documents
        for name, runner in document["runners"].items()
    ]
    table(["take", "runner", "s", "mean g", "peak g", "top / held 10 s", "surges"], rows)
    if written:
        typer.echo(f"Written: {written}")


def _energy(shelf: Any, name: str) -> tuple[Scored, dict[str, Any]]:
    import numpy as np

    from runslate.analysis.take import analyse
    from runslate.collect import take_tables
    from runslate.report.energy import Scored, pace_entry
    from runslate.report.jsonable import number_or_null, seconds

    data = take_tables(shelf, shelf.take(name))
    result = analyse(data)
    length = (data.end_us - data.start_us) / 1e6
    scored = Scored(name, data.start_us, length, result.intensity)
    runners = {}
    for runner, curve in result.intensity.items():
        known = curve.value_g[np.isfinite(curve.value_g)]
        runners[runner] = {
            "mean_g": number_or_null(float(known.mean()), 4) if known.size else None,
            "peak_g": number_or_null(float(known.max()), 4) if known.size else None,
            "t_s": [seconds(int(t) - data.start_us) for t in curve.t_us],
            "intensity_g": [number_or_null(float(value), 4) for value in curve.value_g],
            "pace": pace_entry(result.pace[runner], data.start_us),
        }
    return scored, {"take": name, "seconds": round(length, 3), "provisional": data.provisional, "runners": runners}


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def bar_command(
    runner: Annotated[str, typer.Option(help="Personal records of this runner. Default: the production's.")] = "",
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Tell the records of a library: fastest stride, longest sprint, highest cadence, most even run."""
    from runslate.bar.bests import DISCIPLINES
    from runslate.bar.records import RULE, best_first
    from runslate.bar.results import library_marks
    from runslate.bar.shelf import check_runner

    log_to_stderr()
    shelf = open_library(library, create=False)
    marks = library_marks(shelf)
    runner = spelled(shelf, runner)
    check_runner(marks, runner)
    chosen = [mark for mark in marks if not runner or mark.runner == runner]
    lists = {d.name: best_first(d, chosen) for d in DISCIPLINES}
    if as_json:
        records = {d.name: _record(d.unit, lists[d.name]) for d in DISCIPLINES}
        answer({"runner": runner or None, "takes": len({mark.take for mark in marks}), "records": records})
        return
    rows = [[d.label, *_places(lists[d.name], d.digits, d.unit)] for d in DISCIPLINES]
    table([f"of {runner}" if runner else "of the production", "record", "by", "in", "second best"], rows)
    typer.echo(RULE)


def _record(unit: str, marks: list[Mark]) -> dict[str, Any]:
    ranked = [{"runner": m.runner, "take": m.take, "value": round(m.value, 4)} for m in marks]
    return {"unit": unit, "record": ranked[0] if ranked else None, "ranking": ranked}


def _places(marks: list[Mark], digits: int, unit: str) -> list[str]:
    if not marks:
        return ["-", "", "", ""]
    first = marks[0]
    second = f"{marks[1].value:.{digits}f} {marks[1].runner}, {marks[1].take}" if len(marks) > 1 else "-"
    return [f"{first.value:.{digits}f} {unit}", first.runner, first.take, second]
