"""An emulated radio: one half-duplex channel that all stations hear, with one serial port for the host.

Each station has a modem that sends whole frames when it hears nobody, after a short random wait. Two that begin within
the same moment do not hear each other: both frames arrive damaged, and nobody sends them again but their senders.
"""

from __future__ import annotations

import errno
import os
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

from runslate.sim.clock import Wall
from runslate.sim.vm import Terminal

BITS_PER_BYTE = 10
TURNAROUND_S = 0.001
"""Between two frames: the receiver becomes a sender."""

BACKOFF_S = 0.016
"""A modem waits a random part of this before it begins."""

DEAF_S = 0.0003
"""Two that begin within so long do not hear each other."""

_LOOK_S = 0.0005


@dataclass
class _Station:
    """One end of the channel: a serial port and what its modem holds."""

    descriptor: int
    held: bytearray = field(default_factory=bytearray)
    frames: deque[bytes] = field(default_factory=deque)

    def fill(self) -> list[bytes]:
        """Take what the station has to say; returns the frames that are whole now."""
        with suppress(BlockingIOError):
            try:
                self.held += os.read(self.descriptor, 4096)
            except OSError as error:
                if error.errno != errno.EIO:  # nobody is there just now
                    raise
        *whole, rest = bytes(self.held).split(b"\0")
        self.held[:] = rest
        fresh = [frame + b"\0" for frame in whole if frame]  # empty frames need not be sent
        self.frames.extend(fresh)
        return fresh

    def hear(self, frame: bytes) -> None:
        """Give a frame to the station; what it has no room for is lost."""
        with suppress(BlockingIOError):
            os.write(self.descriptor, frame)


class Radio:
    """The channel with its stations.

    Args:
        ports: the nodes' serial ports; they must have different addresses.
        baud: what the channel carries.
        seed: decides about waits.
        wall: the time in which it sends; a patient one waits for it too.
    """

    def __init__(self, ports: list[str], baud: int = 57_600, seed: int = 0, wall: Wall | None = None) -> None:
        self._wall = wall or Wall()
        self._byte_s = BITS_PER_BYTE / baud
        self._rng = random.Random(seed)
        self._terminal = Terminal()
        os.set_blocking(self._terminal.master, False)
        nodes = [os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK) for port in ports]
        self._stations = [_Station(self._terminal.master), *map(_Station, nodes)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="radio", daemon=True)
        self.on_said: Callable[[bytes], object] = lambda frame: None
        """Called with each frame of a node at the moment in which its modem has it."""
        self.frames = 0
        self.collisions = 0
        self.busy_s = 0.0

    @property
    def port(self) -> str:
        """The host's serial port."""
        return self._terminal.port

    def __enter__(self) -> Radio:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._wall.forget(self)
        for station in self._stations[1:]:
            os.close(station.descriptor)
        self._terminal.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._listen()
            waiting = [station for station in self._stations if station.frames]
            if waiting:
                self._send(waiting)
            else:
                self._let_pass(_LOOK_S)

    def _listen(self) -> None:
        self._stations[0].fill()
        for station in self._stations[1:]:
            for frame in station.fill():
                self.on_said(frame)

    def _let_pass(self, seconds: float) -> None:
        now_s = self._wall.now_s()
        end_s = now_s + seconds
        while now_s < end_s:
            look_s = min(_LOOK_S, end_s - now_s)
            self._wall.expect(self, now_s + look_s)
            time.sleep(self._wall.real_s(look_s))
            self._listen()
            now_s = self._wall.now_s()

    def _send(self, waiting: list[_Station]) -> None:
        """Let the station begin that waits shortest; those that begin with it collide."""
        waits = sorted((self._rng.uniform(0.0, BACKOFF_S), n) for n in range(len(waiting)))
        first_s = waits[0][0]
        senders = [waiting[n] for wait_s, n in waits if wait_s - first_s < DEAF_S]
        sent = [station.frames.popleft() for station in senders]
        longest_s = max(map(len, sent)) * self._byte_s
        self.frames += len(sent)
        self.busy_s += longest_s
        self._let_pass(first_s + longest_s + TURNAROUND_S)
        if len(sent) > 1:
            self.collisions += 1
            sent = [bytes(byte ^ 0x55 for byte in frame[:-1]) + b"\0" for frame in sent]
        for sender, frame in zip(senders, sent, strict=True):
            for station in self._stations:
                if station is not sender:
                    station.hear(frame)
