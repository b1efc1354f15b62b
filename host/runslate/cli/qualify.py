"""`runslate profile` and `runslate qualify`: a candidate's treadmill runs against the lead's profile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runslate.cli.common import (
    AsJson,
    LibraryPath,
    PictureFile,
    answer,
    check_in_cast,
    log_to_stderr,
    open_library,
    say,
    spelled,
)
from runslate.errors import RunslateError

if TYPE_CHECKING:
    from runslate.analysis.pace import Pace
    from runslate.library import Library
    from runslate.qualify.attempt import Criterion, Measured
    from runslate.qualify.profile import Profile


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("profile")(profile_command)
    app.command("qualify")(qualify_command)


def profile_command(
    name: Annotated[str, typer.Argument(help="What the profile is called.")],
    takes: Annotated[list[str] | None, typer.Argument(help="Takes of the lead that it is made from.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file. Default: NAME.toml.")] = None,
    runner: Annotated[str, typer.Option(help="Whose profile. Default: the lead of the takes.")] = "",
    speed: Annotated[str, typer.Option(help='Typed in instead of measured: for instance "18 km/h".')] = "",
    cadence: Annotated[float | None, typer.Option(help="Typed in: steps per minute.", min=1)] = None,
    duration: Annotated[float | None, typer.Option(help="Typed in: seconds without a break.", min=1)] = None,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Make a profile: how fast, in what cadence and how long the lead runs, and how much that varies."""
    from runslate.qualify.profile import told, write_profile
    from runslate.qualify.speed import parse_speed

    log_to_stderr()
    typed = {"speed": parse_speed(speed) if speed else None, "cadence": cadence, "duration": duration}
    measured = _measured_takes(open_library(library, create=False), takes, runner) if takes else (runner, [])
    profile = _profile(name, tuple(takes or ()), measured, typed)
    path = output or Path(f"{name}.toml")
    write_profile(path, profile)
    if takes and profile.speed_mps is None:
        say("No stride length could be measured in these takes, so the profile has no speed; --speed adds one.")
    if as_json:
        document = {"profile": name, "runner": profile.runner, "file": str(path), "basis": profile.basis}
        answer({**document, "targets": _targets(profile)})
        return
    for line in [*told(profile), f"Written: {path}"]:
        typer.echo(line)


def _profile(
    name: str, takes: tuple[str, ...], measured: tuple[str, list[Pace]], typed: dict[str, float | None]
) -> Profile:
    """Make a profile of what takes gave and of what was typed in, which has the last word."""
    from runslate.qualify.profile import Profile, target

    who, paces = measured
    values = {
        "speed": [pace.held for pace in paces if pace.basis == "speed"],
        "cadence": [_cadence(pace) for pace in paces],
        "duration": [pace.longest_run_us / 1e6 for pace in paces],
    }
    by_hand = typed["speed"] is not None or not values["speed"]
    values |= {kind: [value] for kind, value in typed.items() if value is not None}
    speed, cadence, duration = (target(kind, values[kind]) for kind in ("speed", "cadence", "duration"))
    profile = Profile(name, who, speed, cadence, duration, takes, "typed in" if by_hand else "stride lengths")
    if not profile.targets():
        raise RunslateError(
            "A profile needs numbers.",
            "They come from takes, or are typed in.",
            "Name takes, or use --speed, --cadence, --duration.",
        )
    return profile


def qualify_command(
    candidate: Annotated[str, typer.Option(help="Who wants to run with the lead.")],
    against: Annotated[Path, typer.Option(help="The profile, a TOML file of `runslate profile`.")],
    take: Annotated[str, typer.Option(help="The take of a treadmill run to add; without it: where things stand.")] = "",
    display: Annotated[str, typer.Option(help='What the display said, with its unit: "18.0 km/h".')] = "",
    output: PictureFile = None,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Compare timed treadmill runs with a profile: met or not, by how much; twice met is a recommendation."""
    from runslate.qualify.attempts import attempts, recommended, standing
    from runslate.qualify.picture import progress_picture
    from runslate.qualify.profile import read_profile
    from runslate.report.standalone import write_picture

    log_to_stderr()
    shelf = open_library(library, create=False)
    candidate = spelled(shelf, candidate)
    profile = read_profile(against)
    notes = _try(shelf, candidate, profile, take, display) if take else []
    tries = attempts(shelf, candidate, profile)
    words = standing(candidate, profile, tries)
    written = None if output is None else str(write_picture(output, progress_picture(candidate, profile, tries)))
    if as_json:
        document = {
            "candidate": candidate,
            "profile": profile.name,
            "targets": _targets(profile),
            "attempts": [vars(attempt) for attempt in tries],
            "met": sum(attempt.met for attempt in tries),
            "recommended": recommended(tries),
            "standing": words,
            "notes": notes,
            "file": written,
        }
        answer(document)
        return
    for line in [*notes, words, *([f"Written: {written}"] if written else [])]:
        typer.echo(line)


def _try(shelf: Library, candidate: str, profile: Profile, take: str, display: str) -> list[str]:
    """Measure an attempt, note it, and return the sentences about it."""
    from runslate.qualify.attempt import judge, sentence
    from runslate.qualify.attempts import note_attempt

    measured, utc = _measure(shelf, candidate, profile, take, display)
    criteria = judge(profile, measured)
    note_attempt(shelf, candidate, profile, take, utc, measured, criteria)
    return [*map(sentence, criteria), *measured.notes, _verdict(take, criteria)]


def _measure(shelf: Library, candidate: str, profile: Profile, take: str, display: str) -> tuple[Measured, str]:
    from runslate.analysis.take import find_runs
    from runslate.collect import take_tables
    from runslate.qualify.attempt import best_window, measure
    from runslate.qualify.belts import belt_of
    from runslate.qualify.speed import parse_speed

    shot = shelf.take(take)
    data = take_tables(shelf, shot)
    check_in_cast(data, candidate)
    if data.provisional:
        raise RunslateError(
            f"{take} is provisional.", "An attempt counts once everything is drained.", "`runslate drain` first."
        )
    runs = find_runs(data)
    seconds = profile.duration_s.mean if profile.duration_s else None
    window = best_window(runs.bouts[candidate], seconds)
    belt = belt_of(shelf, shot, window) if window else None
    said = parse_speed(display) if display else None
    measured = measure(runs.strides[candidate], runs.bouts[candidate], seconds, belt, said)
    if window is None:
        raise RunslateError(f"{candidate} did not run in {take}.", cure="Name the take of a treadmill run.")
    if measured is None:
        raise RunslateError(
            f"The speed of {candidate} in {take} is not known.",
            "An attempt is a run with a belt node beside it, or with what the display said.",
            'Add it: --display "18.0 km/h".',
        )
    return measured, data.start_utc


def _verdict(take: str, criteria: list[Criterion]) -> str:
    from runslate.qualify.attempt import met

    return f"{take} {'met' if met(criteria) else 'did not meet'} the profile."


def _measured_takes(shelf: Library, takes: list[str], runner: str) -> tuple[str, list[Pace]]:
    from runslate.analysis.take import analyse
    from runslate.collect import take_tables

    paces = []
    runner = spelled(shelf, runner)
    for name in takes:
        data = take_tables(shelf, shelf.take(name))
        runner = runner or data.lead
        result = analyse(data)
        if runner not in result.pace or not result.pace[runner].value.size:
            raise RunslateError(
                f"{runner} did not run in {name}.", cure="Leave the take out, or name another --runner."
            )
        paces.append(result.pace[runner])
    return runner, paces


def _cadence(pace: Pace) -> float:
    import numpy as np

    return float(np.median(pace.cadence_spm))


def _targets(profile: Profile) -> dict[str, dict[str, float]]:
    return {name: {"mean": round(t.mean, 4), "spread": round(t.spread, 4)} for name, t in profile.targets().items()}
