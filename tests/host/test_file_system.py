"""What the firmware writes into its file system, read back by a littlefs that is not MicroPython's."""

from __future__ import annotations

import json
from pathlib import Path

from littlefs import LittleFS
from runslate.node import Node
from runslate.sim.flash import PICO_STORAGE_BYTES, SECTOR
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec
from runslate.sim.sim import Sim


def test_settings_lie_in_a_file_system_that_others_can_read(tmp_path: Path) -> None:
    with Sim([NodeSpec("mary", Standing())], tmp_path) as sim:
        node = Node.open(sim.nodes["mary"].port)
        node.set("runner", "Mary Ann")
        node.set("foot", "left")
        node.close()
        (flash,) = tmp_path.glob("**/*.flash")
        files = LittleFS(block_size=SECTOR, block_count=PICO_STORAGE_BYTES // SECTOR, prog_size=256, mount=False)
        files.context.buffer[:] = flash.read_bytes()
        files.mount()
        with files.open("settings.json") as file:
            settings = json.loads(file.read())
    assert settings["runner"] == "Mary Ann"
    assert settings["foot"] == "left"
