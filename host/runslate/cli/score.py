"""`runslate score TAKE`: the footfalls of a take as MIDI or clicks, and how far the run is on a beat."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runslate.cli.common import (
    AsJson,
    LibraryPath,
    TakeName,
    answer,
    check_in_cast,
    log_to_stderr,
    open_library,
    spelled,
)
from runslate.errors import RunslateError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from runslate.analysis.tables import TakeData
    from runslate.score.beat import OnBeat
    from runslate.score.footfalls import Footfalls

SUFFIXES = (".mid", ".wav", ".csv", ".svg", ".png")


@dataclass(frozen=True)
class Run:
    """The footfalls of a take, and the one runner whose steps make the tempo."""

    data: TakeData
    runner: str
    falls: list[Footfalls]
    """Of the whole cast."""
    steps_s: NDArray[np.float64]

    @property
    def seconds(self) -> float:
        """Length of the take."""
        return (self.data.end_us - self.data.start_us) / 1e6


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("score")(score_command)


def score_command(
    take: TakeName,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output", "-o", help="A file: .mid notes, .wav clicks, .csv, .svg or .png beats per minute. Repeatable."
        ),
    ] = None,
    runner: Annotated[str, typer.Option(help="Whose steps make the tempo. Default: the lead.")] = "",
    tempo: Annotated[float | None, typer.Option(help="Beats per minute to compare the run with.", min=20)] = None,
    against: Annotated[Path | None, typer.Option(help="A score's MIDI file to compare the run with.")] = None,
    at: Annotated[
        float | None,
        typer.Option(help="Where in the take the score or the beat starts, seconds. Default: where it fits best."),
    ] = None,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Turn the footfalls of a take into music, and say how much of the run is on the beat."""
    from runslate.collect import take_tables

    log_to_stderr()
    _check(output or [], tempo, against)
    shelf = open_library(library, create=False)
    run = _run(take_tables(shelf, shelf.take(take)), spelled(shelf, runner))
    written = [_write(path, run, tempo) for path in output or []]
    beats = _beats(run, tempo, against, at)
    if as_json:
        answer(_document(run, written, beats))
    else:
        _print(run, written, beats)


def _check(output: list[Path], tempo: float | None, against: Path | None) -> None:
    wrong = [path for path in output if path.suffix not in SUFFIXES]
    if wrong:
        raise RunslateError(
            f"`{wrong[0].name}` can't be written.", f"A score's files end in {', '.join(SUFFIXES)}.", "Name it so."
        )
    if tempo is not None and against is not None:
        raise RunslateError(
            "A run is compared with a tempo or with a score, not with both.", cure="Leave one of them out."
        )


def _run(data: TakeData, runner: str) -> Run:
    """Take the footfalls of everybody; without a name the lead makes the tempo."""
    from runslate.score.footfalls import footfalls, step_times_s

    name = runner or data.lead
    check_in_cast(data, name)
    falls = [footfalls(data, each) for each in data.cast]
    return Run(data, name, falls, step_times_s(falls[data.cast.index(name)]))


def _beats(run: Run, tempo: float | None, against: Path | None, at: float | None) -> OnBeat | None:
    from runslate.score.beat import even_beats, on_beat

    if against is not None:
        from runslate.score.midi import score_beats_s

        return on_beat(run.steps_s, score_beats_s(against), at)
    if tempo is not None:
        return on_beat(run.steps_s, even_beats(tempo, run.seconds), at)
    return None


def _write(path: Path, run: Run, tempo: float | None) -> str:
    from runslate.report.standalone import write_picture
    from runslate.score.curve import bpm_curve, bpm_picture

    if path.suffix == ".mid":
        from runslate.score.midi import write_midi

        write_midi(path, run.data.take, _tempo_map(run.steps_s, tempo), run.falls)
    elif path.suffix == ".wav":
        from runslate.score.click import write_clicks

        write_clicks(path, run.seconds, run.falls, run.data.lead)
    elif path.suffix == ".csv":
        rows = zip(*bpm_curve(run.steps_s), strict=True)
        lines = [f"{t:.3f},{bpm:.2f}\n" for t, bpm in rows if bpm == bpm]
        path.write_text("seconds,bpm\n" + "".join(lines), encoding="utf-8")
    else:
        write_picture(path, bpm_picture(run.data.take, run.runner, run.steps_s, run.seconds))
    return str(path)


def _tempo_map(steps: NDArray[np.float64], tempo: float | None) -> Any:
    """A given tempo's own grid; otherwise every step is a quarter note."""
    import numpy as np

    from runslate.score.tempomap import steady, stepped

    if tempo is not None:
        return steady(tempo)
    instants = np.unique(np.rint(steps * 1e6).astype(np.int64))
    usual = int(np.median(np.diff(instants))) if instants.size > 1 else 500_000
    return stepped(instants.tolist(), usual)


def _document(run: Run, written: list[str], beats: OnBeat | None) -> dict[str, Any]:
    from runslate.report.jsonable import number_or_null
    from runslate.score.curve import bpm_curve

    return {
        "take": run.data.take,
        "runner": run.runner,
        "provisional": run.data.provisional,
        "notes": {fall.runner: int(fall.t_us.size) for fall in run.falls},
        "files": written,
        "bpm": [
            [round(float(t), 3), number_or_null(float(bpm), 2)] for t, bpm in zip(*bpm_curve(run.steps_s), strict=True)
        ],
        "beat": None if beats is None else {**_rounded(beats), "on_beat": beats.on_beat},
    }


def _rounded(beats: OnBeat) -> dict[str, Any]:
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in vars(beats).items()}


def _print(run: Run, written: list[str], beats: OnBeat | None) -> None:
    import numpy as np

    notes = ", ".join(f"{fall.runner} {fall.t_us.size}" for fall in run.falls)
    first = "Provisional: not everything is drained yet. " if run.data.provisional else ""
    typer.echo(f"{first}{run.data.take}: footfalls of {notes}.")
    if run.steps_s.size > 1:
        typer.echo(f"{run.runner} steps at {60 / float(np.median(np.diff(run.steps_s))):.1f} beats per minute.")
    if beats is not None:
        typer.echo(beat_words(run.runner, beats))
    for path in written:
        typer.echo(f"Written: {path}")


def beat_words(name: str, beats: OnBeat) -> str:
    """Say whether a run is on the beat, in sentences."""
    from runslate.score.beat import MIN_SHARE

    word = "is on the beat" if beats.on_beat else "is not on the beat"
    grid = "" if beats.division == 1 else f" ({beats.division:g} per beat of the music)"
    lacks = "half of them would have to" if beats.share < MIN_SHARE else "at other tempi as many do"
    drift = f" Over the run the steps drift by {beats.drift_beats:+.1f} beats." if abs(beats.drift_beats) >= 0.5 else ""
    share, chance, high = (f"{100 * part:.0f} %" for part in (beats.share, beats.chance, beats.chance_high))
    return (
        f"{name} {word} of {beats.bpm:.1f} per minute{grid}: {share} of {beats.steps} steps fall within a twelfth of a "
        f"beat{'' if beats.on_beat else f'; {lacks}'}. By chance it would be {chance}, and seldom {high} or more (at 5 "
        f"of 100 other tempi). The median step is {beats.off_ms:.0f} ms off.{drift}"
    )
