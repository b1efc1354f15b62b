"""A virtual node: VM, register-level sensor, flash file, clocks, battery and mishaps."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from runslate.firmware import firmware_path
from runslate.hostclock import slept_s
from runslate.sim.belt import BeltProfile
from runslate.sim.clock import BoardClock, SceneClock, SteppedClock, Wall, WallClock
from runslate.sim.devices import CAUSE_NAMES, CAUSES, Board, DeviceServer, Ending
from runslate.sim.flash import PICO_STORAGE_BYTES, Flash
from runslate.sim.imu import Imu
from runslate.sim.motion import Motion
from runslate.sim.vm import Terminal, Vm, find_micropython

_log = logging.getLogger(__name__)

_FULL_MV = 4050.0
_DRAIN_MV_PER_S = 0.05  # a 150-mAh cell at 30 mA: from 4.05 to 3.5 V in some three hours
_FLAT_MV = 3200.0  # below the 3300 mV at which the firmware closes its reel
# A firmware that dies again and again is left alone after this many restarts in a row.
_RESTARTS = 5
_LIVED_S = 10.0


@dataclass
class NodeSpec:
    """What a virtual node is and what will befall it.

    Attributes:
        name: the node's name, unique in a run; also its files' name.
        motion: what the shoe does.
        runner, foot: only for the truth file; the firmware has its own settings.
        uid: eight bytes; empty: made from name and seed.
        seed: makes clock errors, biases and noise.
        sensor_ppm, board_ppm: errors of the two oscillators; None: drawn from the seed, percents
            for the sensor and tens of ppm for the board's crystal.
        flat_at_s: scene time at which the battery is flat; None: never.
        battery: scene time to mV, instead of the built-in curve.
        start: "scene" (the motion runs with the scene) or "record" (begins when recording does).
        clock: "wall" or "stepped" (as fast as the firmware can while the motion lasts).
        flash_bytes: size of the storage; the default is a 2-MB Pico's.
        part: "LSM6DSO32", "LSM6DSOX", or "none" (no sensor on the board).
        belt: the treadmill that a node with the role `belt` counts; None: nothing is wired.
        offset_us: what the board's clock reads at scene time 0, made from name and seed.
    """

    name: str
    motion: Motion
    runner: str = ""
    foot: str = ""
    uid: bytes = b""
    seed: int = 0
    sensor_ppm: float | None = None
    board_ppm: float | None = None
    flat_at_s: float | None = None
    battery: Callable[[float], float] | None = None
    start: Literal["scene", "record"] = "scene"
    clock: Literal["wall", "stepped"] = "wall"
    flash_bytes: int = PICO_STORAGE_BYTES
    part: str = "LSM6DSO32"
    belt: BeltProfile | None = None
    offset_us: int = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(f"{self.name}/{self.seed}".encode()).digest()
        self.uid = self.uid or b"\xe6" + digest[:7]  # a Pico's unique id begins with E6
        draw = int.from_bytes(digest[8:12], "little") / 2**32, digest[12] / 255, digest[13:17]
        if self.sensor_ppm is None:
            self.sensor_ppm = round(40_000.0 * draw[0] - 20_000.0, 1)
        if self.board_ppm is None:
            self.board_ppm = round(60.0 * draw[1] - 30.0, 2)
        self.offset_us = int.from_bytes(draw[2], "little") % (1 << 30)

    def battery_mv(self, scene_s: float) -> float:
        """Return the battery's voltage in mV at a scene time."""
        if self.battery is not None:
            return self.battery(scene_s)
        if self.flat_at_s is not None and scene_s >= self.flat_at_s:
            return _FLAT_MV
        return _FULL_MV - _DRAIN_MV_PER_S * scene_s

    def make_clock(self, epoch_s: float, wall: Wall) -> SceneClock:
        """Return the scene clock it asks for."""
        return SteppedClock(epoch_s) if self.clock == "stepped" else WallClock(epoch_s, wall)


@dataclass
class _Life:
    """What happened to a node so far, for its truth file."""

    plays: list[float] = field(default_factory=list)  # scene times at which recording began
    boots: list[dict[str, object]] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)


class VirtualNode:
    """One node: starts its VM, serves its devices, restarts it after a reset.

    Args:
        spec: what it is.
        folder: where its flash, log and truth files are kept.
        epoch_s: the wall's seconds at scene time 0; None: now.
        wall: what a scene clock that follows the wall follows.
    """

    def __init__(self, spec: NodeSpec, folder: Path, epoch_s: float | None = None, wall: Wall | None = None) -> None:
        self.spec = spec
        self.folder = folder
        wall = wall or Wall()
        self.epoch_s = wall.now_s() if epoch_s is None else epoch_s
        folder.mkdir(parents=True, exist_ok=True)
        self.terminal = Terminal()
        self.clock = spec.make_clock(self.epoch_s, wall)
        self.board = Board(
            imu=Imu(spec.motion, spec.part, spec.sensor_ppm or 0.0, spec.seed, spec.start, self._played),
            flash=Flash(folder / f"{spec.name}.flash", spec.flash_bytes),
            clock=self.clock,
            ticks=BoardClock(spec.board_ppm or 0.0, spec.offset_us),
            uid=spec.uid,
            battery_mv=spec.battery_mv,
            belt=spec.belt,
        )
        self._script = firmware_path() / "main.py"
        self._life = _Life()
        self._vm: Vm | None = None
        self._lock = threading.Lock()
        self._wanted = threading.Condition(self._lock)
        self._boot_cause: int | None = None  # set: a VM shall be started with it
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> str:
        """Path of the serial port that a host opens; it stays the same over restarts."""
        return self.terminal.port

    @property
    def truth_file(self) -> Path:
        """The file that tells what really happened, in scene time; only tests read it."""
        return self.folder / f"{self.spec.name}.truth.json"

    def start(self) -> None:
        """Power on.

        Raises:
            RunslateError: there is no MicroPython that can run the firmware.
        """
        find_micropython()
        self._thread = threading.Thread(target=self._run, name=self.spec.name, daemon=True)
        self.restart("power on")
        self._thread.start()

    def alive(self) -> bool:
        """Return whether its VM is running."""
        vm = self._vm
        return vm is not None and vm.running()

    @property
    def pid(self) -> int | None:
        """Process id of its VM, or None while there is none."""
        vm = self._vm
        return None if vm is None else vm.pid

    def kill(self) -> None:
        """Pull the plug: the VM ends at once, between two device requests."""
        with self._lock:
            self._boot_cause = None
            if self._vm is not None:
                self._vm.kill()
            self._life.kills.append(round(self.clock.now(), 3))
        self.write_truth()

    def restart(self, cause: str = "power on") -> None:
        """Start the VM (again) with a reset cause; a running one is killed first.

        Args:
            cause: a key of `runslate.sim.devices.CAUSES`.
        """
        with self._lock:
            if self._vm is not None:
                self._vm.kill()
            self._boot_cause = CAUSES[cause]
            self._wanted.notify_all()

    def stop(self) -> None:
        """Kill the VM, write the truth, and give port and files back."""
        with self._lock:
            self._stopping = True
            self._boot_cause = None
            if self._vm is not None:
                self._vm.kill()
            self._wanted.notify_all()
        if self._thread is not None:
            self._thread.join()
        self.write_truth()
        self.board.flash.close()
        self.terminal.close()

    def write_truth(self) -> None:
        """Write the truth file: instants of the motion and the scene time of its zero."""
        zero = self.board.imu.playback.zero_s
        truth = {
            "name": self.spec.name,
            "runner": self.spec.runner,
            "foot": self.spec.foot,
            "uid": self.spec.uid.hex(),
            "epoch_monotonic_s": self.epoch_s + slept_s(),
            "start": self.spec.start,
            "clock": self.spec.clock,
            "zero_scene_s": zero,
            "until_scene_s": round(self.clock.now(), 6),
            "sensor_ppm": self.spec.sensor_ppm,
            "board_ppm": self.spec.board_ppm,
            "has_gyro": self.board.imu.playback.has_gyro,
            "plays_scene_s": self._life.plays,
            "boots": self._life.boots,
            "kills_scene_s": self._life.kills,
            "motion": self.spec.motion.truth().as_dict(),
        }
        part = self.truth_file.with_suffix(f".{threading.get_ident()}.part")
        part.write_text(json.dumps(truth, indent=1), encoding="utf-8")
        os.replace(part, self.truth_file)

    def _played(self, now_s: float, end_s: float) -> None:
        """The FIFO was enabled or disabled: a stepped clock runs free in between."""
        if end_s > now_s:
            self.clock.step_until(end_s)
            self._life.plays.append(round(now_s, 6))
        else:
            self.clock.follow()

    def _run(self) -> None:
        """Thread: one VM's life after another until `stop`."""
        deaths = 0
        while (cause := self._next_cause()) is not None:
            born = time.monotonic()
            ending = self._live(cause)
            deaths = deaths + 1 if time.monotonic() - born < _LIVED_S else 0
            if ending.cause is not None and deaths < _RESTARTS:
                with self._lock:
                    if not self._stopping and self._boot_cause is None:
                        self._boot_cause = ending.cause

    def _next_cause(self) -> int | None:
        with self._lock:
            while self._boot_cause is None and not self._stopping:
                self._wanted.wait()
            if self._stopping:
                return None
            cause, self._boot_cause = self._boot_cause, None
            self.board.cause = cause or 0
            # Only a loss of power takes the sensor's supply away; a reset of the processor does not.
            if cause in (CAUSES["power on"], CAUSES["low battery"]):
                self.board.imu.power_on()
            self.clock.wait_until(self.clock.now())  # a patient wall waits for the boot, too
            self._vm = Vm(self._script, self.terminal, self.folder / self.spec.name)
            return cause

    def _live(self, cause: int | None) -> Ending:
        vm = self._vm
        assert vm is not None
        self._life.boots.append(
            {"scene_s": round(self.clock.now(), 6), "cause": CAUSE_NAMES.get(cause or 0, "unknown")}
        )
        self.write_truth()
        try:
            ending = DeviceServer(self.board, vm.channel).serve()
        except Exception:
            _log.exception("The virtual node %s stopped serving its devices.", self.spec.name)
            ending = Ending()
        with self._lock:
            self._vm = None
            vm.close()
        self.clock.follow()
        return ending
