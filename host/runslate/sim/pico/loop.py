"""Run loops of the emulator: the compiled one where it was built, rp2040py's own otherwise."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any, Protocol


class Loop(Protocol):
    """Something that executes the emulated chip until an emulated instant."""

    stop: bool
    """Set from a callback to leave `run` before its time."""

    asleep_ns: float
    """Emulated time that the core spent waiting for an interrupt; stays 0 in the slow loop."""

    masked_ns_max: float
    """Longest emulated time with interrupts off since it was last set to 0; slow loop: always 0."""

    def run(self, until_ns: float) -> float:
        """Execute until the emulated clock reads `until_ns`; the clock is returned."""
        ...

    def skip(self, duration_ns: float) -> None:
        """Let time pass for everything but the core."""
        ...


class SlowLoop:
    """rp2040py's own loop, ten times slower: for machines without a C compiler."""

    asleep_ns = 0.0
    masked_ns_max = 0.0

    def __init__(self, mcu: Any) -> None:
        from rp2040py.simulator import Simulator

        self._simulator = Simulator(rp2040=mcu)
        self._clock = mcu.clock
        self._end = self._clock.create_alarm(self._halt)

    def _halt(self) -> None:
        self._simulator.stopped = True

    @property
    def stop(self) -> bool:
        """Whether the loop was asked to leave."""
        return bool(self._simulator.stopped)

    @stop.setter
    def stop(self, value: bool) -> None:
        self._simulator.stopped = value

    def run(self, until_ns: float) -> float:
        """Execute until the emulated clock reads `until_ns`; the clock is returned."""
        from rp2040py.execute_batch import execute_batch

        self._simulator.stopped = False
        self._end.schedule(max(0.0, until_ns - self._clock.nanos))
        # A batch also ends after 5 ms of wall time, which changes nothing in the emulated chip.
        while not self._simulator.stopped:
            execute_batch(self._simulator, 1)
        self._end.cancel()
        return float(self._clock.nanos)

    def skip(self, duration_ns: float) -> None:
        """Let time pass for everything but the core; state machines stand still."""
        self._clock.tick(duration_ns)


def is_fast() -> bool:
    """Whether the compiled loop is installed (`make emulator`)."""
    return importlib.util.find_spec("runslate_fastloop") is not None


def make_loop(mcu: Any) -> Loop:
    """The fastest loop that this installation has for `mcu`."""
    if not is_fast():
        return SlowLoop(mcu)
    loop: Loop = importlib.import_module("runslate_fastloop").Loop(mcu)
    return loop
