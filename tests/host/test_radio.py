"""Nodes behind one radio: found by a call to all, told apart by address; live events soon, every page in the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from runslate.bench.radio import radio
from runslate.library import Library
from runslate.node import Node
from runslate.rig import Rig
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec
from runslate.sim.radio import Radio
from runslate.sim.sim import Sim
from runslate.take import Take

LATEST_MS = 300


def test_three_nodes_on_one_port_are_found_and_asked_each_by_its_address(tmp_path: Path) -> None:
    specs = [NodeSpec(f"tag{number}", Standing(), seed=number) for number in range(3)]
    with Sim(specs, tmp_path, listed=False) as sim:
        with Rig.find(list(sim.ports.values()), Library(tmp_path / "lib")) as rig:
            assert rig.trickle(Take("S1", "1", 1)) == []  # over a cable pages wait for the drain
        for number, port in enumerate(sim.ports.values()):
            node = Node.open(port)
            node.set("address", str(7 + number))
            node.close()
        with (
            Radio(list(sim.ports.values())) as radio_channel,
            Rig.find([radio_channel.port], Library(tmp_path / "lib")) as rig,
        ):
            assert len(rig.trickle(Take("S1", "1", 1))) == 1
            assert {node.link.address: node.uid for node in rig.nodes} == {
                7 + number: spec.uid.hex() for number, spec in enumerate(specs)
            }
            assert rig.each(lambda node: node.echo(node.hello.uid)) == {node.uid: node.hello.uid for node in rig.nodes}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_ninety_five_of_a_hundred_events_are_there_within_300_ms(tmp_path: Path) -> None:
    figures = radio(tmp_path, seconds=40.0)
    assert figures["events"] > 300
    assert figures["delay_ms_p95"] <= LATEST_MS
    assert figures["events_late_for_good"] == 0
    assert figures["pages_trickled"] > 100
    assert figures["whole"]
