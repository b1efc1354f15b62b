"""Four minutes at 417 Hz with the gyroscope: they fit a 2-MB board, and every sample comes back."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from runslate.drain import drain_node
from runslate.library import Library
from runslate.node import Node
from runslate.reel import Reel
from runslate.rolling import start_reel
from runslate.sim.course import Segment
from runslate.sim.node import NodeSpec
from runslate.sim.parametric import ParametricRunner
from runslate.sim.sim import Sim
from runslate.verify import verify_reel

TAKE_S = 240
COURSE = (Segment("run", TAKE_S + 10.0, cadence_spm=176, speed_mps=3.6),)


def test_four_minutes_of_running_fit_a_2_mb_board(tmp_path: Path) -> None:
    motion = ParametricRunner(COURSE, foot="left", seed=5)
    spec = NodeSpec("mary", motion, runner="mary", foot="left", seed=5, start="record", clock="stepped")
    library = Library(tmp_path / "library")
    with Sim([spec], tmp_path / "sim") as sim:
        node = Node.open(sim.ports["mary"])
        start_reel(node, TAKE_S)
        deadline = time.monotonic() + 100
        while node.status().state == 1 and time.monotonic() < deadline:
            time.sleep(0.2)
        status = node.status()
        (result,) = drain_node(node, library)
        folder = library.reel(node.uid, result.reel_id)
        node.close()
    assert (result.state, result.reason) == ("whole", "maximum length reached")
    assert verify_reel(folder)["verified"]
    assert status.overruns == 0
    ticks = Reel.load(folder).samples().ticks
    # The reel's own clock, which is off by its part's error: not the nominal rate.
    assert len(ticks) == status.samples > TAKE_S * 400
    assert np.all(np.diff(ticks) == 96)
