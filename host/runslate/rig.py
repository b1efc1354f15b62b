"""Many nodes at once: found, greeted, clocked, rolled, cut and drained."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from runslate_protocol.constants import State
from runslate_protocol.events import Event

from runslate import hostclock
from runslate.discovery import choose_ports
from runslate.drain import Drained, Progress, drain_node, take_pings
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.line import Line
from runslate.link import RestartedError, SilentError
from runslate.livelog import LiveLog
from runslate.node import Node
from runslate.opening import close_all, find_again, no_node, open_nodes
from runslate.port import PortGoneError
from runslate.rolling import Started, cast_of, is_worn, known_lead, not_all_started, start_reel, stop_reel
from runslate.starts import Starts, records_for
from runslate.take import CastNode, Take, utc_text
from runslate.trickle import Trickle

_log = logging.getLogger(__name__)

PING_EVERY_S = 0.5
"""Two clock samples a second: the lowest quartile of a 30-s window is 15 samples."""

PRE_ROLL_S = 0.1
"""A reel's first sample comes some milliseconds after START was answered."""

POST_ROLL_S = 1.5
"""Reels run on after the cut: a walking stride that began before it lasts up to 1.4 s."""

COMEBACKS = 5
"""Times that one job is begun anew on a node whose port vanished and came back."""

T = TypeVar("T")

OnEvent = Callable[[Node, int, Event], None]
"""Called with node, sequence and event; from the link's thread."""


class Rig:
    """The connected nodes of a set and the library that they belong to."""

    def __init__(self, nodes: Iterable[Node], library: Library | None = None) -> None:
        self.nodes = list(nodes)
        self.problems: list[RunslateError] = []
        """Nodes that vanished or restarted while the rig ran, and ports that did not answer."""
        self.on_event: OnEvent | None = None
        self._log = LiveLog(node.uid for node in self.nodes)
        self.library = library
        self._lost: set[str] = set()
        self._gone: dict[str, RunslateError] = {}
        self._lock = threading.Lock()
        self._seeking = {node.uid: threading.Lock() for node in self.nodes}
        self._stop = threading.Event()
        self._closing = False
        self._threads: list[threading.Thread] = []
        self._pool = ThreadPoolExecutor(max(1, len(self.nodes)), "node")

    @property
    def library(self) -> Library | None:
        """Where takes, clock samples and live events go."""
        return self._log.library

    @library.setter
    def library(self, library: Library | None) -> None:
        self._log.library = library

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
        self._end_threads()
        self.flush()
        self._closing = True
        close_all(self.nodes)  # ends a drain that Ctrl-C interrupted: its pages are kept
        self._pool.shutdown()

    def _end_threads(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    @property
    def live(self) -> list[Node]:
        """Nodes that neither vanished nor restarted."""
        return [node for node in self.nodes if node.uid not in self._lost]

    def start(self, *, events: bool = True) -> None:
        """Begin to compare clocks and to receive events in the background.

        Each node has a thread of its own, so that a silent one holds up no other.
        """
        if events:
            for node in self.nodes:
                node.link.on_event = self._event_sink(node)
            self.each(lambda node: node.subscribe(events=True))
        for node in self.nodes:
            thread = threading.Thread(target=self._tend, args=(node,), name=f"tend {node.uid}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def each(self, job: Callable[[Node], T]) -> dict[str, T]:
        """Run a job for all live nodes at once; results by uid. Nodes that fail are left out.

        Where a port vanishes and comes back meanwhile, the job is done again from its beginning.
        """
        live = self.live
        results = self._pool.map(lambda node: (node.uid, self._attempt(node, job)), live)
        return {uid: result for uid, result in results if result is not None}

    def _attempt(self, node: Node, job: Callable[[Node], T]) -> T | None:
        try:
            for _ in range(COMEBACKS):
                try:
                    return job(node)
                except PortGoneError as error:
                    self._lose(node, error)
                    self._find_again(node, None)
        except (PortGoneError, RestartedError) as error:
            self._lose(node, error)
        except RunslateError as error:
            self._say(node, error)
        return None

    def _lose(self, node: Node, error: RunslateError) -> None:
        with self._lock:
            known = node.uid in self._lost
            self._lost.add(node.uid)
            self._gone.setdefault(node.uid, error)
        if not known:
            self._say(node, error)

    def _find_again(self, node: Node, stop: threading.Event | None) -> None:
        """Wait for a node whose port vanished; raises what is the matter when it does not come back."""
        with self._seeking[node.uid]:
            if node.link.failed is None and node.uid not in self._lost:
                return  # another thread of this rig found it
            if self._closing:
                raise node.link.failed or no_node()
            find_again(node, stop=stop)
            if node.link.on_event is not None:
                node.subscribe(events=True)
            self._found(node)
        _log.warning("%s is back at %s: it goes on.", node.known_name, node.port)

    def _found(self, node: Node) -> None:
        with self._lock:
            self._lost.discard(node.uid)
            told = self._gone.pop(node.uid, None)
        if told in self.problems:  # it came back: nothing for anybody to do
            self.problems.remove(told)

    def _say(self, node: Node, error: RunslateError) -> None:
        if self._closing:
            return
        self.problems.append(error)
        _log.warning("%s: %s", node.known_name, error)

    def _tend(self, node: Node) -> None:
        """Thread: compare one node's clock again and again, and look for it when its port vanished."""
        while not hostclock.wait(self._stop.wait, PING_EVERY_S):
            if node.uid not in self._lost:
                self._attempt(node, self._ping)
            elif node.link.failed is not None:
                with suppress(RunslateError):
                    self._find_again(node, self._stop)
            if node is self.nodes[0]:
                self.flush()

    def _ping(self, node: Node) -> None:
        with suppress(SilentError):  # one late answer is no news; a dead node shows at the cut
            self._log.add_clock(node.uid, [node.ping()])

    def burst(self) -> None:
        """Take several clock samples of every node: an untethered one has only these."""
        for uid, samples in self.each(take_pings).items():
            self._log.add_clock(uid, samples)

    def _event_sink(self, node: Node) -> Callable[[int, Event, int], bool]:
        def take(sequence: int, event: Event, arrived_us: int) -> bool:
            stored = self._log.add_event(node.uid, node.boot_id, sequence, event, arrived_us)
            if self.on_event:
                self.on_event(node, sequence, event)
            return stored

        return take

    def trickle(self, take: Take) -> list[Trickle]:
        """Bring in pages of a rolling take beside its events until the drain; returns what does it, one per radio.

        A cable's pages wait for the drain: there it takes seconds, behind a radio longer than the take.
        """
        assert self.library is not None
        lines: dict[Line, list[Node]] = {}
        for node in self.live:
            if node.link.address:
                lines.setdefault(node.link.line, []).append(node)
        trickles = [Trickle(nodes, dict(take.reels), self.library, self._stop) for nodes in lines.values()]
        for trickle in trickles:
            thread = threading.Thread(target=trickle.run, name="trickle", daemon=True)
            self._threads.append(thread)
            thread.start()
        return trickles

    def flush(self) -> None:
        """Write clock samples and live events of known reels into the library."""
        self._log.flush()

    def roll(self, take: Take, max_seconds: int = 0) -> Take:
        """Start the reels of idle nodes and mark the take's start; the take is saved.

        Args:
            take: scene, setup, number and lead are set; cast and times are filled in here.
            max_seconds: after which nodes close their reels by themselves; 0: never (a belt: after 25,000 s).

        Raises:
            RunslateError: nobody wears a tag, or not the lead; no reel could be started, or one node refused (all are
                stopped again).
        """
        assert self.library is not None
        worn = [node for node in self.live if is_worn(node)]
        take.lead = known_lead(take.lead, (node.runner for node in worn), "connected")
        self.burst()
        started = self._start_reels(max_seconds)
        reels = {uid: reel.reel_id for uid, reel in started.items()}
        take.cast = cast_of(
            (node.runner, CastNode(node.uid, node.foot, reels[node.uid])) for node in worn if node.uid in reels
        )
        hostclock.sleep(PRE_ROLL_S)
        take.start_us = hostclock.now_us()
        take.start_utc, take.zone = utc_text(hostclock.utc_us())
        take.host_boot = hostclock.host_boot()
        self.library.save_take(take)
        self.flush()
        return take

    def _start_reels(self, max_seconds: int) -> dict[str, Started]:
        before = len(self.problems)
        live = self.live
        for node in live:
            self._log.starting(node.uid)
        starts = Starts(self.library.path) if self.library else None
        started = self.each(lambda node: start_reel(node, max_seconds, starts))
        for node in live:
            reel = started.get(node.uid)
            self._log.know(node.uid, reel.reel_id if reel else 0, reel.first_event if reel else 0)
        failed = [node for node in live if node.uid not in started]
        if not failed:
            return started
        for node in self.live:  # a take with a runner missing is no take: nothing stays half rolled
            if node.uid in started and started[node.uid].fresh:
                self._attempt(node, stop_reel)
        raise not_all_started(failed, self.problems[before:])

    def cut(self, take: Take, *, stop: bool = True) -> Take:
        """Mark the take's end unless it is marked, let strides end, stop the reels; the take is saved."""
        assert self.library is not None
        if take.end_us is None:
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
        """Stop reels that this library's programs began and that record although no take rolls.

        A reel that was begun elsewhere is left alone.

        Returns:
            the names of their nodes.
        """
        assert self.library is not None
        folder, ours = self.library.path, {reel for take in self.library.takes() for reel in take.reels}
        states = self.each(lambda node: records_for(folder, node, ours))
        stray = [node for node in self.live if states.get(node.uid) == State.RECORDING]
        for node in stray:
            self._attempt(node, stop_reel)
        return [node.name for node in stray]

    def _adopt(self, take: Take) -> None:
        """Know the take's reels again when another process rolled it."""
        reels = dict(take.reels)
        for node in self.nodes:
            if not self._log.reel_of(node.uid):
                self._log.know(node.uid, reels.get(node.uid, 0))

    def drain(self, progress: Progress | None = None) -> list[Drained]:
        """Drain all nodes at once; nodes that restarted are greeted again first.

        Nodes that fail are told in `problems`; their pages stay in flash.
        """
        assert self.library is not None
        library = self.library
        self._end_threads()  # pings would only wait behind the pages
        self._lost.clear()

        def job(node: Node) -> list[Drained]:
            if node.link.failed is None:
                node.greet()
            else:
                with suppress(RestartedError):  # a drain takes from any boot
                    find_again(node)
            return drain_node(node, library, progress)

        drained = self.each(job)
        self.flush()
        return [result for results in drained.values() for result in results]
