"""What the firmware costs on the emulated RP2040: runs at each rate, with and without probes.

The emulator counts cycles exactly and knows no cache misses: on silicon, code in flash is slower.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from runslate_protocol import messages as wire
from runslate_protocol.constants import State

from runslate import pages
from runslate.bench.probes import board_source
from runslate.bench.session import Session
from runslate.bench.stages import Ledger, StageWatch
from runslate.errors import RunslateError
from runslate.files import make_folder, write_private
from runslate.firmware import firmware_path
from runslate.flash.build import build_files, digest
from runslate.sim import registers as reg
from runslate.sim.course import Segment
from runslate.sim.imu import Imu
from runslate.sim.parametric import ParametricRunner
from runslate.sim.pico.board import CLOCK_HZ, Device, EmulatedPico
from runslate.sim.pico.bus import I2cImu
from runslate.sim.pico.console import PicoConsole
from runslate.sim.pico.flash import WORST_NS
from runslate.sim.pico.images import with_marks
from runslate.sim.pico.install import RawRepl, copy_files
from runslate.sim.pico.loop import is_fast
from runslate.sim.pico.spi import SpiImu

SEED = 417
UID = b"BENCHPCO"
FIRST_BOOT_S = 60.0
"""Emulated time for the first boot, which erases nothing yet but moves files to where they belong."""

SETTLE_S = 6.5
"""Left out of the figures: the runner stands for a second, then the detector learns how the tag is mounted."""

WARM_UP_S = 0.2

BURST_HZ = 6667
BURST_S = 4.0
MOST_PAGES = 128
"""Asked for at once."""

RPC_S = 1.0
RPC_TIMES = 4

UTC_MS = 1_700_000_000_000


@dataclass(frozen=True)
class Setup:
    """One run.

    Attributes:
        hz: nominal rate of the sensor.
        bus: "i2c" or "spi".
        seconds: emulated time that is measured.
        worst_flash: erase and program take as long as the data sheet allows.
    """

    hz: int
    bus: str
    seconds: float
    worst_flash: bool = False


RATES = (Setup(417, "i2c", 0), Setup(833, "spi", 0), Setup(1667, "spi", 0))
"""What is measured: simple wiring at the usual rate, SPI above it."""


def make_sensor(bus: str) -> Device:
    """A runner's sensor, wired as the firmware's pin table says."""
    runner = ParametricRunner((Segment("stand", 1.0), Segment("run", 90.0, 168.0, 3.2)), seed=SEED)
    imu = Imu(runner, seed=SEED, ppm=4300.0, start="record")
    return SpiImu(imu, 0, 17, 6) if bus == "spi" else I2cImu(imu, 0, 6)


def prepare(image: Path, kept: Path) -> bytes:
    """Contents of a flash with stock MicroPython, the firmware's modules and an erased ring.

    Args:
        image: stock MicroPython.
        kept: folder where it is kept for the same firmware and image.

    Raises:
        RunslateError: no image, or a firmware that does not compile.
    """
    if not image.exists():
        raise RunslateError(f"There is no MicroPython image at {image}.", cure="Build it with: make image.")
    files = build_files(firmware_path())
    # Without it the firmware waits for the bench to start it.
    del files["main.py"]
    path = kept / f"bench-{digest({**files, 'image': image.read_bytes()})[:16]}.bin"
    if path.exists():
        return path.read_bytes()
    pico = EmulatedPico(image, devices=[make_sensor("i2c")], uid=UID)
    pico.boot()
    repl = RawRepl(PicoConsole(pico))
    repl.enter()
    copy_files(repl, files)
    pico.power_cycle()
    # The first start moves the files out of the reels' part; erasing that would take a quarter of a minute more.
    _start(pico, probed=False)
    contents = with_marks(pico.flash_contents())
    write_private(make_folder(kept) / path.name, contents)
    return contents


def _start(pico: EmulatedPico, probed: bool) -> Session:
    pico.boot(FIRST_BOOT_S)
    repl = RawRepl(PicoConsole(pico))
    repl.enter()
    repl.start(board_source(probed))
    # Until the firmware has taken the port, a 3 in a frame would be Ctrl-C.
    pico.run_for(3.0)
    pico.received.clear()
    session = Session(pico)
    session.greet(FIRST_BOOT_S)
    return session


class Run:
    """One recording on one board, figures taken while it lasts.

    Args:
        image: stock MicroPython.
        flash: what `prepare` made.
        setup: rate, wiring, length.
        probed: show the stages; what the probes cost is subtracted from the stages only.
    """

    def __init__(self, image: Path, flash: bytes, setup: Setup, probed: bool) -> None:
        self.setup = setup
        self.pico = EmulatedPico(image, flash, [make_sensor(setup.bus)], UID)
        self.stages = StageWatch(self.pico) if probed else None
        self.session = _start(self.pico, probed)
        if setup.worst_flash:
            self.pico.flash.busy_ns_of = WORST_NS
        self.session.request(wire.Set(key="odr_hz", value=str(setup.hz)))

    def record(self) -> dict[str, Any]:
        """Record, stream and stop; returns the figures of `bench device` for this rate."""
        session, pico = self.session, self.pico
        session.request(wire.Subscribe(events=1, pages=1))
        heap_free = self._rest_after_a_reel()
        started = session.request(wire.Start(utc_ms=UTC_MS, max_seconds=0))
        session.run(SETTLE_S)
        before = session.request(wire.Status())
        pico.loop.masked_ns_max = 0.0
        busy, began_us, heard = pico.cycles_busy, pico.now_us(), session.events
        ledger = self.stages.ledger.copy() if self.stages else Ledger()
        for _ in range(round(self.setup.seconds)):
            session.run(1.0)
            session.request(wire.Ping(host_us=round(pico.now_us())))
        after = session.request(wire.Status())
        busy, took_us = pico.cycles_busy - busy, pico.now_us() - began_us
        masked_us = pico.loop.masked_ns_max / 1e3
        samples = after.samples - before.samples
        figures: dict[str, Any] = {
            "cpu_share": round(busy / CLOCK_HZ / (took_us / 1e6), 4),
            "cycles_per_sample": round(busy / samples),
            "samples": samples,
            "events": session.events - heard,
            "fifo_overruns": after.overruns,
            "fifo_fill_max": after.fifo_max,
            "heap_free_min": min(before.heap_free, after.heap_free),
            "irq_off_us_max": round(masked_us, 1),
            "loop_us_max": after.loop_us_max,
        }
        if self.stages:
            net = self.stages.net(self.stages.ledger.minus(ledger))
            figures["stages"] = {
                stage: {"cycles_per_sample": round(cycles / samples)} for stage, cycles in sorted(net.items())
            }
            figures["cycles_per_event"] = round(net.get("events", 0.0) / max(1, figures["events"]))
        stopped = session.request(wire.Stop())
        session.run(1.0)
        figures["heap_lost"] = heap_free - session.request(wire.Status()).heap_free
        figures["pages"] = stopped.pages
        figures.update(self._losses(started.reel_id, stopped.pages))
        return figures

    def _rest_after_a_reel(self) -> int:
        """Record for an instant, so that what stays for good is there, and return the free heap at rest."""
        session = self.session
        session.request(wire.Start(utc_ms=UTC_MS, max_seconds=0))
        session.run(WARM_UP_S)
        session.request(wire.Stop())
        session.run(WARM_UP_S)
        return session.request(wire.Status()).heap_free

    def _losses(self, reel_id: int, written: int) -> dict[str, int]:
        """Pages that were not streamed, and gaps between the samples in those that were."""
        good = {
            pages.index_of(page): page
            for page in self.session.pages
            if pages.page_is_good(page) and pages.reel_of(page) == reel_id
        }
        table = np.frombuffer(b"".join(good[i] for i in sorted(good)), np.uint8).reshape(-1, pages.PAGE_BYTES)
        head = pages.headers(table)
        decoded = pages.decode_samples(table[head["kind"] == pages.KIND_SAMPLES], 6)
        steps = np.diff(decoded.ticks)
        gaps = int(np.sum(steps != head["period"][0])) + len(decoded.malformed)
        return {"lost_pages": written - len(good), "gaps": gaps}


class Burst:
    """Recording faster than the node can work off: how long before the sensor's FIFO overruns.

    Nothing is asked meanwhile, and no page is streamed.
    """

    def __init__(self, image: Path, flash: bytes, hz: int) -> None:
        self._run = Run(image, flash, Setup(hz, "spi", BURST_S), probed=False)

    def record(self) -> dict[str, Any]:
        """Record for `BURST_S`; returns how long it was whole and what ended that."""
        session, pico = self._run.session, self._run.pico
        session.request(wire.Subscribe(events=0, pages=0))
        started = session.request(wire.Start(utc_ms=UTC_MS, max_seconds=0))
        busy, began_us = pico.cycles_busy, pico.now_us()
        session.run(BURST_S)
        busy, took_us = pico.cycles_busy - busy, pico.now_us() - began_us
        status = session.request(wire.Status())
        if status.state == State.RECORDING:
            session.request(wire.Stop())
        entry = next(each for each in session.request(wire.Reels()).reels if each.reel_id == started.reel_id)
        head = self._headers(entry)
        lost = np.flatnonzero(head["flags"] & pages.FLAG_LOST_BEFORE)
        last = head[int(lost[0]) - 1 if len(lost) else -1]
        whole = (int(last["tick"]) + int(last["count"]) * int(last["period"])) / reg.TICK_HZ
        return {
            "hz": self._run.setup.hz,
            "seconds_whole": round(whole, 3),
            "ended_by": "FIFO overrun" if len(lost) else "the end of the measurement",
            "cpu_share": round(busy / CLOCK_HZ / (took_us / 1e6), 3),
            "samples": status.samples,
            "fifo_overruns": status.overruns,
            "pages": entry.pages,
        }

    def _headers(self, entry: wire.ReelEntry) -> NDArray[np.void]:
        session = self._run.session
        for first in range(0, entry.pages, MOST_PAGES):
            session.request(wire.Pages(reel_id=entry.reel_id, first=first, count=MOST_PAGES))
            session.run(1.0)
        found = {pages.index_of(page): page for page in session.pages if pages.page_is_good(page)}
        table = np.frombuffer(b"".join(found[i] for i in sorted(found)), np.uint8).reshape(-1, pages.PAGE_BYTES)
        head = pages.headers(table)
        rows: NDArray[np.void] = head[head["kind"] == pages.KIND_SAMPLES]
        return rows


def rpc_cycles(image: Path, flash: bytes) -> dict[str, int]:
    """Cycles from a request's first byte to its reply's last, on a node at rest."""
    run = Run(image, flash, Setup(417, "i2c", 0), probed=False)
    session, pico = run.session, run.pico

    def busy_in(requests: Sequence[wire.Request[Any]]) -> float:
        before, end_us = pico.cycles_busy, pico.now_us() + RPC_S * 1e6
        for request in requests:
            session.request(request)
        session.run((end_us - pico.now_us()) / 1e6)
        return pico.cycles_busy - before

    alone = busy_in(())
    asked: tuple[wire.Request[Any], ...] = (
        wire.Ping(host_us=0),
        wire.Echo(data=bytes(600)),
        wire.Status(),
        wire.Get(key="odr_hz"),
        wire.Sense(),
        wire.Reels(),
    )
    return {each.NAME: round((busy_in([each] * RPC_TIMES) - alone) / RPC_TIMES) for each in asked}


def setups(hz: int | None, seconds: float) -> list[Setup]:
    """Give what is to be measured: one rate or all, each for so many emulated seconds.

    Raises:
        RunslateError: nothing is measured at this rate.
    """
    chosen = [replace(rate, seconds=seconds) for rate in RATES if hz in (None, rate.hz)]
    if not chosen:
        known = ", ".join(str(rate.hz) for rate in RATES)
        raise RunslateError(f"Nothing is measured at {hz} Hz.", f"Known rates are {known}.", "Choose one of them.")
    return chosen


def bench_device(image: Path, runs: Sequence[Setup], whole: bool = True) -> dict[str, Any]:
    """Measure every rate: typical flash without probes, the same with probes, worst flash.

    Args:
        image: stock MicroPython, from `make image`.
        runs: rate, wiring and length of each.
        whole: also what requests cost, and the burst.

    Raises:
        RunslateError: no image, or no compiled run loop.
    """
    if not is_fast():
        raise RunslateError(
            "The emulator runs without its compiled loop, which counts the cycles asleep.",
            cure="Build it with: make emulator (needs a C compiler).",
        )
    flash = prepare(image, image.parent / "bench")
    measured = {
        "target": "pico",
        "clock_hz": CLOCK_HZ,
        "hz": {str(run.hz): bench_rate(image, flash, run) for run in runs},
    }
    if whole:
        measured["rpc_cycles"] = rpc_cycles(image, flash)
        measured["burst"] = Burst(image, flash, BURST_HZ).record()
    return measured


def bench_rate(image: Path, flash: bytes, setup: Setup) -> dict[str, Any]:
    """The figures of one rate: `worst_flash` with the slowest flash allowed, `silicon` when a board has told."""
    figures = Run(image, flash, setup, probed=False).record()
    probed = Run(image, flash, setup, probed=True).record()
    worst = Run(image, flash, replace(setup, worst_flash=True), probed=False).record()
    own = {key: probed[key] for key in ("stages", "cycles_per_event")}
    return {"bus": setup.bus, **figures, **own, "worst_flash": worst, "silicon": None}
