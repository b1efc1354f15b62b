"""What the demo shows while a take rolls: who is running now, strides so far, a first verdict."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from runslate_protocol.events import Event, EventFlag, EventKind

from runslate import hostclock
from runslate.analysis.verdict import names
from runslate.node import Node
from runslate.rig import Rig
from runslate.take import Take

if TYPE_CHECKING:
    from rich.console import Group

REFRESH_S = 0.25

FRESH_S = 1.5
"""A runner is running while the last running stride came in less than this ago: the longest
running stride takes 1.1 s and is told 0.3 s after it ended."""


class LiveTake:
    """Strides as they come in; filled from the links' threads."""

    def __init__(self, rig: Rig, lead: str) -> None:
        self.lead = lead
        self.strides: Counter[str] = Counter()
        self.company_s: defaultdict[str, float] = defaultdict(float)
        """Seconds that the lead ran, by the words for the company."""
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()
        # Asked for once: the links' threads must never wait for a node's reply.
        self._runner = {node.uid: node.runner for node in rig.nodes}

    def add(self, node: Node, _sequence: int, event: Event) -> None:
        """Take in one event of a node."""
        if event.kind == EventKind.STRIDE and event.flags & EventFlag.RUNNING:
            with self._lock:
                self.strides[self._runner[node.uid]] += 1
                self._last[self._runner[node.uid]] = hostclock.now_us() / 1e6

    def running(self, now_s: float) -> list[str]:
        """Return who is running now, by name."""
        with self._lock:
            return sorted(name for name, last in self._last.items() if now_s - last < FRESH_S)

    def note(self, passed_s: float, now_s: float) -> list[str]:
        """Count the time since the last look for the company of the lead; returns who runs."""
        runs = self.running(now_s)
        if self.lead in runs:
            others = [name for name in runs if name != self.lead]
            self.company_s[f"with {names(others)}" if others else "alone"] += passed_s
        return runs

    def verdict(self) -> str:
        """Say what is known so far, in one line."""
        if not self.company_s:
            return f"{self.lead} has not run yet."
        parts = [f"{seconds:.0f} s {words}" for words, seconds in self.company_s.items()]
        return f"So far {self.lead} ran {names(parts)}."


def watch(rig: Rig, take: Take, seconds: float) -> None:
    """Wait until a take is as long as wanted, with live progress on standard error."""
    from rich.console import Console
    from rich.live import Live

    live_take = LiveTake(rig, take.lead)
    rig.on_event = live_take.add
    console = Console(stderr=True, highlight=False)
    last = hostclock.now_us() / 1e6
    deadline = last + seconds
    with Live(console=console, transient=True, auto_refresh=False) as live:
        while (now := hostclock.now_us() / 1e6) < deadline:
            runs = live_take.note(now - last, now)
            last = now
            if console.is_terminal:
                live.update(_picture(take, live_take, runs, deadline - now), refresh=True)
            hostclock.sleep(min(REFRESH_S, deadline - now))
    rig.on_event = None


def _picture(take: Take, live_take: LiveTake, runs: list[str], left_s: float) -> Group:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False)
    grid.add_column(f"{take.name} rolls, {left_s:4.0f} s left", min_width=30)
    grid.add_column("strides", justify="right")
    grid.add_column("now")
    for member in take.cast:
        name = member.runner + (" (lead)" if member.runner == take.lead else "")
        now = Text("running", "bold green") if member.runner in runs else Text("not running", "dim")
        grid.add_row(Text(name), str(live_take.strides[member.runner]), now)
    return Group(grid, Text(f"Provisional. {live_take.verdict()}"))
