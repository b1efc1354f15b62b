"""Several virtual nodes on one scene time, findable by other processes while they live."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from runslate.errors import RunslateError
from runslate.port import SerialPort, open_port
from runslate.sim.clock import Wall
from runslate.sim.node import NodeSpec, VirtualNode
from runslate.sim.registry import SimEntry, register, unregister

# A sensor's FIFO holds 0.6 s. Its emulation shares the interpreter with whatever its user computes,
# and would get a turn every 5 ms only: too late for some ten requests per burst.
_TURN_S = 0.0005


class Sim:
    """A context manager over virtual nodes: all start on entry, none is left on exit.

    Args:
        specs: the nodes; their names must differ.
        folder: where flash, log and truth files are kept; None: a temporary folder, removed at
            the end.
        listed: whether other processes shall find the nodes.
        wall: the time that the scene follows; a faster one lets an emulated day pass in minutes.

    Raises:
        RunslateError: two nodes have one name.
    """

    def __init__(
        self, specs: Sequence[NodeSpec], folder: Path | None = None, listed: bool = True, wall: Wall | None = None
    ) -> None:
        names = [spec.name for spec in specs]
        if len(set(names)) != len(names):
            raise RunslateError(
                f"Two emulated nodes have the same name among: {', '.join(names)}.",
                "Names must differ.",
                "Give each node its own name.",
            )
        self._specs = list(specs)
        self._temporary = None
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="runslate-sim-")
            folder = Path(self._temporary.name)
        self.folder = folder
        self._listed = listed
        self._wall = wall or Wall()
        self.epoch_s = 0.0
        self._usual_turn_s = sys.getswitchinterval()
        self.nodes: dict[str, VirtualNode] = {}
        self._entries: list[SimEntry] = []

    def __enter__(self) -> Sim:
        """Start every node; scene time 0 is now."""
        self._usual_turn_s = sys.getswitchinterval()
        sys.setswitchinterval(min(_TURN_S, self._usual_turn_s))
        self.epoch_s = self._wall.now_s()
        try:
            for spec in self._specs:
                node = VirtualNode(spec, self.folder, self.epoch_s, self._wall)
                self.nodes[spec.name] = node
                node.start()
                self._list(node)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop every node."""
        self.close()

    def now(self) -> float:
        """Return the scene time in seconds, as the wall has it."""
        return self._wall.now_s() - self.epoch_s

    @property
    def ports(self) -> dict[str, str]:
        """Serial port per node name."""
        return {name: node.port for name, node in self.nodes.items()}

    def open_port(self, name: str) -> SerialPort:
        """Open the serial port of a node by its name."""
        return open_port(self.nodes[name].port)

    def begin(self) -> float:
        """Let all motions that wait for it begin now; returns the scene time of their zero."""
        zero_s = self.now()
        for node in self.nodes.values():
            node.board.imu.playback.zero_s = zero_s
        return zero_s

    def write_truth(self) -> None:
        """Write the truth files of all nodes."""
        for node in self.nodes.values():
            node.write_truth()

    def close(self) -> None:
        """Stop every node and remove the entries; harmless when already closed."""
        for entry in self._entries:
            unregister(entry)
        self._entries.clear()
        for node in self.nodes.values():
            node.stop()
        self.nodes.clear()
        sys.setswitchinterval(self._usual_turn_s)
        if self._temporary is not None:
            self._temporary.cleanup()

    def _list(self, node: VirtualNode) -> None:
        if self._listed:
            entry = SimEntry(node.spec.name, node.port, os.getpid(), node.spec.uid.hex())
            register(entry)
            self._entries.append(entry)
