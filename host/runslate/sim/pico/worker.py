"""One emulated Pico in a process of its own: its chip, its sensor, its battery, its flash file and its truth.

The process is told what to do through a connection, one tuple a message. Scene time is seconds since all boards of a
run were switched on; the board's own crystal is off by some ppm, so its chip runs a little more or less.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from runslate.errors import RunslateError
from runslate.sim.imu import Imu
from runslate.sim.motion import Motion
from runslate.sim.pico.battery import Battery
from runslate.sim.pico.board import Device, EmulatedPico
from runslate.sim.pico.bus import I2cImu
from runslate.sim.pico.images import with_marks
from runslate.sim.pico.talk import Talk
from runslate.sim.pico.terminal import PicoTerminal

BOOT_S = 60.0
"""Emulated time for the first boot, which makes the file system."""

SAVE_EVERY_S = 1.0
"""Of the wall, on a terminal: flash and truth files are at most so old when the process dies."""

I2C_BUS, INT1_PIN = 0, 6
"""As the firmware's table of boards has it."""


@dataclass(frozen=True)
class BoardPlan:
    """What a board's process needs to know; everything in it can be sent to another process."""

    name: str
    runner: str
    foot: str
    uid: bytes
    motion: Motion
    part: str
    seed: int
    sensor_ppm: float
    board_ppm: float
    start: Literal["scene", "record"]
    battery_mv: float
    image: Path
    folder: Path

    @property
    def flash_file(self) -> Path:
        """All of the chip's flash, MicroPython included."""
        return self.folder / f"{self.name}.pico.flash"

    @property
    def truth_file(self) -> Path:
        """What really happened; only tests and the demo's last page read it."""
        return self.folder / f"{self.name}.truth.json"


class OffClock:
    """What is wired to a board lives by the scene's time, not by the board's crystal."""

    def __init__(self, device: Device, ppm: float) -> None:
        self._device = device
        self._rate = 1.0 + ppm * 1e-6

    def attach(self, mcu: Any, now_us: Callable[[], float]) -> None:
        """Connect to a chip that was just powered on."""
        self._device.attach(mcu, lambda: now_us() / self._rate)

    def board_reset(self) -> None:
        """Forget transfers that the board's reset cut short."""
        self._device.board_reset()

    def power_lost(self) -> None:
        """Forget everything that does not outlive a power loss."""
        self._device.power_lost()


class LiveBoard:
    """A board that is switched on, its flash file loaded or made.

    Raises:
        RunslateError: no emulator, no image, or a board that does not answer.
    """

    def __init__(self, plan: BoardPlan) -> None:
        self._plan = plan
        self._rate = 1.0 + plan.board_ppm * 1e-6
        self._saved = -1
        self.battery = Battery(plan.battery_mv)
        self.imu = Imu(plan.motion, plan.part, plan.sensor_ppm, plan.seed, plan.start)
        sensor = OffClock(I2cImu(self.imu, I2C_BUS, INT1_PIN), plan.board_ppm)
        devices: list[Device] = [sensor, self.battery]
        if plan.flash_file.exists():
            self.pico = EmulatedPico(plan.image, plan.flash_file.read_bytes(), devices, plan.uid)
        else:
            self.pico = EmulatedPico(plan.image, devices=devices, uid=plan.uid)
            self.pico.power_cycle(with_marks(self.pico.flash_contents()))
        # Programs that find the board shall find a node that answers.
        Talk(self.pico).greet(BOOT_S)
        self.pico.received.clear()

    def scene_s(self) -> float:
        """Return the scene time that the board has reached, seconds."""
        return self.pico.now_us() / 1e6 / self._rate

    def run_until(self, scene_s: float) -> bytes:
        """Let the board live until a scene time; returns what it sent."""
        self.pico.run_for(max(0.0, scene_s * self._rate - self.pico.now_us() / 1e6))
        sent = bytes(self.pico.received)
        self.pico.received.clear()
        return sent

    def save(self, epoch_s: float) -> None:
        """Write the flash file, where the flash has changed, and the truth file.

        Args:
            epoch_s: the host's monotonic time at scene time 0.
        """
        changes = self.pico.flash.erases + self.pico.flash.programs
        if changes != self._saved:
            self._saved = changes
            _replace(self._plan.flash_file, self.pico.flash_contents())
        _replace(self._plan.truth_file, json.dumps(self._truth(epoch_s), indent=1).encode())

    def _truth(self, epoch_s: float) -> dict[str, object]:
        plan = self._plan
        return {
            "name": plan.name,
            "runner": plan.runner,
            "foot": plan.foot,
            "uid": plan.uid.hex(),
            "epoch_monotonic_s": epoch_s,
            "start": plan.start,
            "zero_scene_s": self.imu.playback.zero_s,
            "until_scene_s": round(self.scene_s(), 6),
            "sensor_ppm": plan.sensor_ppm,
            "board_ppm": plan.board_ppm,
            "resets": self.pico.resets,
            "motion": plan.motion.truth().as_dict(),
        }


def _replace(path: Path, contents: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(contents)
    os.replace(part, path)


def serve_steps(plan: BoardPlan, wire: Connection) -> None:
    """Run a board in the steps that the connection asks for, until it closes. The process's main function."""
    board = _make(plan, wire)
    if board is None:
        return
    wire.send(board.scene_s())
    while (message := _receive(wire)) is not None:
        match message:
            case ("run", float(until_s), bytes(data)):
                if data:
                    board.pico.write(data)
                wire.send(board.run_until(until_s))
            case ("battery", float(millivolts)):
                board.battery.set(millivolts)
            case ("begin", float(zero_s)):
                board.imu.playback.zero_s = zero_s
            case ("save", float(epoch_s)):
                board.save(epoch_s)
                wire.send(True)


def serve_terminal(plan: BoardPlan, wire: Connection) -> None:
    """Run a board on a terminal of its own, at the wall's pace or slower. The process's main function."""
    board = _make(plan, wire)
    if board is None:
        return
    from time import monotonic

    with PicoTerminal(board.pico) as terminal:
        wire.send(terminal.port)
        while not wire.poll(SAVE_EVERY_S):
            terminal.post(lambda: board.save(monotonic() - board.scene_s()))
    board.save(monotonic() - board.scene_s())


def _make(plan: BoardPlan, wire: Connection) -> LiveBoard | None:
    # Ctrl-C goes to the whole group of processes; the one that started this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return LiveBoard(plan)
    except RunslateError as error:
        wire.send(error)
        return None


def _receive(wire: Connection) -> Any:
    try:
        return wire.recv()
    except (EOFError, OSError):
        return None
