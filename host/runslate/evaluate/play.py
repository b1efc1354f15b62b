"""Plays a movement through the emulated sensor into the firmware's detector on the MicroPython VM."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
from pathlib import Path

from runslate.errors import RunslateError
from runslate.evaluate.found import Found, from_events
from runslate.evaluate.onvm import SCRIPT
from runslate.evaluate.tap import Samples, TappedImu
from runslate.firmware import firmware_path
from runslate.sim import registers as reg
from runslate.sim.clock import BoardClock
from runslate.sim.devices import Board, DeviceServer
from runslate.sim.flash import SECTOR, Flash
from runslate.sim.motion import Motion
from runslate.sim.vm import find_micropython

REST_S = 2.0
"""A foot rests this long after a recording's end: what the detector still waits for is decided then."""

_HEAP = "384k"
_REQUEST_S = 20e-6  # a request takes the board about so long; time has to pass for a firmware that polls


class DrivenClock:
    """A scene time that only the firmware's requests and waits drive: nothing depends on the wall."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def now(self) -> float:
        """Return the scene time in seconds."""
        return self._now_s

    def spend(self) -> None:
        """Advance by the cost of one request."""
        self._now_s += _REQUEST_S

    def wait_until(self, due_s: float) -> float:
        """Jump to `due_s`; there is nothing to wait for."""
        self._now_s = max(due_s, self._now_s)
        return 0.0

    def step_until(self, end_s: float) -> None:
        """Do nothing: it is always driven."""

    def follow(self) -> None:
        """Do nothing: it never follows the wall."""


def play(
    motion: Motion,
    rate_hz: int = 417,
    ppm: float = 0.0,
    seed: int = 0,
    part: str = "LSM6DSO32",
    rest_s: float = REST_S,
) -> tuple[Found, Samples]:
    """Return what the firmware's detector finds in a movement, and the samples that it was given.

    Args:
        motion: what the shoe does; where it has no gyroscope, the part's shows noise and no rotation.
        rate_hz: nominal output data rate.
        ppm: error of the sensor's clock; times come back in true seconds.
        seed: makes the sensor's noise and biases.
        part: the sensor.
        rest_s: how long the foot stands after the movement.

    Raises:
        RunslateError: there is no MicroPython, or the firmware failed on it.
    """
    tick_hz = reg.TICK_HZ * (1.0 + ppm * 1e-6)
    zero_tick: list[int] = []

    def enabled(t_s: float, end_s: float) -> None:
        if end_s > t_s and not zero_tick:
            zero_tick.append(int.from_bytes(imu.read(reg.TIMESTAMP0, 4, t_s), "little"))

    imu = TappedImu(motion, part, ppm, seed, "record", enabled)
    last = int((motion.duration_s + rest_s) * tick_hz)
    with tempfile.TemporaryDirectory(prefix="runslate-evaluate-") as folder:
        flash = Flash(Path(folder, "flash"), SECTOR)
        board = Board(imu, flash, DrivenClock(), BoardClock(0.0, 0), bytes(8), lambda _: 4000.0)
        data = _run(board, Path(folder), (part, str(rate_hz), str(last)))
        flash.close()
    zero = zero_tick[0] if zero_tick else 0
    period = min((reg.period_ticks(code) for code in range(1, 11)), key=lambda p: abs(p * rate_hz - reg.TICK_HZ))
    samples = imu.samples(tick_hz, zero, period)
    return from_events(data, tick_hz, zero), samples if imu.playback.has_gyro else samples.without_gyro()


def _run(board: Board, folder: Path, arguments: tuple[str, ...]) -> bytes:
    script = folder / "play.py"
    script.write_text(SCRIPT, encoding="utf-8")
    ours, theirs = socket.socketpair()
    command = [find_micropython(), "-X", f"heapsize={_HEAP}", str(script), str(firmware_path()), *arguments]
    out, log = folder / "events", folder / "log"
    with out.open("wb") as events, log.open("wb") as errors, ours:
        with theirs:
            vm = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=events,
                stderr=errors,
                env={"RUNSLATE_DEVICE_FD": str(theirs.fileno())},
                pass_fds=[theirs.fileno()],
            )
        try:
            DeviceServer(board, ours).serve()
        finally:
            ours.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                vm.wait(timeout=10)
            vm.kill()
            vm.wait()
    if vm.returncode:
        raise _failed(log.read_text(errors="replace") or out.read_text(errors="replace"))
    return out.read_bytes()


def _failed(trace: str) -> RunslateError:
    last = (trace.strip().splitlines() or ["no reason given"])[-1]
    return RunslateError(
        f"The firmware's detector failed on the MicroPython VM: {last}",
        "It should take any movement.",
        "Use a firmware and a host of the same version; report this with the recording if they are.",
    )
