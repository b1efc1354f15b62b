"""A first look at silicon: the firmware as files on stock MicroPython, on an emulated RP2040.

Prints the figures of docs/silicon.md, with --image those of an image in docs/boards.md; takes two minutes.

    .venv/bin/python tools/first_look.py [--seconds 60] [--image build/runslate-pico-VERSION.uf2]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from runslate.drain import fetch_missing, write_ledger
from runslate.errors import RunslateError
from runslate.firmware import firmware_path
from runslate.flash.build import build_files
from runslate.library import Library
from runslate.link import Link
from runslate.node import Node
from runslate.reel import EVENT_STRIDE, RUNNING, Reel
from runslate.sim.course import Segment
from runslate.sim.imu import Imu
from runslate.sim.parametric import ParametricRunner
from runslate.sim.pico.board import CLOCK_HZ, EmulatedPico
from runslate.sim.pico.bus import I2cImu
from runslate.sim.pico.console import PicoConsole
from runslate.sim.pico.install import RawRepl, copy_files
from runslate.sim.pico.port import PicoPort
from runslate_protocol.constants import State
from runslate_protocol.messages import StatusReply

IMAGE = Path(__file__).resolve().parents[1] / "build" / "micropython-pico.uf2"
FIRST_BOOT_S = 60.0
SEED = 7
I2C_BUS, INT1_PIN = 0, 6
REEL_S = 10
HEAP_EVERY_S = 10


@dataclass(frozen=True)
class Span:
    """What the core did in a stretch of emulated time."""

    seconds: float
    awake: float
    flash_busy: float


class Watch:
    """Measures spans of emulated time."""

    def __init__(self, pico: EmulatedPico) -> None:
        self._pico = pico
        self._from = self._now()

    def _now(self) -> tuple[float, float, float]:
        pico = self._pico
        return pico.now_us() / 1e6, pico.loop.asleep_ns / 1e9, pico.flash.busy_ns / 1e9

    def span(self) -> Span:
        """The stretch since the last call."""
        before, self._from = self._from, self._now()
        seconds, asleep, busy = (b - a for a, b in zip(before, self._from, strict=True))
        return Span(seconds, 1 - asleep / seconds, busy / seconds)


def install(pico: EmulatedPico) -> None:
    """Copy the firmware on."""
    files = build_files(firmware_path())
    pico.boot()
    start = pico.now_us()
    repl = RawRepl(PicoConsole(pico))
    repl.enter()
    copy_files(repl, files)
    size = sum(len(content) for content in files.values())
    print(f"copied     {len(files)} files, {size} bytes, in {(pico.now_us() - start) / 1e6:.1f} s")


def start(pico: EmulatedPico, which: str) -> None:
    """Let the firmware boot; the first time it prepares the file system."""
    begun = pico.now_us()
    pico.power_cycle()
    pico.boot(FIRST_BOOT_S)
    if not pico.run_until(lambda: bool(pico.received), FIRST_BOOT_S):
        raise RunslateError("The firmware did not start.")
    print(f"{which:10} {(pico.now_us() - begun) / 1e6:.1f} s")


def prepare(node: Node, port: PicoPort) -> None:
    """Wait until the reels' part of the flash is erased."""
    seconds = 0
    while node.status().state == State.PREPARING:
        port.wait(1.0)
        seconds += 1
    print(f"erased     {node.status().pages_total} pages' room in about {seconds} s")


def record(node: Node, port: PicoPort, watch: Watch, seconds: int) -> tuple[int, list[StatusReply]]:
    """Record and look at the node's state on the way; returns the reel's id and the states."""
    reel_id = node.start(seconds).reel_id
    port.wait(1.0)
    states = [node.status()]
    watch.span()
    while states[-1].state == State.RECORDING:
        port.wait(min(HEAP_EVERY_S, seconds - 2))
        states.append(node.status())
        span = watch.span()
        if states[-1].state == State.RECORDING:
            cycles = span.awake * CLOCK_HZ / 1e6
            print(
                f"recording  core awake {span.awake:.1%} ({cycles:.1f} M cycles per second), "
                f"flash busy {span.flash_busy:.1%}, heap free {states[-1].heap_free}, "
                f"longest turn {states[-1].loop_us_max / 1e3:.1f} ms"
            )
    return reel_id, states


def check_reel(node: Node, reel_id: int, folder: Path) -> None:
    """Drain a reel, verify it and say what is in it.

    Raises:
        RunslateError: pages or samples are missing.
    """
    store = Library(folder / "library").reel(node.uid, reel_id)
    entry = next(each for each in node.reels() if each.reel_id == reel_id)
    _, refused = fetch_missing(node, store, entry)
    ledger = write_ledger(store, node.facts(), entry, node.boot_id, refused)
    reel = Reel.load(store)
    samples = reel.samples()
    if not ledger.whole or reel.end is None or np.any(np.diff(np.diff(samples.ticks))):
        raise RunslateError("The drained reel has gaps.", str(ledger.missing))
    events = reel.events
    strides = int(np.sum((events["kind"] == EVENT_STRIDE) & (events["flags"] & RUNNING != 0)))
    print(
        f"reel       {ledger.pages} pages, {len(samples.ticks)} of {reel.end.samples} samples, "
        f"{strides} running strides, {reel.end.overruns} overruns; "
        f"{12 * len(samples.ticks) / ledger.bytes:.2f} : 1 with headers"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="length of the second recording")
    parser.add_argument("--image", type=Path, help="one with the firmware inside, in place of files on stock")
    options = parser.parse_args()
    seconds = options.seconds
    runner = ParametricRunner((Segment("stand", 1.0), Segment("run", 300.0, 168.0, 3.2)), seed=SEED)
    sensor = I2cImu(Imu(runner, seed=SEED, ppm=4300.0, start="record"), I2C_BUS, INT1_PIN)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pico = EmulatedPico(options.image or IMAGE, devices=[sensor])
        if options.image is None:
            install(pico)
        for which in ("first boot", "boot"):
            start(pico, which)
        port = PicoPort(pico)
        node = Node(Link(port))
        print(f"HELLO      {node.hello.board}, firmware {node.hello.firmware}, {node.hello.imu}")
        prepare(node, port)
        watch = Watch(pico)
        port.wait(5.0)
        print(f"at rest    core awake {watch.span().awake:.1%}")
        for length in (REEL_S, seconds):
            reel_id, states = record(node, port, watch, length)
            check_reel(node, reel_id, folder)
        recording = [state for state in states if state.state == State.RECORDING]
        print(f"FIFO       at most {max(s.fifo_max for s in states)} of 512 words")
        print(f"heap free  {[state.heap_free for state in recording]} bytes every {HEAP_EVERY_S} s")
        node.close()


if __name__ == "__main__":
    try:
        main()
    except RunslateError as error:
        sys.exit(f"first_look: {error}")
