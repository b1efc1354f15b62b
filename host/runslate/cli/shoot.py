"""`runslate roll | cut | record | drain`: takes."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runslate.cli.common import (
    AsJson,
    LibraryPath,
    Ports,
    answer,
    log_to_stderr,
    open_library,
    progress_bars,
    say,
)
from runslate.cli.results import print_drained, print_summary
from runslate.errors import RunslateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runslate.arming import Armed
    from runslate.drain import Drained
    from runslate.library import Library
    from runslate.rig import Rig
    from runslate.take import Take

Scene = Annotated[str, typer.Option(help="Scene, as on the slate.")]
Setup = Annotated[str, typer.Option(help="Setup of the scene.")]
Lead = Annotated[str, typer.Option(help="The runner whom the verdict is about. Default: the first by name.")]
CameraRoll = Annotated[str, typer.Option(help="Camera roll, for the record.")]
MaxSeconds = Annotated[int, typer.Option(help="Nodes close their reels after this; 0: never (a belt: after 25,000 s).")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("roll")(roll_command)
    app.command("cut")(cut_command)
    app.command("record")(record_command)
    app.command("drain")(drain_command)


def roll_command(
    scene: Scene = "S1",
    setup: Setup = "1",
    lead: Lead = "",
    camera_roll: CameraRoll = "",
    max_seconds: MaxSeconds = 0,
    ports: Ports = None,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Start the reels of all nodes and mark the start of a take; `cut` ends it.

    After `runslate arm` it only marks: no node has to be connected.
    """
    from runslate.arming import roll_marked

    armed = _armed(library) if not ports else None
    if armed is not None:
        shelf = open_library(library)
        take = roll_marked(shelf, _new_take(shelf, scene, setup, lead, camera_roll), armed)
    else:
        with stage(ports, library) as (rig, shelf):
            take = _new_take(shelf, scene, setup, lead, camera_roll)
            rig.roll(take, max_seconds)
    if as_json:
        answer(take.to_json())
    else:
        cast = ", ".join(member.runner for member in take.cast)
        typer.echo(f"{take.name} rolls: {cast}; the lead is {take.lead}. `runslate cut` ends it.")


def cut_command(ports: Ports = None, library: LibraryPath = None, as_json: AsJson = False) -> None:
    """Mark the end of the take that rolls and stop its reels.

    Tags that are armed or away record on until they are drained; the take's end counts all the same.
    """
    from runslate.arming import armed_in, cut_marked
    from runslate.discovery import find_ports

    shelf = open_library(library, create=False)
    take = shelf.open_take()
    if take is None:
        _cut_strays(ports, library, as_json)
        return
    cut_marked(shelf, take)  # first: no port that fails may leave the take open
    armed = armed_in(shelf)
    untethered = armed is not None and take.reels <= armed.reels
    away = not ports and (untethered or not find_ports())
    missed = _not_reached(take, set() if away else _stop_tags(ports, library, take))
    if as_json:
        answer(take.to_json() | {"not_reached": missed})
    elif not missed:
        typer.echo(f"{take.name} is cut after {take.duration_s:.1f} s. Now `runslate drain`.")
    else:
        typer.echo(f"The end of {take.name} is marked after {take.duration_s:.1f} s.")
    if missed:
        _say_missed(missed, of=len(take.reels), untethered=untethered)


def record_command(
    seconds: Annotated[float, typer.Option(help="Length of the take.", min=1)] = 10.0,
    scene: Scene = "S1",
    setup: Setup = "1",
    lead: Lead = "",
    camera_roll: CameraRoll = "",
    ports: Ports = None,
    library: LibraryPath = None,
    as_json: AsJson = False,
) -> None:
    """Roll, wait, cut, drain and sum up: a take in one go."""
    from runslate.shooting import watch
    from runslate.summary import summarise

    with stage(ports, library) as (rig, shelf):
        take = _new_take(shelf, scene, setup, lead, camera_roll)
        rig.start()
        rig.roll(take)
        rig.trickle(take)
        with _cut_on_interrupt(rig, take):
            watch(rig, take, seconds)
        rig.cut(take)
        _drain_all(rig, shelf)
        problems = [str(problem) for problem in rig.problems]
    document = summarise(shelf, shelf.take(take.name), report=True)
    document |= {"problems": problems, "library": str(shelf.path)}
    if as_json:
        answer(document)
    else:
        print_summary(document)
        typer.echo(f"Report: {document['report']}")
    raise typer.Exit(1 if problems else 0)


def drain_command(ports: Ports = None, library: LibraryPath = None, as_json: AsJson = False) -> None:
    """Bring all reels of all nodes into the library, verify them, and free the nodes' space."""
    from runslate.arming import dock, forget
    from runslate.library import default_path

    if not (library or default_path()).exists():
        open_library(library, create=False)  # says so: here a folder that is not there was named by mistake
    with stage(ports, library) as (rig, shelf):
        rolling = shelf.open_take()
        told = [] if rolling else dock(rig, shelf)
        results = _drain_all(rig, shelf)
        if not rolling:
            forget(shelf, {node.uid for node in rig.live})
        problems = [str(problem) for problem in rig.problems]
    if not as_json:
        for sentence in told:
            typer.echo(sentence)
        print_drained(results)
    documents, failed = _sum_up(shelf, {(result.uid, result.reel_id) for result in results})
    problems += failed
    if as_json:
        reels = [result.to_json() for result in results]
        answer({"reels": reels, "takes": documents, "stopped": told, "problems": problems})
    else:
        for document in documents:
            print_summary(document)
        if rolling is not None:
            typer.echo(f"{rolling.name} still rolls: `runslate cut` marks its end, then its verdict can be told.")
    raise typer.Exit(1 if problems else 0)


def _armed(library: Path | None) -> Armed | None:
    from runslate.arming import armed_in

    try:
        shelf = open_library(library, create=False)
    except RunslateError:
        return None  # no library yet: nothing was armed
    return armed_in(shelf)


def _new_take(shelf: Library, scene: str, setup: str, lead: str, camera_roll: str) -> Take:
    rolling = shelf.open_take()
    if rolling is not None:
        raise RunslateError(
            f"The take {rolling.name} rolls already.",
            "One take rolls at a time.",
            "End it with `runslate cut` first.",
        )
    take = shelf.new_take(scene, setup)
    take.lead, take.camera_roll = lead, camera_roll
    return take


def _stop_tags(ports: list[str] | None, library: Path | None, take: Take) -> set[str]:
    """Stop the reels of a take whose end is marked; returns the uids of the nodes that were reached."""
    from runslate.clearance.live import Remembered

    try:
        with stage(ports, library) as (rig, shelf):
            remembered = Remembered(rig, shelf, take)
            rig.cut(take)
            for line in remembered.lines():
                say(line)
            return {node.uid for node in rig.live}
    except RunslateError as error:
        say(str(error))
        return set()


def _say_missed(missed: list[str], *, of: int, untethered: bool) -> None:
    """Say which tags record on after the cut, and until when."""
    if untethered:
        who = "The armed tags record on, for more takes,"
    else:
        reached = "No tag was reached" if len(missed) == of else "Not all tags were reached"
        who = f"{reached}. These record on, if they have power,"
    say(f"{who} until `runslate drain` stops them: {', '.join(missed)}.")


def _cut_strays(ports: list[str] | None, library: Path | None, as_json: bool) -> None:
    """No take rolls, but tags of a take may still record: the program that cut it was killed."""
    from runslate.discovery import find_ports

    stopped: list[str] = []
    if ports or find_ports():
        try:
            with stage(ports, library) as (rig, _):
                stopped = rig.stop_strays()
        except RunslateError as error:
            say(str(error))
    if not stopped:
        where = open_library(library, create=False).path
        raise RunslateError("No take rolls.", f"A take of {where} has to be rolled first.", "`runslate roll`.")
    if as_json:
        answer({"take": None, "stopped": stopped})
    else:
        typer.echo(f"No take rolls, but {', '.join(stopped)} still recorded: stopped. Now `runslate drain`.")


@contextmanager
def stage(ports: list[str] | None, library: Path | None) -> Iterator[tuple[Rig, Library]]:
    """Open all nodes, then the library: a mistyped port leaves no folder behind.

    Ports where something else answered are told, not fatal.
    """
    from runslate.rig import Rig

    log_to_stderr()
    with Rig.find(ports) as rig:
        for problem in rig.problems:
            say(str(problem))
        rig.problems.clear()
        rig.library = open_library(library)
        yield rig, rig.library


@contextmanager
def _cut_on_interrupt(rig: Rig, take: Take) -> Iterator[None]:
    """Ctrl-C in a rolling take cuts it: nothing is lost, and it is said where everything is."""
    try:
        yield
    except KeyboardInterrupt:
        rig.cut(take)
        names = ", ".join(node.name for node in rig.live)
        say(
            f"Interrupted: {take.name} is cut after {take.duration_s:.1f} s. The reels of {names} "
            "are closed in their flash; `runslate drain` brings them in."
        )
        raise


def _drain_all(rig: Rig, shelf: Library) -> list[Drained]:
    try:
        with progress_bars("draining") as progress:
            return rig.drain(progress)
    except KeyboardInterrupt:
        say(
            f"Interrupted while draining into {shelf.path}: the pages that are there stay, the "
            "others are safe in the nodes' flash; `runslate drain` goes on from here."
        )
        raise


def _sum_up(shelf: Library, drained: set[tuple[str, int]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Sum up the cut takes that lie on drained reels, or whose summary is overdue; returns what can't be, too."""
    from runslate.summary import overdue, summarise

    documents, failed = [], []
    for take in shelf.takes():
        if take.end_us is None or not (drained & take.reels or overdue(shelf, take)):
            continue
        try:
            documents.append(summarise(shelf, take))
        except RunslateError as error:
            failed.append(f"{take.name} can't be summed up, its pages are in the library: {error}")
            say(failed[-1])
    return documents, failed


def _not_reached(take: Take, reached: set[str]) -> list[str]:
    """Name the take's tags whose uids are not among these."""
    return [
        f"{member.runner} {node.foot or (node.uid if len(member.nodes) > 1 else '')}".strip()
        for member in take.cast
        for node in member.nodes
        if node.uid not in reached
    ]
