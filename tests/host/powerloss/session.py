"""One life of a node on the virtual board, every operation on its flash noted: arm, record, stop, free, settings."""

from __future__ import annotations

import struct
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from runslate import hostclock
from runslate.node import Node
from runslate.rolling import PREPARE_S, start_reel
from runslate.sim.course import Segment
from runslate.sim.node import NodeSpec, VirtualNode
from runslate.sim.nor import Kind
from runslate.sim.parametric import ParametricRunner
from runslate.sim.pico.images import FS_SECTORS
from runslate_protocol import messages as wire
from runslate_protocol.constants import StartMode, State

RING_SECTORS = 24
STORAGE = (FS_SECTORS + RING_SECTORS) * 4096
TIMESTAMP0 = 0x40

RUN = (Segment("stand", 0.7), Segment("run", 30, cadence_spm=172, speed_mps=3.2))
SECONDS = 3
"""Of each reel: some 45 pages, three of the ring's sectors."""


@dataclass(frozen=True)
class Operation:
    """One operation on the flash; `tick`: the sensor's clock at that moment; `phase`: what the node was asked for."""

    kind: Kind
    address: int
    data: bytes
    tick: int
    phase: str


@dataclass
class Life:
    """All operations in order, and the settings that were acknowledged: {operations done: name}."""

    operations: list[Operation] = field(default_factory=list)
    names: list[tuple[int, int, str]] = field(default_factory=list)
    """(operations when it was asked for, when it was acknowledged, name)."""

    def names_at(self, done: int) -> set[str]:
        """Names that the setting may have after so many operations: the last acknowledged one or one on its way."""
        acknowledged = [name for _, acknowledged, name in self.names if acknowledged <= done]
        under_way = [name for asked, acknowledged, name in self.names if asked <= done < acknowledged]
        return set(under_way) | {acknowledged[-1] if acknowledged else ""}


class Session:
    """Drives the node and notes."""

    def __init__(self, folder: Path, seed: int) -> None:
        motion = ParametricRunner(RUN, foot="left", seed=seed)
        spec = NodeSpec("tag", motion, seed=seed, start="record", clock="stepped", flash_bytes=STORAGE)
        self.life = Life()
        self._phase = "first boot"
        self._virtual = VirtualNode(spec, folder)
        self._virtual.board.flash.on_change = self._note
        self._virtual.start()
        self.node = Node.open(self._virtual.port)

    def close(self) -> None:
        self.node.close()
        self._virtual.stop()

    def _note(self, kind: Kind, address: int, data: bytes) -> None:
        board = self._virtual.board
        (tick,) = struct.unpack("<I", board.imu.read(TIMESTAMP0, 4, board.clock.now()))
        self.life.operations.append(Operation(kind, address, data, tick, self._phase))

    def rest(self) -> None:
        """Wait until nothing records and nothing is left to erase."""
        deadline_us = hostclock.now_us() + PREPARE_S * 1e6
        while self.node.status().state != State.IDLE:
            assert hostclock.now_us() < deadline_us
            hostclock.sleep(0.01)

    def name(self, name: str) -> None:
        self._phase = "setting"
        asked = len(self.life.operations)
        self.node.set("name", name)
        self.life.names.append((asked, len(self.life.operations), name))

    def record(self) -> None:
        """A reel that ends by itself."""
        self._phase = "record"
        start_reel(self.node, SECONDS)
        self.rest()

    def record_armed(self) -> None:
        """A reel that begins with the first steps, with pre-roll, and is stopped."""
        self._phase = "armed"
        request = wire.Start(utc_ms=1, max_seconds=SECONDS, mode=StartMode.MOTION, preroll_s=1)
        self.node.link.request(request)
        self.rest()

    def free(self, keep: int) -> None:
        """Receipts for the oldest reels; the erases follow at rest."""
        self._phase = "free"
        for entry in self.node.reels()[:-keep]:
            self.node.receipt(b"powerloss"[:8], entry.reel_id, entry.pages)
        self.rest()

    def restart(self) -> None:
        self._phase = "restart"
        boot = self.node.boot_id
        self.node.reset()
        while self.node.boot_id == boot:
            hostclock.sleep(0.05)
            self.node.reopen()
        self.rest()


def live(seed: int, rounds: int) -> Life:
    """Let a node live through so many rounds of settings, reels and receipts; the ring is gone round in about eight."""
    with tempfile.TemporaryDirectory(prefix="runslate-power-") as folder:
        session = Session(Path(folder), seed)
        try:
            session.rest()
            for number in range(rounds):
                session.name(f"round {number}")
                (session.record_armed if number % 2 else session.record)()
                if number % 3 == 2:
                    session.free(keep=1)
                if number == 1:
                    session.restart()
            session.free(keep=1)
        finally:
            session.close()
    return session.life
