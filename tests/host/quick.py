"""Emulated nodes that live faster than the computer's clock, with a host that lives by their time.

For tests whose host is this process: they wait with `hostclock.sleep` and command with `call`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from runslate import hostclock
from runslate.sim.node import NodeSpec
from runslate.sim.patient import PatientWall
from runslate.sim.sim import Sim

PACE: Final = 6.0
"""At most; a busy computer makes it slower, never a FIFO overrun."""


@contextmanager
def quick_sim(specs: Sequence[NodeSpec], folder: Path) -> Iterator[Sim]:
    """Start emulated nodes on a quick wall and live by it."""
    wall = PatientWall(PACE)
    with hostclock.follow(wall), Sim(specs, folder, wall=wall) as sim:
        yield sim


@contextmanager
def quick_demo() -> Iterator[None]:
    """Let `call("demo")` be quick, which follows the computer's clock for its spectators' sake."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("runslate.demo.PatientWall", lambda _: PatientWall(PACE))
        yield
