"""`runslate sim`: emulated nodes that stay up for other commands until Ctrl-C."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from runslate.errors import RunslateError

if TYPE_CHECKING:
    from runslate.sim.node import NodeSpec, VirtualNode
    from runslate.sim.pico.free import FreePico
    from runslate.sim.scene import Waveform

Clock = Literal["wall", "stepped"]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("sim")(sim)


def sim(
    recording: Annotated[
        Path | None, typer.Option(help="Play a recording, NAME.csv.gz beside NAME.json, on one node.")
    ] = None,
    name: Annotated[str, typer.Option(help="The node's name, with --recording.")] = "tag",
    runners: Annotated[int, typer.Option(help="Play a scene of so many runners.")] = 3,
    seconds: Annotated[float, typer.Option(help="Length of the scene.")] = 40.0,
    seed: Annotated[int, typer.Option(help="Another number makes another scene, other clock errors and noise.")] = 0,
    waveform: Annotated[
        str, typer.Option(help="parametric, or recorded: real strides from $RUNSLATE_DATA.")
    ] = "parametric",
    clock: Annotated[str, typer.Option(help="wall, or stepped: as fast as it can.")] = "wall",
    target: Annotated[str, typer.Option(help="virtual; or pico: the real image on emulated RP2040 chips.")] = "virtual",
    axes: Annotated[str, typer.Option(help="How a recording's axes lie in the sensor, with --recording.")] = "+x+y+z",
    folder: Annotated[
        Path | None,
        typer.Option(help="Keep the nodes' flash, and what really happened, here. Default: gone at the end."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say where the nodes are as JSON.")] = False,
) -> None:
    """Start emulated nodes that any other command finds; they stay until Ctrl-C.

    A node's movement begins when a host starts recording on it, and anew with every recording. On a busy computer
    its sensor loses samples, as a real one never does; takes say so.
    """
    _check_choice("clock", clock, ("wall", "stepped"))
    _check_choice("waveform", waveform, ("parametric", "recorded"))
    _check_choice("target", target, ("virtual", "pico"))
    if recording is not None:
        specs = [_recording_spec(recording, name, seed, axes)]
    else:
        specs = _scene_specs(runners, seconds, seed, waveform)
    for spec in specs:
        spec.clock = "stepped" if clock == "stepped" else "wall"
    print(_kept(folder), file=sys.stderr)
    stop = _stop_on_signals()
    if target == "pico":
        _check_choice("clock", clock, ("wall",), " with --target pico")
        _run_picos(specs, folder, stop, as_json)
    else:
        _run_virtual(specs, folder, stop, as_json)


def _run_virtual(specs: list[NodeSpec], folder: Path | None, stop: threading.Event, as_json: bool) -> None:
    from runslate.sim.sim import Sim

    with Sim(specs, folder) as running:
        _announce(list(running.nodes.values()), as_json)
        while not stop.wait(1.0):
            running.write_truth()


def _run_picos(specs: list[NodeSpec], folder: Path | None, stop: threading.Event, as_json: bool) -> None:
    from runslate.sim.pico.free import FreePicos

    with TemporaryDirectory(prefix="runslate-pico-") as temporary, FreePicos(specs, folder or Path(temporary)) as picos:
        print(
            "An emulated chip runs at the wall's pace at most; on a busy computer it is slower. Recordings are right "
            "all the same, times compared with this computer's are not: `runslate demo --target pico` keeps one time.",
            file=sys.stderr,
        )
        _announce(picos.nodes, as_json)
        while not stop.wait(1.0):
            pass


def _kept(folder: Path | None) -> str:
    """Say what is left when the nodes stop: for an emulated one, `safe in its flash` means safe in a file."""
    if folder is None:
        return (
            "Their flash is temporary: what they recorded and nobody drained is gone when they stop (Ctrl-C). "
            "With --folder FOLDER it is kept."
        )
    return f"Their flash is kept in {folder}: started again with the same words, they have their reels still."


def _check_choice(option: str, value: str, choices: tuple[str, ...], where: str = "") -> None:
    if value not in choices:
        raise RunslateError(
            f"--{option} {value} is not known{where}.",
            f"It can be {' or '.join(choices)}.",
            "Choose one of them.",
        )


def _recording_spec(path: Path, name: str, seed: int, axes: str) -> NodeSpec:
    from runslate.sim.node import NodeSpec
    from runslate.sim.recording import Recording

    motion = Recording(path, axes)
    if motion.gyro_dps is None:
        print(
            f"{path.name} has no gyroscope: the node's gyroscope will show no rotation.",
            file=sys.stderr,
        )
    return NodeSpec(name, motion, runner=name, seed=seed, start="record")


def _scene_specs(runners: int, seconds: float, seed: int, waveform: str) -> list[NodeSpec]:
    from runslate.sim.scene import demo_scene

    chosen: Waveform = "recorded" if waveform == "recorded" else "parametric"
    specs = demo_scene(seconds, seed, runners).specs(seed, chosen)
    for spec in specs:
        spec.start = "record"
    return specs


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _announce(nodes: Sequence[VirtualNode | FreePico], as_json: bool) -> None:
    if as_json:
        entries = [
            {"name": n.spec.name, "port": n.port, "uid": n.spec.uid.hex(), "folder": str(n.folder)} for n in nodes
        ]
        print(json.dumps({"nodes": entries}), flush=True)
        return
    for node in nodes:
        print(f"{node.spec.name}: {node.port} (uid {node.spec.uid.hex()})")
    print("The nodes stay up until Ctrl-C.", flush=True)
