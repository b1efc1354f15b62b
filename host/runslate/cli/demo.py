"""`runslate demo`: a running scene on emulated nodes, from the registers to the verdict."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from runslate.cli.common import (
    AsJson,
    answer,
    log_to_stderr,
    open_library,
    progress_bars,
    say,
    table,
)
from runslate.errors import RunslateError
from runslate.hostclock import now_us

if TYPE_CHECKING:
    from runslate.demo import Plan, Shown
    from runslate.library import Library
    from runslate.sim.scene import Waveform

LIBRARY = Path("demo")
"""Of its own: invented takes don't belong among real ones."""

STORY = Path("story")
"""Where the story's library is made."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo_command)


def demo_command(
    runners: Annotated[
        int | None, typer.Option(help="One to six; the first is the lead. Default: 3, with --target pico 2.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Length of the scene, at least 15. Default: 40, with --target pico 20.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another number makes another scene.")] = 1,
    waveform: Annotated[
        str,
        typer.Option(help="parametric; or recorded: real strides from the folder $RUNSLATE_DATA."),
    ] = "parametric",
    target: Annotated[
        str, typer.Option(help="virtual; or pico: the real image on emulated RP2040 chips, slower than the wall.")
    ] = "virtual",
    fault: Annotated[
        list[str] | None,
        typer.Option(help="flat:NAME: this runner's battery goes flat half-way. Repeatable."),
    ] = None,
    story: Annotated[
        bool, typer.Option("--story", help="The whole case instead: a no, treadmill runs, a yes, takes, the audit.")
    ] = False,
    library: Annotated[
        Path | None, typer.Option(help="The folder that takes go into. Default: demo; with --story a new one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Shoot a scene of runners with emulated tags and say who ran alone."""
    from runslate.demo import WAVEFORMS, play
    from runslate.demo_live import watch

    log_to_stderr()
    if story:
        _story(library, seed, as_json)
        return
    if waveform not in WAVEFORMS:
        raise RunslateError(
            f"There is no waveform called `{waveform}`.",
            f"It can be {' or '.join(WAVEFORMS)}.",
            "Choose one of them.",
        )
    plan = _plan(target, runners, seconds, seed, waveform, _flat(fault or []))
    shelf = open_library(library or LIBRARY)
    if not as_json:
        say(_announcement(plan))
    try:
        with progress_bars("draining") as progress:
            shown = play(plan, shelf, watch, progress)
    except KeyboardInterrupt:
        _give_up(shelf)
        raise
    if as_json:
        answer(shown.document)
    else:
        _print(shown)


def _story(folder: Path | None, seed: int, as_json: bool) -> None:
    """Play the case; every beat is a command that is printed as it is typed, with the figure it gave."""
    from runslate.story.plot import Beat, play_story

    shelf = open_library(folder or _unused(STORY))
    if shelf.takes():
        raise RunslateError(
            f"There are takes in {shelf.path} already.",
            "The story ends with the audit of its own library, so it begins with an empty one.",
            "Name another folder with --library, or none.",
        )

    def tell(beat: Beat) -> None:
        if as_json:
            say(f"{beat.title}: {beat.figure}")
        else:
            typer.echo(f"{beat.title}\n  $ {beat.command}\n  {beat.figure}\n")

    if not as_json:
        say("An emulated production of nine takes in some minutes; its clock runs faster than the wall's.\n")
    beats = play_story(shelf, seed, tell)
    if as_json:
        answer({"seed": seed, "library": str(shelf.path), "beats": [beat.to_json() for beat in beats]})


def _unused(folder: Path) -> Path:
    """Find a folder's name that is free: story, story-2 and so on."""
    names = (folder if n == 1 else folder.with_name(f"{folder.name}-{n}") for n in count(1))
    return next(name for name in names if not name.exists())


def _give_up(shelf: Library) -> None:
    """After Ctrl-C: the emulated tags are gone, and their reels with them."""
    take = shelf.open_take()
    if take is None:
        say("Interrupted: no take was made.")
        return
    take.end_us, take.status = now_us(), "false start"
    shelf.save_take(take)
    say(f"Interrupted: {take.name} is a false start; the emulated tags are gone, and what they recorded with them.")


def _plan(
    target: str, runners: int | None, seconds: float | None, seed: int, waveform: str, flat: tuple[str, ...]
) -> Plan:
    from runslate.demo import LENGTHS, Plan

    if target not in LENGTHS:
        raise RunslateError(
            f"There is no target called `{target}`.",
            f"It can be {' or '.join(LENGTHS)}.",
            "Choose one of them.",
        )
    usual_runners, usual_s = LENGTHS[target]
    return Plan(
        usual_runners if runners is None else runners,
        usual_s if seconds is None else seconds,
        seed,
        cast("Waveform", waveform),  # checked by the caller
        target,
        flat,
    )


def _announcement(plan: Plan) -> str:
    if plan.target == "pico":
        return (
            f"Starting emulated Picos for {plan.runners} runners, then {plan.seconds:g} s of running in their time, "
            "which is slower than the wall's on a busy computer ..."
        )
    return f"Starting emulated tags for {plan.runners} runners, then {plan.seconds:g} s of running ..."


def _flat(faults: list[str]) -> tuple[str, ...]:
    kinds = [fault.partition(":") for fault in faults]
    wrong = [f"{kind}{colon}{name}" for kind, colon, name in kinds if kind != "flat" or not name]
    if wrong:
        raise RunslateError(
            f"The fault `{wrong[0]}` is not known.",
            "A fault is `flat:NAME`: the battery of that runner's tags goes flat half-way.",
            "For instance --fault flat:Ben.",
        )
    return tuple(name for _, _, name in kinds)


def _print(shown: Shown) -> None:
    document, verdict = shown.document, shown.result.verdict
    pages = sum(reel.pages for reel in shown.drained)
    typer.echo(
        f"{document['take']}: {len(shown.drained)} reels drained and verified, {pages} pages, "
        f"{document['lost_pages']} lost. Times of two tags agree within "
        f"{document['time_uncertainty_us_p95'] / 1000:.2f} ms (p95)."
    )
    lines = [
        f"No record of {gap['runner']} from {gap['start_s']:.1f} to {gap['end_s']:.1f} s: {gap['reason']}."
        for gap in document["gaps"]
    ]
    for line in dict.fromkeys(lines):  # both tags of a runner may say the same
        typer.echo(line)
    typer.echo("")
    _print_runners(shown)
    _print_company(shown)
    typer.echo("")
    typer.echo(verdict.headline)
    typer.echo(" ".join(filter(None, (verdict.sentence, verdict.step_sentence))))
    typer.echo(f"\nReport: {shown.report}")


def _print_runners(shown: Shown) -> None:
    rows = [
        [
            name,
            f"{runner['strides']} ({runner['strides_truth']})",
            _number(runner["cadence_spm"], 1),
            f"{_number(runner['gct_ms'], 0)} ({_number(runner['gct_truth_ms'], 0)})",
            f"{100 * runner['coverage']:.0f} %",
        ]
        for name, runner in shown.document["runners"].items()
    ]
    table(["runner", "strides (truth)", "steps/min", "contact ms (truth)", "recorded"], rows)


def _print_company(shown: Shown) -> None:
    from runslate.analysis.verdict import company_phrase

    stretches = zip(shown.result.company, shown.document["company"], strict=True)
    rows = [
        [
            company_phrase(stretch),
            f"{entry['start_s']:.1f} to {entry['end_s']:.1f} s",
            f"{100 * stretch.share:.0f} %",
        ]
        for stretch, entry in stretches
    ]
    typer.echo("")
    table([f"{shown.document['lead']} ran", "", "share"], rows)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
