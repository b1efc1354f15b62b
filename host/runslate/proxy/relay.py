"""The proxy itself: a pseudo-terminal for the host, any port for the node, a bad wire in each direction."""

from __future__ import annotations

import os
import select
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from runslate.errors import RunslateError
from runslate.port import Port, PortGoneError
from runslate.proxy.wire import BadWire, Chances, Delivery
from runslate.sim.vm import Terminal

BITS_PER_BYTE = 10
"""A serial byte on the wire: start bit, eight bits, stop bit."""

QUIET_S = 0.05
"""Without news for so long, what is held back is no unfinished frame."""

CREDIT_S = 0.004
"""A computer's sleep ends late: what the line lost by that it may catch up."""

CHUNK = 4096
PATIENCE_S = 2.0
"""What a host does not read for so long is dropped."""

SLOW_CHUNK = 64
"""Read at a time from a throttled side: what waits must wait at the sender, where it can be put in order."""

Tap = Callable[[str, bytes], None]
"""Called with "from node" or "to node" and the bytes as the node sent or got them."""


class Proxy:
    """A port that stands before another one and harms what passes.

    Args:
        back: the node's port, opened already; it stays open when the front hangs up.
        chances: how often what happens.
        seed: decides what happens to which frame.
        baud: throttles both directions to this line rate; 0: as fast as it goes.
        away_s: how long the port is gone after a hang-up.
        on_front: called with the name of the port for the host, at first and whenever it changes; "" when it hangs up.
        tap: sees what the node really sent and got.
    """

    def __init__(
        self,
        back: Port,
        chances: Chances,
        seed: int = 0,
        *,
        baud: int = 0,
        away_s: float = 0.5,
        on_front: Callable[[str], None] | None = None,
        tap: Tap | None = None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        """What was injected so far, by kind."""
        self.away_s = away_s
        self._back = back
        self._byte_s = BITS_PER_BYTE / baud if baud else 0.0
        self._on_front = on_front
        self._tap = tap
        self._to_host = BadWire(chances, seed, "to host", self.counts)
        self._to_node = BadWire(chances, seed, "to node", self.counts)
        self._front: Terminal | None = _front()
        self._changing = threading.Lock()
        self._stop = threading.Event()
        self._hold = threading.Event()
        self._threads = [
            threading.Thread(target=job, name=f"proxy {back.name}", daemon=True)
            for job in (self._pump_to_host, self._pump_to_node)
        ]

    @property
    def port(self) -> str:
        """Name of the host's port; "" while it is hung up."""
        front = self._front
        return front.port if front else ""

    @property
    def bytes_per_s(self) -> float:
        """What the throttled line carries; infinite without a throttle."""
        return 1.0 / self._byte_s if self._byte_s else float("inf")

    def __enter__(self) -> Proxy:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> Proxy:
        """Begin to pass bytes on."""
        if self._on_front:
            self._on_front(self.port)
        for thread in self._threads:
            thread.start()
        return self

    def close(self) -> None:
        """Stop, and close both ports."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        self._back.close()
        with self._changing:
            if self._front is not None:
                self._front.close()
                self._front = None

    def hang_up(self) -> None:
        """Let the host's port vanish; it comes back under another name after `away_s`."""
        with self._changing:
            if self._front is None:
                return
            old, new = self._front, _front()  # before the old one goes: else it could get the same name
            self._front = None
            if self._on_front:
                self._on_front("")  # before anybody else's new port can get the old one's name
            old.close()
        threading.Thread(target=self._come_back, args=(new,), daemon=True).start()

    def harm(self, chances: Chances) -> None:
        """Let other things happen from now on; `Chances()` makes it a good link."""
        self._to_host.chances = self._to_node.chances = chances

    def hold(self, seconds: float) -> None:
        """Let nothing pass to the host for so long, as a host that does not read."""
        self._hold.set()
        threading.Timer(seconds, self._hold.clear).start()

    def _come_back(self, new: Terminal) -> None:
        self._stop.wait(self.away_s)
        with self._changing:
            if self._stop.is_set():
                new.close()
                return
            self._front = new
        if self._on_front:
            self._on_front(new.port)

    def _pump_to_host(self) -> None:
        """Thread: from the node to the host."""
        wire, pace = self._to_host, _Pace(self._byte_s)
        with suppress(RunslateError):  # the node's port vanished: nothing comes any more
            while not self._stop.is_set():
                if self._hold.is_set():
                    self._stop.wait(0.01)
                    continue
                data = self._back.read(SLOW_CHUNK if self._byte_s else CHUNK)
                if data and self._tap:
                    self._tap("from node", data)
                for delivery in wire.feed(data) if data else wire.flush():
                    self._deliver(delivery, pace, self._write_front)

    def _pump_to_node(self) -> None:
        """Thread: from the host to the node."""
        wire, pace = self._to_node, _Pace(self._byte_s)
        with suppress(RunslateError):
            while not self._stop.is_set():
                data = self._read_front()
                for delivery in wire.feed(data) if data else wire.flush():
                    self._deliver(delivery, pace, self._write_back)

    def _deliver(self, delivery: Delivery, pace: _Pace, write: Callable[[bytes], None]) -> None:
        self._stop.wait(pace.wait_s(len(delivery.data), delivery.late_s))
        if delivery.data:
            write(delivery.data)
        if delivery.hangup:
            self.hang_up()

    def _read_front(self) -> bytes:
        front = self._front
        if front is None:
            self._stop.wait(0.01)
        elif _readable(front, QUIET_S):
            with self._changing, suppress(BlockingIOError):
                if self._front is front:
                    return os.read(front.master, SLOW_CHUNK if self._byte_s else CHUNK)
        return b""

    def _write_front(self, data: bytes) -> None:
        """Write to the host; what nobody reads for long, or comes while it is hung up, is lost as on USB."""
        deadline = time.monotonic() + PATIENCE_S
        while data and time.monotonic() < deadline and not self._stop.is_set():
            taken = self._write_some(data)
            data = data[taken:]
            if not taken:
                self._stop.wait(0.002)

    def _write_some(self, data: bytes) -> int:
        with self._changing:
            if self._front is None:
                return len(data)
            try:
                return os.write(self._front.master, data)
            except BlockingIOError:
                return 0

    def _write_back(self, data: bytes) -> None:
        if self._tap:
            self._tap("to node", data)
        try:
            self._back.write(data)
        except PortGoneError:
            raise
        except RunslateError:  # the node does not read: what it missed is lost, what comes later is not
            self.counts["unread"] += 1


def _front() -> Terminal:
    terminal = Terminal()
    os.set_blocking(terminal.master, False)
    return terminal


def _readable(front: Terminal, seconds: float) -> bool:
    try:
        return bool(select.select([front.master], [], [], seconds)[0])
    except (OSError, ValueError):  # it was hung up meanwhile
        return False


class _Pace:
    """When the next bytes may leave: after those before, at the line's rate, and as late as it is said."""

    def __init__(self, byte_s: float) -> None:
        self._byte_s = byte_s
        self._free_s = 0.0

    def wait_s(self, count: int, late_s: float) -> float:
        """Return the seconds to wait before `count` bytes have gone over the line."""
        now = time.monotonic()
        if now - self._free_s > CREDIT_S:  # it was idle
            self._free_s = now
        self._free_s += late_s + count * self._byte_s
        return max(0.0, self._free_s - now)
