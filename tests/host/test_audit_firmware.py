"""Takes shot with the genuine firmware on emulated tags, and audited: every kind of company, and a flat battery."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from runslate.audit import shelf
from runslate.audit.count import audit
from runslate.library import Library
from runslate.rig import Rig
from runslate.rules.kinds import Alone
from runslate.sim.course import Segment
from runslate.sim.node import NodeSpec
from runslate.sim.parametric import ParametricRunner
from runslate.sim.sim import Sim

TAKE_S = 14.0
CASTS = {"alone": (), "pair": ("Ben",), "group": ("Ben", "Cleo"), "unknown": ()}
"""Who runs with Ada, by what the audit has to say."""

pytestmark = pytest.mark.long


def course(runs: bool) -> tuple[Segment, ...]:
    if not runs:
        return (Segment("stand", 40.0),)
    return Segment("stand", 1.0), Segment("run", 10.0, cadence_spm=168, speed_mps=3.4), Segment("stand", 29.0)


def shoot(library: Library, folder: Path, kind: str, number: int) -> str:
    """Shoot one take with three tags; returns its name."""
    specs = [
        NodeSpec(
            name,
            ParametricRunner(course(name == "Ada" or name in CASTS[kind]), "left", seed=10 * number + index),
            runner=name,
            foot="left",
            seed=10 * number + index,
            start="record",
        )
        for index, name in enumerate(("Ada", "Ben", "Cleo"))
    ]
    with Sim(specs, folder) as sim, Rig.find(list(sim.ports.values()), library) as rig:
        for node in rig.nodes:
            node.set("runner", node.name)
            node.settings()
        rig.start()
        take = library.new_take(kind, "1")
        take.lead = "Ada"
        rig.roll(take)
        if kind == "unknown":
            sim.nodes["Ben"].spec.flat_at_s = sim.now() + 3
        time.sleep(TAKE_S)  # the take itself
        rig.cut(take)
        rig.drain()
    return take.name


def test_every_company_shot_with_the_firmware_is_judged_right(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib")
    names = {shoot(library, tmp_path / kind, kind, n): kind for n, kind in enumerate(CASTS, 1)}
    found = audit(shelf.cases(library, shelf.countable(library, "ada"), "Ada"), Alone("Ada"), "Ada")
    told = {
        each.case.name: each.kind if each.finding.answer == "broken" else each.finding.answer for each in found.judged
    }
    assert told == {name: "holds" if kind == "alone" else kind for name, kind in names.items()}
