"""What a test can do to a board, and a board on a serial port."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from hil.hands import BOOT_PATIENCE_S, HeldPort
from hil.targets import SEED
from runslate.errors import RunslateError
from runslate.flash.onboard import RESTART
from runslate.flash.repl import Repl, SerialRepl
from runslate.link import Link
from runslate.node import Node
from runslate.port import Port, open_port
from runslate.sim.course import Segment
from runslate.sim.motion import Truth
from runslate.sim.nor import PowerLoss
from runslate.sim.parametric import ParametricRunner
from runslate_protocol.constants import State

UID = b"HILBENCH"
FULL_MV = 4050.0
RESTART_S = 0.5
"""From the prompt's last word until its port is gone."""


class Bench(ABC):
    """What a test can do to the board beside talking to it."""

    uid: bytes | None = None

    def __init__(self) -> None:
        self._node: Node | None = None

    @abstractmethod
    def open_port(self) -> Port:
        """Open the board's port."""

    @abstractmethod
    def wait(self, seconds: float) -> None:
        """Let the board live for so long."""

    @abstractmethod
    def hold(self) -> None:
        """Stop reading the open port."""

    @abstractmethod
    def release(self) -> None:
        """Read the port again."""

    def lose_power(self) -> None:
        """Pull the plug and put it in again."""
        raise NotImplementedError

    def lamp(self) -> bool:
        """Whether the lamp is lit."""
        raise NotImplementedError

    def truth(self) -> Truth:
        """What the runner really did, from the start of the last recording on."""
        raise NotImplementedError

    def set_battery(self, millivolts: float) -> None:
        """Change the battery's voltage."""
        raise NotImplementedError

    def hang(self) -> None:
        """Stop the processor until its watchdog resets it."""
        raise NotImplementedError

    def losing_power(self, loss: PowerLoss) -> AbstractContextManager[None]:
        """Lose the power inside the flash operation that `loss` names; at the context's end it is back."""
        raise NotImplementedError

    def restart_with(self, change: Callable[[bytes], bytes] | None = None, wraps_in_s: float = 0.0) -> None:
        """Switch off and on again, with another content of the storage or the clock about to wrap."""
        raise NotImplementedError

    def prompt(self) -> AbstractContextManager[Repl]:
        """MicroPython's raw prompt in place of the node, which starts again at the context's end."""
        raise NotImplementedError

    @contextmanager
    def same_time(self) -> Iterator[float | None]:
        """Have the host live by the time that the board's clock runs ahead of; gives the ppm, where they are known."""
        yield None

    def rest(self) -> None:  # noqa: B027  (a board on a desk rests by itself)
        """Have the runner stand still until the next recording."""

    def close(self) -> None:  # noqa: B027  (a board on a desk stays as it is)
        """Give everything back."""

    def connect(self) -> Node:
        """Open the port, closing what was open, and greet the node, which may still be booting."""
        self.disconnect()
        deadline = time.monotonic() + BOOT_PATIENCE_S
        while True:
            link = None
            try:
                # A virtual node that is just being started keeps a copy of the port's lock for a moment.
                link = Link(self.open_port())
                self._node = Node(link)
                return self._node
            except RunslateError:
                if link is not None:
                    link.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def disconnect(self) -> None:
        """Close the port; the node goes on."""
        if self._node is not None:
            self._node.close()
            self._node = None

    def come_to_rest(self) -> None:
        """End what a test left recording, and close the port."""
        node = self._node or self.connect()
        try:
            if node.status().state in (State.RECORDING, State.ARMED):
                node.stop()
        finally:
            self.disconnect()


def make_runner() -> ParametricRunner:
    """Stands, then runs: the same motion on every emulated target."""
    return ParametricRunner((Segment("stand", 1.0), Segment("run", 60.0, 168.0, 3.2)), seed=SEED)


class SerialBench(Bench):
    """A board on a serial port."""

    def __init__(self, port: str) -> None:
        super().__init__()
        self._name = port
        self._port: HeldPort | None = None

    def open_port(self) -> Port:
        self._port = HeldPort(open_port(self._name))
        return self._port

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def hold(self) -> None:
        assert self._port is not None
        self._port.held = True

    def release(self) -> None:
        assert self._port is not None
        self._port.held = False

    @contextmanager
    def prompt(self) -> Iterator[Repl]:
        leave_node(self)
        repl = SerialRepl(self._name)
        try:
            with restarting(repl):
                yield repl
        finally:
            repl.close()
            time.sleep(RESTART_S)  # until the port that was is gone


def leave_node(bench: Bench) -> None:
    """Ask the node for the prompt and close its port."""
    bench.connect().enter_repl()
    bench.disconnect()


@contextmanager
def restarting(repl: Repl) -> Iterator[None]:
    """Enter the prompt, and have the board start the node again at the context's end."""
    try:
        repl.enter()
        yield
    finally:
        with suppress(RunslateError):
            repl.enter()
            repl.start(RESTART)
