"""`runslate sim --target pico`: boards on terminals that other programs find, with a flash that stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hil.images import find_image
from hil.targets import PICO
from runslate.discovery import find_ports
from runslate.node import Node
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec
from runslate.sim.pico.free import FreePicos
from runslate.sim.pico.images import VARIABLE

pytestmark = [pytest.mark.pico, pytest.mark.long, pytest.mark.timeout(PICO.test_timeout_s)]


def test_board_is_found_and_its_flash_outlives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rp2040py", reason="the emulator is not installed: pip install rp2040py==0.3.6")
    monkeypatch.setenv(VARIABLE, str(find_image("runslate")))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    spec = NodeSpec("tag", Standing(5.0), start="record")
    with FreePicos([spec], tmp_path / "boards"):
        found = find_ports()
        assert ("tag", spec.uid.hex()) in [(port.name, port.uid) for port in found]
        node = Node.open(next(port.device for port in found if port.name == "tag"))
        node.set("runner", "Zoë")
        assert abs(node.status().battery_mv - spec.battery_mv(0.0)) < 10
        node.close()
    assert "tag" not in [port.name for port in find_ports()]
    with FreePicos([spec], tmp_path / "boards") as again:
        node = Node.open(again.nodes[0].port)
        assert node.uid == spec.uid.hex()
        assert node.get("runner") == "Zoë"
        node.close()
