"""The pairing wizard: the tag that is stamped gets the name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from runslate.library import Library
from runslate.sim.motion import Floats, Sampled, Truth
from runslate.sim.node import NodeSpec
from runslate.sim.sim import Sim

from host.commands import call
from host.quick import quick_sim


class Stamping:
    """A foot on the ground; with a `peak_g` it is stamped every 1.5 s."""

    duration_s = 600.0

    def __init__(self, peak_g: float) -> None:
        self.peak_g = peak_g

    def sample(self, t_s: Floats) -> Sampled:
        accel = np.zeros((t_s.size, 3))
        accel[:, 2] = np.where((t_s % 1.5) < 0.05, max(1.0, self.peak_g), 1.0)
        return accel, np.zeros((t_s.size, 3))

    def truth(self) -> Truth:
        return Truth()


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Sim]:
    specs = [NodeSpec("still", Stamping(0)), NodeSpec("stamped", Stamping(7), seed=1)]
    with quick_sim(specs, tmp_path / "sim") as running:
        yield running


def test_the_stamped_tag_gets_runner_foot_and_owner(sim: Sim, tmp_path: Path) -> None:
    done = call("node", "pair", "--runner", "Mary", "--foot", "left", "--seconds", "10", "--json")
    assert done.returncode == 0, done.stderr
    assert "Stamp the LEFT foot of MARY" in done.stderr
    (paired,) = json.loads(done.stdout)["paired"]
    assert paired["name"] == "stamped"
    nodes = json.loads(call("node", "info", "--json").stdout)["nodes"]
    settings = {node["name"]: node["settings"] for node in nodes}
    assert settings["stamped"]["runner"] == "Mary"
    assert settings["stamped"]["foot"] == "left"
    assert settings["stamped"]["library"] == Library(tmp_path / "lib").id
    assert settings["still"]["runner"] == ""


def test_nobody_stamping_is_told_and_nothing_is_stored(sim: Sim) -> None:
    port = sim.ports["still"]
    done = call("node", "pair", "--runner", "Mary", "--foot", "left", "--seconds", "1", "-p", port)
    assert done.returncode == 1
    assert "No tag felt a stamp" in done.stderr
    (node,) = json.loads(call("node", "info", "-p", port, "--json").stdout)["nodes"]
    assert node["settings"]["runner"] == ""
