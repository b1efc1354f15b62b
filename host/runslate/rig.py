"""Many nodes at once: found, greeted, clocked, rolled, cut and drained."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from runslate_protocol.constants import ErrorCode, State
from runslate_protocol.events import Event

from runslate import hostclock
from runslate.discovery import PortInfo, choose_ports
from runslate.drain import Drained, Progress, drain_node, take_pings
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.link import RefusedError, RestartedError, SilentError
from runslate.node import Node
from runslate.port import Port, PortGoneError, open_port
from runslate.take import CastMember, CastNode, Take, utc_text

_log = logging.getLogger(__name__)

PING_EVERY_S = 0.5
"""Two clock samples a second: the lowest quartile of a 30-s window is 15 samples."""

PRE_ROLL_S = 0.1
"""A reel's first sample comes some milliseconds after START was answered."""

POST_ROLL_S = 1.5
"""Reels run on after the cut: a walking stride that began before it lasts up to 1.4 s."""

PREPARE_S = 60.0
"""Longest wait for a node that erases: 300 sectors of 45 ms, and as much again."""

T = TypeVar("T")

OnEvent = Callable[[Node, int, Event], None]
"""Called with node, sequence and event; from the link's thread."""


@dataclass
class Rolling:
    """A node's reel as this rig knows it, with what is not yet in the library."""

    reel_id: int = 0
    first_event: int = 0
    """Sequence number of the reel's first event: older ones belong to earlier reels."""
    clock: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


class Rig:
    """The connected nodes of a set and the library that they belong to."""

    def __init__(self, nodes: Iterable[Node], library: Library | None = None) -> None:
        self.nodes = list(nodes)
        self.library = library
        self.problems: list[RunslateError] = []
        """Nodes that vanished or restarted while the rig ran, and ports that did not answer."""
        self.on_event: OnEvent | None = None
        self._rolling = {node.uid: Rolling() for node in self.nodes}
        self._lost: set[str] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None
        self._pool = ThreadPoolExecutor(max(1, len(self.nodes)), "node")

    @classmethod
    def find(cls, ports: list[str] | None = None, library: Library | None = None) -> Rig:
        """Open all nodes, of the named ports or of all that discovery finds.

        Raises:
            RunslateError: a named port fails, or no node is found at all.
        """
        nodes, problems = open_nodes(choose_ports(ports))
        if ports and problems:
            close_all(nodes)
            raise problems[0]
        if not nodes:
            raise problems[0] if problems else no_node()
        rig = cls(nodes, library)
        rig.problems += problems
        return rig

    def __enter__(self) -> Rig:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop pinging, save what is in memory, close all links; reels run on."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()
        self._closing = True
        close_all(self.nodes)  # ends a drain that Ctrl-C interrupted: its pages are kept
        self._pool.shutdown()

    @property
    def live(self) -> list[Node]:
        """Nodes that neither vanished nor restarted."""
        return [node for node in self.nodes if node.uid not in self._lost]

    def start(self, *, events: bool = True) -> None:
        """Begin to compare clocks and to receive events in the background."""
        if events:
            for node in self.live:
                node.link.on_event = self._event_sink(node)
                self._attempt(node, lambda each: each.subscribe(events=True))
        self._thread = threading.Thread(target=self._watch, name="rig", daemon=True)
        self._thread.start()

    def each(self, job: Callable[[Node], T]) -> dict[str, T]:
        """Run a job for all live nodes at once; results by uid. Nodes that fail are left out."""
        live = self.live
        results = self._pool.map(lambda node: (node.uid, self._attempt(node, job)), live)
        return {uid: result for uid, result in results if result is not None}

    def _attempt(self, node: Node, job: Callable[[Node], T]) -> T | None:
        try:
            return job(node)
        except (PortGoneError, RestartedError) as error:
            self._lose(node, error)
        except RunslateError as error:
            self._say(node, error)
        return None

    def _lose(self, node: Node, error: RunslateError) -> None:
        with self._lock:
            known = node.uid in self._lost
            self._lost.add(node.uid)
        if not known:
            self._say(node, error)

    def _say(self, node: Node, error: RunslateError) -> None:
        if self._closing:
            return
        self.problems.append(error)
        _log.warning("%s: %s", node.name, error)

    def _watch(self) -> None:
        while not hostclock.wait(self._stop.wait, PING_EVERY_S):
            for node in self.live:
                self._attempt(node, self._ping)
            self.flush()

    def _ping(self, node: Node) -> None:
        with suppress(SilentError):  # one late answer is no news; a dead node shows at the cut
            sample = node.ping()
            with self._lock:
                self._rolling[node.uid].clock.append(sample)

    def burst(self) -> None:
        """Take several clock samples of every node: an untethered one has only these."""
        for uid, samples in self.each(take_pings).items():
            with self._lock:
                self._rolling[uid].clock += samples

    def _event_sink(self, node: Node) -> Callable[[int, Event, int], None]:
        def take(sequence: int, event: Event, arrived_us: int) -> None:
            with self._lock:
                self._rolling[node.uid].events.append(event_line(node.boot_id, sequence, event, arrived_us))
            if self.on_event:
                self.on_event(node, sequence, event)

        return take

    def flush(self) -> None:
        """Write clock samples and live events of known reels into the library."""
        if self.library is None:
            return
        for node in self.nodes:
            rolling = self._rolling[node.uid]
            if not rolling.reel_id:
                continue
            with self._lock:
                clock, rolling.clock = rolling.clock, []
                events, rolling.events = rolling.events, []
            store = self.library.reel(node.uid, rolling.reel_id)
            store.add_clock(clock)
            store.add_events([e for e in events if e["sequence"] >= rolling.first_event])

    def roll(self, take: Take, max_seconds: int = 0) -> Take:
        """Start the reels of idle nodes and mark the take's start; the take is saved.

        Args:
            take: scene, setup, number and lead are set; cast and times are filled in here.
            max_seconds: after which nodes close their reels by themselves; 0: never.

        Raises:
            RunslateError: no reel could be started; or one node refused (all are stopped again).
        """
        assert self.library is not None
        take.lead = self._known_lead(take.lead)
        self.burst()
        started = self._start_reels(max_seconds)
        for uid, reel in started.items():
            self._rolling[uid].reel_id = reel.reel_id
            self._rolling[uid].first_event = reel.first_event
        take.cast = self._cast({uid: reel.reel_id for uid, reel in started.items()})
        take.lead = take.lead or take.cast[0].runner
        hostclock.sleep(PRE_ROLL_S)
        take.start_us = hostclock.now_us()
        take.start_utc, take.zone = utc_text(hostclock.utc_us())
        take.host_boot = hostclock.host_boot()
        self.library.save_take(take)
        self.flush()
        return take

    def _known_lead(self, lead: str) -> str:
        """The lead as the tags spell the name: people in a hurry write `ada` for `Ada`."""
        runners = sorted({node.runner for node in self.live})
        if not lead or lead in runners:
            return lead
        for runner in runners:
            if runner.casefold() == lead.casefold():
                return runner
        raise RunslateError(
            f"No connected node is worn by the lead `{lead}`.",
            f"Connected runners: {', '.join(runners)}.",
            "Name one of them with --lead, or pair a tag with `runslate node pair`.",
        )

    def _start_reels(self, max_seconds: int) -> dict[str, Started]:
        before = len(self.problems)
        live = self.live
        started = self.each(lambda node: start_reel(node, max_seconds))
        failed = [node for node in live if node.uid not in started]
        if not failed:
            return started
        for node in self.live:  # a take with a runner missing is no take: nothing stays half rolled
            if node.uid in started and started[node.uid].fresh:
                self._attempt(node, stop_reel)
        names = ", ".join(node.name for node in failed)
        reasons = " ".join(str(error) for error in self.problems[before:])
        raise RunslateError(
            f"The take was not rolled: {names} could not start. {reasons}",
            "All connected nodes start together.",
            "Disconnect a node that shall not take part, or name the others with --port.",
        )

    def _cast(self, reels: dict[str, int]) -> list[CastMember]:
        members: dict[str, CastMember] = {}
        for node in sorted(self.live, key=lambda each: (each.runner, each.foot)):
            member = members.setdefault(node.runner, CastMember(node.runner))
            member.nodes.append(CastNode(node.uid, node.foot, reels[node.uid]))
        return list(members.values())

    def cut(self, take: Take, *, stop: bool = True) -> Take:
        """Mark the take's end, let strides end, stop the reels; the take is saved."""
        assert self.library is not None
        take.end_us = hostclock.now_us()
        self.library.save_take(take)
        self._adopt(take)
        if stop:
            try:
                hostclock.sleep(POST_ROLL_S)
            finally:  # Ctrl-C here too: the take has its end, so no later `cut` would find these reels
                self.each(stop_reel)
        self.burst()
        self.flush()
        return take

    def stop_strays(self) -> list[str]:
        """Stop reels of this library's takes that record although none rolls; returns the names of their nodes.

        A reel that no take here knows is another laptop's, and left alone.
        """
        assert self.library is not None
        ours = {reel for take in self.library.takes() for reel in take.reels}
        status = self.each(Node.status)
        stray = [
            node
            for node in self.live
            if (now := status.get(node.uid)) and now.state == State.RECORDING and (node.uid, now.reel_id) in ours
        ]
        for node in stray:
            self._attempt(node, stop_reel)
        return [node.name for node in stray]

    def _adopt(self, take: Take) -> None:
        """Know the take's reels again when another process rolled it."""
        reels = dict(take.reels)
        for uid, rolling in self._rolling.items():
            rolling.reel_id = rolling.reel_id or reels.get(uid, 0)

    def drain(self, progress: Progress | None = None) -> list[Drained]:
        """Drain all nodes at once; nodes that restarted are greeted again first.

        Nodes that fail are told in `problems`; their pages stay in flash.
        """
        assert self.library is not None
        library = self.library
        self._stop.set()  # pings would only wait behind the pages
        self._lost.clear()

        def job(node: Node) -> list[Drained]:
            if node.link.failed:
                node.reopen()
            else:
                node.greet()
            return drain_node(node, library, progress)

        drained = self.each(job)
        self.flush()
        return [result for results in drained.values() for result in results]


def open_nodes(
    ports: list[PortInfo], open_port: Callable[[str], Port] = open_port
) -> tuple[list[Node], list[RunslateError]]:
    """Open many ports at once; returns the nodes, sorted by name, and what went wrong."""
    nodes: list[Node] = []
    problems: list[RunslateError] = []

    def open_one(port: PortInfo) -> Node | RunslateError:
        try:
            node = Node.open(port.device, port.name, open_port)
            node.settings()
            return node
        except RunslateError as error:
            return error

    with ThreadPoolExecutor(max(1, len(ports)), "open") as pool:
        for result in pool.map(open_one, ports):
            if isinstance(result, Node):
                nodes.append(result)
            else:
                problems.append(result)
    return sorted(nodes, key=lambda node: node.name), problems


def close_all(nodes: Iterable[Node]) -> None:
    """Close the links of all nodes."""
    for node in nodes:
        node.close()


def no_node() -> RunslateError:
    """Say that nothing is connected."""
    return RunslateError(
        "No node is connected.",
        "A node is a board with our firmware on USB, or an emulated one.",
        "Plug one in, name its port with --port, or start one with `runslate sim`.",
    )


@dataclass(frozen=True)
class Started:
    """A reel that records: its id, its first event, and whether it was started just now."""

    reel_id: int
    first_event: int
    fresh: bool


def start_reel(node: Node, max_seconds: int) -> Started:
    """Start a reel, waiting while the node erases; one that records already is joined."""
    deadline_us = hostclock.now_us() + PREPARE_S * 1e6
    status = node.status()
    if status.state == State.RECORDING:
        return Started(status.reel_id, 0, fresh=False)
    while True:
        try:
            return Started(node.start(max_seconds).reel_id, status.events_next, fresh=True)
        except RefusedError as error:
            if error.code != ErrorCode.PREPARING or hostclock.now_us() > deadline_us:
                raise
        hostclock.sleep(0.2)


def stop_reel(node: Node) -> int:
    """Stop a node's reel if one is open; returns its reason (0 when none was open)."""
    try:
        return node.stop().reason
    except RefusedError as error:
        if error.code == ErrorCode.NOT_RECORDING:
            return 0
        raise


def event_line(boot_id: int, sequence: int, event: Event, arrived_us: int) -> dict[str, Any]:
    """Make the line that events.jsonl holds for one live event."""
    return {
        "boot_id": boot_id,
        "sequence": sequence,
        "kind": event.kind,
        "flags": event.flags,
        "tick": event.tick,
        "p": [event.p0, event.p1, event.p2, event.p3, event.p4],
        "arrived_us": arrived_us,
    }
