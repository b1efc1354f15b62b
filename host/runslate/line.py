"""A line: one port, read by one thread, shared by the links of one or several nodes (several behind one radio)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from runslate_protocol.constants import ADDRESS_ANY
from runslate_protocol.errors import ProtocolError
from runslate_protocol.frame import Deframer, Frame, encode_frame
from runslate_protocol.messages import Message

from runslate.errors import RunslateError
from runslate.hostclock import now_us
from runslate.port import Port, PortGoneError

_READ_BYTES = 4096
_NOISE_BYTES = 400


class Sink(Protocol):
    """What takes the messages of one address; called from the line's thread, must be short."""

    def take(self, message: Message, frame: Frame, arrived_us: int) -> None:
        """Take one message."""
        ...

    def fail(self, error: RunslateError) -> None:
        """The line is no more."""
        ...


class Line:
    """Frames over one port. What has an address nobody here listens to goes to the one who listens to any."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.failed: RunslateError | None = None
        self.noise = b""
        """The last bytes that arrived, whatever they are: for telling what talks there."""
        self._deframer = Deframer()
        self._sinks: dict[int, Sink] = {}
        self._write_lock = threading.Lock()
        self._sequence = 0
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"line {port.name}", daemon=True)

    @property
    def counters(self) -> dict[str, int]:
        """Good and bad frames so far, by kind."""
        return vars(self._deframer.counters).copy()

    def attach(self, address: int, sink: Sink) -> None:
        """Give frames of this address to a sink; the first one starts the reading."""
        self._sinks[address] = sink
        if self._thread.ident is None:
            self._thread.start()

    def detach(self, address: int) -> None:
        """A sink goes; the last one closes the port."""
        self._sinks.pop(address, None)
        if not self._sinks:
            self._close()

    def _close(self) -> None:
        self._closing = True
        if self.failed is None:
            self.failed = PortGoneError(f"The port {self.port.name} was closed.")
        if threading.current_thread() is not self._thread and self._thread.ident is not None:
            self._thread.join(timeout=2)
        self.port.close()

    def send(self, message: Message, boot_id: int, address: int) -> None:
        """Write one message.

        Raises:
            RunslateError: the port vanished or the board does not read.
        """
        with self._write_lock:
            self._sequence = (self._sequence + 1) & 0xFFFF
            frame = Frame(message.TYPE, message.encode(), boot_id, self._sequence, address)
            self.port.write(encode_frame(frame))

    def fail(self, error: RunslateError) -> None:
        """Tell all who wait that nothing comes any more."""
        self.failed = error
        for sink in list(self._sinks.values()):
            sink.fail(error)

    def _run(self) -> None:
        try:
            while not self._closing:
                data = self.port.read(_READ_BYTES)
                if data:
                    self._take(data, now_us())
        except RunslateError as error:
            self.fail(error)

    def _take(self, data: bytes, arrived_us: int) -> None:
        self.noise = (self.noise + data)[-_NOISE_BYTES:]
        for frame in self._deframer.feed(data):
            sink = self._sinks.get(frame.address) or self._sinks.get(ADDRESS_ANY)
            try:
                message = frame.message()
            except ProtocolError:
                continue  # a good frame with a payload of a future form: as if not sent
            if sink is not None and isinstance(message, Message):
                sink.take(message, frame, arrived_us)


class SharedLines:
    """Lines that several nodes of this program use, by port: who comes second must not find the port busy."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._lock = threading.Lock()

    def keep(self, line: Line) -> None:
        """A line turned out to be shared."""
        with self._lock:
            self._lines[line.port.name] = line

    def open(self, url: str, open_port: Callable[[str], Port]) -> Line:
        """Give the line of a port, opened anew when there is none that works."""
        with self._lock:
            line = self._lines.get(url)
            if line is None or line.failed is not None:
                line = self._lines[url] = Line(open_port(url))
            return line


SHARED = SharedLines()
"""Of this program."""
