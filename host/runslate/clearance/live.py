"""Who runs with the lead without clearance while a take rolls: provisional, from strides as they arrive."""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from runslate_protocol.constants import TICK_NS
from runslate_protocol.events import Event, EventFlag, EventKind, ReelChange

from runslate import hostclock
from runslate.analysis import intervals
from runslate.analysis.bouts import MAX_HOLE_US
from runslate.analysis.cleared import find_uncleared, uncleared_sentence
from runslate.analysis.company import find_company
from runslate.analysis.intervals import Interval
from runslate.analysis.tables import Permit
from runslate.clearance.log import take_permits
from runslate.library import Library
from runslate.livelog import event_line
from runslate.node import Node
from runslate.rig import Rig
from runslate.take import Take

SLACK_S = 0.5
"""How much sooner or later a stride may arrive than it was run: detection and link."""

TICK_DRIFT = 0.04
"""How far two sensors' ticks may part while no clock fit is there: each is off by up to 2 percent."""

_ROUNDED_S = 0.5
"""What whole seconds leave out."""

Heard = tuple[Event, dict[str, Any]]
"""An event and its line for the library."""

Hear = Callable[[int, Event, int], None]
"""What a link calls with sequence, event and time of arrival."""


class LiveClearance:
    """Takes in strides of a rolling take and says once of everybody who runs with the lead uncleared."""

    def __init__(self, lead: str, permits: Mapping[str, Permit] | None, runner_of: Mapping[str, str]) -> None:
        """Watch one take.

        Args:
            lead: the runner whom the rule is about.
            permits: where everybody's permission stands; None: nobody is watched.
            runner_of: by node's uid, who wears it.
        """
        self._lead = lead
        self._permits = permits
        self._runner_of = runner_of
        self._strides: defaultdict[str, list[Interval]] = defaultdict(list)
        self._shift: dict[str, tuple[int, int]] = {}
        self._told: set[str] = set()
        self._lock = threading.Lock()

    @classmethod
    def of_take(cls, library: Library | None, take: Take) -> LiveClearance:
        """Watch a take with the clearances of its library."""
        permits = take_permits(library, take) if library is not None else None
        return cls(take.lead, permits, {node.uid: m.runner for m in take.cast for node in m.nodes})

    def hear(self, node: Node, _sequence: int, event: Event) -> None:
        """Take in one event as it arrives (called from the links' threads)."""
        if event.kind == EventKind.STRIDE and event.flags & EventFlag.RUNNING:
            start_us, length_us = (ticks * TICK_NS // 1000 for ticks in (event.tick, event.p0))
            shift_us = self._arrived(node.uid, hostclock.now_us(), start_us + length_us)
            self.add(node.uid, (start_us + shift_us, start_us + length_us + shift_us))

    def _arrived(self, uid: str, now_us: int, end_us: int) -> int:
        """Guess how far a node's ticks lie behind this clock: as the fastest arrival says, for delay only adds.

        The guess may rise by what sensors drift, so that a slow one is not taken for ever earlier.
        """
        shift_us, at_us = self._shift.get(uid, (now_us - end_us, now_us))
        shift_us = min(now_us - end_us, shift_us + round(TICK_DRIFT * (now_us - at_us)))
        self._shift[uid] = (shift_us, now_us)
        return shift_us

    def add(self, uid: str, stride: Interval) -> None:
        """Take in one running stride of a node, microseconds on any line that all nodes share."""
        runner = self._runner_of.get(uid)
        if runner is not None:
            with self._lock:
                self._strides[runner].append(stride)

    def news(self, slack_s: float = SLACK_S) -> list[str]:
        """Say who has been running with the lead without clearance and was not told of before.

        Args:
            slack_s: by how much the strides of two runners may be shifted against each other.
        """
        with self._lock:
            bouts = {name: intervals.merge(strides, MAX_HOLE_US) for name, strides in self._strides.items()}
        if self._permits is None or self._lead not in bouts:
            return []
        edges = [edge for stretches in bouts.values() for pair in stretches for edge in pair]
        whole = (min(edges), max(edges))
        company = find_company(self._lead, bouts, {name: [whole] for name in bouts}, whole)
        fresh = [
            found
            for found in find_uncleared(company, self._permits)
            if found.seconds > 1 + slack_s and found.permit.runner not in self._told
        ]
        self._told |= {found.permit.runner for found in fresh}
        doubt_s = math.ceil(slack_s + _ROUNDED_S)
        return [f"Provisional: {uncleared_sentence(self._lead, found, doubt_s)}" for found in fresh]


class Remembered:
    """What connected tags still remember of their last strides: for a take that another program rolled."""

    def __init__(self, rig: Rig, library: Library, take: Take) -> None:
        """Ask all nodes for the events that nobody has heard yet; they arrive while the take is cut."""
        self._clearance = LiveClearance.of_take(library, take)
        self._library = library
        self._reels = dict(take.reels)
        self._heard: dict[str, list[Heard]] = {node.uid: [] for node in rig.live}
        for node in rig.live:
            node.link.on_event = self._sink(node)
        rig.each(lambda node: node.subscribe(events=True))

    def _sink(self, node: Node) -> Hear:
        def hear(sequence: int, event: Event, arrived_us: int) -> None:
            self._heard[node.uid].append((event, event_line(node.boot_id, sequence, event, arrived_us)))

        return hear

    def lines(self) -> list[str]:
        """Keep what was heard, and say who ran with the lead without clearance as far as the tags remember."""
        last_us = 0
        for uid, heard in self._heard.items():
            mine = of_last_reel(heard)
            if uid in self._reels:
                self._library.reel(uid, self._reels[uid]).add_events([line for _, line in mine])
            for event, _ in mine:
                if event.kind == EventKind.STRIDE and event.flags & EventFlag.RUNNING:
                    start_us = event.tick * TICK_NS // 1000
                    last_us = max(last_us, start_us)
                    self._clearance.add(uid, (start_us, start_us + event.p0 * TICK_NS // 1000))
        return self._clearance.news(SLACK_S + TICK_DRIFT * last_us / 1e6)


def of_last_reel(heard: list[Heard]) -> list[Heard]:
    """Keep what came after the newest start of a reel; all when no start is among the events."""
    starts = [
        index
        for index, (event, _) in enumerate(heard)
        if event.kind == EventKind.REEL and event.p0 == ReelChange.STARTED
    ]
    return heard[starts[-1] :] if starts else heard
