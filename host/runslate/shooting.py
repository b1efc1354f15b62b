"""Watching a take while it rolls: time left and strides as they happen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from runslate_protocol.events import Event, EventFlag, EventKind

from runslate import hostclock
from runslate.clearance.live import LiveClearance
from runslate.node import Node
from runslate.rig import Rig
from runslate.take import Take

if TYPE_CHECKING:
    from rich.table import Table

REFRESH_S = 0.25


class Tally:
    """Live counts; filled from the links' threads, of which each counts for its own node only."""

    def __init__(self, rig: Rig) -> None:
        self._strides: Counter[str] = Counter()
        self.running: dict[str, bool] = {}
        # A node's settings are asked for once: the links' threads must never wait for a reply.
        self._runner = {node.uid: node.runner for node in rig.nodes}

    def add(self, node: Node, _sequence: int, event: Event) -> None:
        """Count one event."""
        if event.kind == EventKind.STRIDE:
            self._strides[node.uid] += 1
            self.running[self._runner[node.uid]] = bool(event.flags & EventFlag.RUNNING)

    def strides(self, runner: str) -> int:
        """Give the strides of a runner so far, both feet counted where both wear a tag."""
        return sum(self._strides[uid] for uid, name in self._runner.items() if name == runner)


def watch(rig: Rig, take: Take, seconds: float) -> None:
    """Wait until a take is as long as wanted, with live progress on standard error."""
    from rich.console import Console
    from rich.live import Live

    tally = Tally(rig)
    clearance = LiveClearance.of_take(rig.library, take)

    def hear(node: Node, sequence: int, event: Event) -> None:
        tally.add(node, sequence, event)
        clearance.hear(node, sequence, event)

    rig.on_event = hear
    deadline_us = hostclock.now_us() + seconds * 1e6
    console = Console(stderr=True)
    with Live(console=console, transient=True, auto_refresh=False) as live:
        while (left := (deadline_us - hostclock.now_us()) / 1e6) > 0:
            live.update(_picture(take, tally, left), refresh=console.is_terminal)
            for line in clearance.news():
                console.print(line, style="bold red", markup=False)
            hostclock.sleep(min(REFRESH_S, left))
    rig.on_event = None


def _picture(take: Take, tally: Tally, left: float) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False)
    for heading in (f"{take.name}  {left:5.1f} s left", "strides", ""):
        grid.add_column(heading)
    for member in take.cast:
        running = tally.running.get(member.runner)
        word = "" if running is None else "running" if running else "walking"
        grid.add_row(Text(member.runner), str(tally.strides(member.runner)), word)
    return grid
