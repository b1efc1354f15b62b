"""Forty minutes in one take, with a limp from minute 31: nothing is lost, it is told when it began, memory stays flat.

Two tags with 16 MB each, recorded twelve times as fast as they would really: five to seven minutes in all on two cores.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from runslate import hostclock
from runslate.collect import take_tables
from runslate.drain import Drained
from runslate.library import Library
from runslate.node import Node
from runslate.pages import PAGE_BYTES
from runslate.reel import Reel
from runslate.rig import Rig
from runslate.sim.course import FEET, Foot, Habits, Segment
from runslate.sim.node import NodeSpec
from runslate.sim.parametric import ParametricRunner
from runslate.sim.patient import PatientWall
from runslate.sim.sim import Sim
from runslate.story.stage import rig_of
from runslate.verify import verify_reel
from runslate_protocol.messages import StatusReply

from host.commands import COMMAND

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

PACE: Final = 12.0
MINUTES: Final = 40
LOOK_MIN: Final = 5
LIMP_S: Final = 31 * 60.0
STORAGE_16_MB: Final = 15 * 1024 * 1024
STRIDE_S: Final = 120.0 / 170.0
COURSE: Final = (
    Segment("stand", 3.0),
    Segment("run", 60.0 * MINUTES - 6.0, cadence_spm=170.0, speed_mps=3.6),
    Segment("stand", 30.0),
)
HABITS: Final = Habits(limp_from_s=LIMP_S, limp_foot="left", limp_points=25.0)


@dataclass
class Shot:
    """The take, and what was seen while it was shot."""

    library: Library
    name: str = ""
    zero_us: int = 0
    """Host time at which the runner's course began."""
    looks: list[list[StatusReply]] = field(default_factory=list)
    """Every five minutes: both nodes."""
    memory_mb: list[float] = field(default_factory=list)
    """At the same times: of this process, in which the boards are emulated too."""
    drained_mb: float = 0.0
    drain_s: float = 0.0
    drained: list[Drained] = field(default_factory=list)


def memory_mb() -> float:
    """Give what this process keeps in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def roll(rig: Rig, sim: Sim, shot: Shot) -> None:
    """Shoot the take, and look at the nodes every five minutes of it."""
    take = shot.library.new_take("LONG", "1")
    rig.start()
    rig.roll(take)
    shot.name = take.name
    shot.zero_us = hostclock.now_us()
    sim.begin()
    for minute in range(LOOK_MIN, MINUTES + 1, LOOK_MIN):
        hostclock.sleep(60.0 * minute - (hostclock.now_us() - shot.zero_us) / 1e6)
        shot.looks.append(list(rig.each(Node.status).values()))
        shot.memory_mb.append(memory_mb())
    rig.cut(take)
    began = time.monotonic()
    shot.drained = rig.drain()
    shot.drain_s = time.monotonic() - began
    shot.drained_mb = memory_mb()
    assert rig.problems == []


def tag(foot: Foot) -> NodeSpec:
    motion = ParametricRunner(COURSE, foot, seed=5, habits=HABITS)
    return NodeSpec(f"ada-{foot}", motion, "Ada", foot, seed=5, start="record", flash_bytes=STORAGE_16_MB)


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    folder = tmp_path_factory.mktemp("long")
    shot = Shot(Library(folder / "library"))
    specs, wall = [tag(foot) for foot in FEET], PatientWall(PACE)
    with (
        hostclock.follow(wall),
        Sim(specs, folder / "nodes", listed=False, wall=wall) as sim,
        rig_of(sim, specs, shot.library) as rig,
    ):
        roll(rig, sim, shot)
    return shot


def answer(shot: Shot, *words: str) -> tuple[dict[str, Any], float]:
    """Run a command; its document, and the most memory that it had, in megabytes."""
    command = [*COMMAND, *words, "--library", str(shot.library.path), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return json.loads(said), used.ru_maxrss / 1024


@pytest.fixture(scope="module")
def report(shot: Shot) -> tuple[dict[str, Any], float]:
    return answer(shot, "report", shot.name)


def test_every_page_and_every_sample_is_in_the_library(shot: Shot) -> None:
    assert [(each.state, each.reason, each.missing) for each in shot.drained] == [("whole", "stopped", [])] * 2
    assert [(status.overruns, status.events_dropped) for status in shot.looks[-1]] == [(0, 0)] * 2
    for each in shot.drained:
        store = shot.library.reel(each.uid, each.reel_id)
        assert verify_reel(store)["verified"]
        ticks = Reel.load(store).samples().ticks
        assert np.all(np.diff(ticks) == 96)
        assert len(ticks) * 96 * 25e-6 > 60 * MINUTES


def test_sixteen_megabytes_have_room_for_more_than_an_hour(shot: Shot) -> None:
    assert all(status.seconds_left > 20 * 60 for status in shot.looks[-1])


def test_memory_stays_flat_on_the_host_and_on_the_nodes(shot: Shot) -> None:
    print(f"host MB {shot.memory_mb}, drained {shot.drained_mb}; heap {[[s.heap_free for s in n] for n in shot.looks]}")
    assert max(shot.memory_mb) - shot.memory_mb[0] < 5.0
    # Both logs are read back at once, each as a whole beside what it is compared with.
    assert shot.drained_mb - shot.memory_mb[0] < 3 * sum(each.pages for each in shot.drained) * PAGE_BYTES / 1e6
    for first, *later in zip(*shot.looks, strict=True):
        assert all(status.heap_free > first.heap_free - 1024 for status in later)


@pytest.mark.usefixtures("report")  # it keeps the incidents
def test_the_limp_is_one_incident_at_its_timecode(shot: Shot) -> None:
    found = answer(shot, "incidents", "list")[0]["incidents"]
    (limp,) = [each for each in found if "limp" in each["title"]]
    assert limp["runner"] == "Ada"
    hours, minutes, seconds = limp["take_time"].split(":")
    at_s = 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    start_us = shot.library.take(shot.name).start_us
    assert at_s == pytest.approx(LIMP_S + (shot.zero_us - start_us) / 1e6, abs=3 * STRIDE_S)


def test_the_tag_tells_of_its_limp_within_a_dozen_strides_and_never_before(shot: Shot) -> None:
    take = shot.library.take(shot.name)
    limps = [alarm for alarm in take_tables(shot.library, take).alarms if alarm.kind == "limp"]
    told = [(alarm.t_us - shot.zero_us) / 1e6 - LIMP_S for alarm in limps if alarm.source == "tag"]
    print(f"after the limp: tags {told}, host {[(a.t_us - shot.zero_us) / 1e6 - LIMP_S for a in limps[:1]]}")
    assert 0.0 < min(told) < 12 * STRIDE_S


def test_the_report_takes_seconds_and_shows_the_longest_run_and_the_intensity(
    shot: Shot, report: tuple[dict[str, Any], float]
) -> None:
    document, most_mb = report
    print(f"report {most_mb:.0f} MB; drain {shot.drain_s:.1f} s, {sum(each.pages for each in shot.drained)} pages")
    assert most_mb < 300
    assert (document["lost_pages"], document["gaps"], document["provisional"]) == (0, [], False)
    pace = document["pace"]["Ada"]
    assert pace["longest_run_s"] == pytest.approx(COURSE[1].seconds, abs=2.0)
    assert [split["intensity_g"] for split in pace["splits"]] == pytest.approx([2.7] * 4, rel=0.1)
    assert "possible limp" in Path(document["report"]).read_text()
