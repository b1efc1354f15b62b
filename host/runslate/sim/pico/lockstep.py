"""Several emulated Picos and the host on one virtual time.

An emulated chip cannot promise to keep up with the wall: while it computes it is slower. So the host lives by the
boards' time (`hostclock.follow`). All boards run through the same slice of scene time, each in its own process; then
what they sent is handed to the host's links, and the next slice begins when those have read it. During a slice the
host's clock reads the slice's end, which is the instant at which what the host writes now reaches the boards. So a
round trip is measured to within a slice, whatever the computer has to do besides. Virtual time never runs ahead of
the wall: a host's patience is meant for boards that do not.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from runslate import hostclock
from runslate.errors import RunslateError
from runslate.port import PortGoneError, gone
from runslate.sim.node import NodeSpec
from runslate.sim.pico.images import find_image
from runslate.sim.pico.worker import BoardPlan, serve_steps

SLICE_S = 0.001
"""Half of it is the uncertainty of a round trip's middle; a shorter one costs more hand-overs than it is worth."""

LEAD_S = 0.004
"""By this much the virtual time may be ahead of the wall before it waits."""

READ_LIMIT_S = 0.05
"""Of the wall: a link that has not read by then does not hold up the others."""

WAIT_S = 0.1
BATTERY_EVERY_S = 0.1
START_S = 120.0
"""Of the wall, for a process to have its board on USB."""

_TURN_S = 0.0005  # the thread that hands over must not wait for Python's usual 5 ms


class StepPort:
    """A link's end of one board: what the board sent in past slices, what it gets with the next one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._from_board = bytearray()
        self._to_board = bytearray()
        self._reader_waits = False
        self._closed = False
        self._changed = threading.Condition()

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read without waiting."""
        return len(self._from_board)

    def read(self, size: int) -> bytes:
        """Wait for bytes from the board, at most 0.1 s of the wall."""
        with self._changed:
            if not self._from_board:
                self._reader_waits = True
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._from_board or self._closed, WAIT_S)
                self._reader_waits = False
            data = bytes(self._from_board[:size])
            del self._from_board[:size]
            if self._closed and not data:
                raise gone(self.name, PortGoneError("the emulated board was switched off"))
            return data

    def write(self, data: bytes) -> None:
        """Hand bytes to the board: they reach it with the next slice."""
        with self._changed:
            self._to_board += data

    def close(self) -> None:
        """Nobody reads any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def collect(self) -> bytes:
        """Take what the host wrote."""
        with self._changed:
            data = bytes(self._to_board)
            self._to_board.clear()
            return data

    def deliver(self, data: bytes) -> None:
        """Give the link what the board sent, and wait until it has taken it in."""
        with self._changed:
            if self._closed or not data:
                return
            self._from_board += data
            self._changed.notify_all()
            self._changed.wait_for(lambda: (self._reader_waits and not self._from_board) or self._closed, READ_LIMIT_S)


class SteppedPico:
    """One board: its description, its process and its port."""

    def __init__(self, spec: NodeSpec, plan: BoardPlan) -> None:
        self.spec = spec
        self.plan = plan
        self.port = StepPort(f"emulated Pico {spec.name}")
        self._process, self._wire = start_process(serve_steps, plan)
        self._millivolts = plan.battery_mv

    @property
    def truth_file(self) -> Path:
        """What really happened, in scene time; only tests and the demo's last page read it."""
        return self.plan.truth_file

    def ready(self) -> float:
        """Wait until the board is on USB; returns the scene time that it has reached."""
        return float(first_answer(self._wire, self.plan.name))

    def begin(self, zero_s: float) -> None:
        """Let its motion begin at a scene time."""
        self._wire.send(("begin", zero_s))

    def power(self, now_s: float) -> None:
        """Set the battery's voltage of this scene time."""
        millivolts = self.spec.battery_mv(now_s)
        if abs(millivolts - self._millivolts) > 1.0:
            self._millivolts = millivolts
            self._wire.send(("battery", float(millivolts)))

    def step(self, until_s: float) -> None:
        """Begin a slice."""
        self._wire.send(("run", until_s, self.port.collect()))

    def stepped(self) -> bytes:
        """Wait for the slice's end; returns what the board sent."""
        return bytes(self._wire.recv())

    def save(self, epoch_s: float) -> None:
        """Write flash and truth files."""
        self._wire.send(("save", epoch_s))
        self._wire.recv()

    def stop(self) -> None:
        """End the process; the flash file stays as it was saved last."""
        self.port.close()
        stop_process(self._process, self._wire)


class PicoSim:
    """A context manager over boards in lock-step; while it lasts, the host lives by their time.

    Args:
        specs: the boards; their names must differ.
        folder: where flash and truth files are kept; None: a temporary folder.

    Raises:
        RunslateError: no image, no emulator, a board that does not start.
    """

    def __init__(self, specs: Sequence[NodeSpec], folder: Path | None = None) -> None:
        self._specs = list(specs)
        self._stack = ExitStack()
        self._folder = folder
        self.nodes: dict[str, SteppedPico] = {}
        self.epoch_s = 0.0
        self._now_s = 0.0
        self._jobs: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="emulated time", daemon=True)

    def __enter__(self) -> PicoSim:
        folder = self._folder
        if folder is None:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="runslate-pico-")))
        self._stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(_TURN_S)
        try:
            self._start(folder)
        except BaseException:
            self._close()
            raise
        return self

    def _start(self, folder: Path) -> None:
        for spec in self._specs:
            self.nodes[spec.name] = SteppedPico(spec, plan_of(spec, folder))
        self._now_s = max([node.ready() for node in self.nodes.values()])
        self.epoch_s = time.monotonic() - self._now_s
        self._stack.enter_context(hostclock.follow(self))
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        for node in self.nodes.values():
            node.stop()
        self._stack.close()

    def now(self) -> float:
        """Return the scene time in seconds."""
        return self._now_s

    def now_us(self) -> int:
        """Return the host's time: microseconds that go on from this computer's monotonic ones."""
        return round((self.epoch_s + self._now_s) * 1e6)

    def open_port(self, name: str) -> StepPort:
        """Return the port of a board by the node's name."""
        return self.nodes[name].port

    def begin(self) -> float:
        """Let all motions begin now; returns the scene time of their zero."""
        zero_s = self._now_s

        def job() -> None:
            for node in self.nodes.values():
                node.begin(zero_s)

        self._between_slices(job)
        return zero_s

    def write_truth(self) -> None:
        """Write all flash and truth files."""

        def job() -> None:
            for node in self.nodes.values():
                node.save(self.epoch_s)

        self._between_slices(job)

    def _between_slices(self, job: Callable[[], None]) -> None:
        done = threading.Event()
        with self._lock:
            self._jobs += [job, done.set]
        while not done.wait(WAIT_S) and self._thread.is_alive():
            pass

    def _run(self) -> None:
        wall_s, began_s, battery_s = time.monotonic(), self._now_s, 0.0
        with suppress(EOFError, OSError):  # a process that died takes its port away: links tell
            while not self._stop.is_set():
                with self._lock:
                    jobs, self._jobs = self._jobs, []
                for job in jobs:
                    job()
                if self._now_s >= battery_s:
                    battery_s = self._now_s + BATTERY_EVERY_S
                    for node in self.nodes.values():
                        node.power(self._now_s)
                self._slice()
                lead_s = (self._now_s - began_s) - (time.monotonic() - wall_s)
                if lead_s > LEAD_S:
                    time.sleep(lead_s)
                elif lead_s < 0.0:
                    wall_s, began_s = time.monotonic(), self._now_s  # what was lost need not be caught up
        for node in self.nodes.values():
            node.port.close()

    def _slice(self) -> None:
        end_s = self._now_s + SLICE_S
        self._now_s = end_s
        for node in self.nodes.values():
            node.step(end_s)
        for node, sent in [(node, node.stepped()) for node in self.nodes.values()]:
            node.port.deliver(sent)


def plan_of(spec: NodeSpec, folder: Path) -> BoardPlan:
    """Say to a board's process what a node's description means for it."""
    folder.mkdir(parents=True, exist_ok=True)
    return BoardPlan(
        name=spec.name,
        runner=spec.runner,
        foot=spec.foot,
        uid=spec.uid,
        motion=spec.motion,
        part=spec.part,
        seed=spec.seed,
        sensor_ppm=spec.sensor_ppm or 0.0,
        board_ppm=spec.board_ppm or 0.0,
        start=spec.start,
        battery_mv=spec.battery_mv(0.0),
        image=find_image(),
        folder=folder,
    )


def start_process(serve: Callable[[BoardPlan, Connection], None], plan: BoardPlan) -> tuple[Any, Connection]:
    """Start a board's process; returns it and our end of its connection."""
    # A new interpreter on every system: a forked one would inherit the host's threads' locks.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(plan, theirs), name=plan.name, daemon=True)
    process.start()
    theirs.close()
    return process, ours


def first_answer(wire: Connection, name: str) -> Any:
    """Wait for what a board's process says first.

    Raises:
        RunslateError: the board could not be started.
    """
    try:
        answer = wire.recv() if wire.poll(START_S) else None
    except EOFError:
        answer = None
    if answer is None:
        raise RunslateError(
            f"The process of the emulated Pico {name} ended or hung before its board was on USB.",
            f"It should take some seconds, at most {START_S:g}.",
            "What it printed says why; on a busy computer try fewer runners.",
        )
    if isinstance(answer, RunslateError):
        raise answer
    return answer


def stop_process(process: Any, wire: Connection) -> None:
    """Close the connection, which ends the process, and make sure that it has ended."""
    with suppress(OSError):
        wire.send(("stop",))
    wire.close()
    process.join(5.0)
    if process.is_alive():
        process.kill()
        process.join()
