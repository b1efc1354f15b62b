"""A treadmill's belt: the emulated one, the speed from its pulses, and a virtual node that counts them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from runslate import hostclock, pages
from runslate.belt import belt_speed
from runslate.errors import RunslateError
from runslate.link import RefusedError
from runslate.node import Node
from runslate.reel import Reel
from runslate.sim.belt import BeltProfile
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec, VirtualNode
from runslate_protocol import messages as wire
from runslate_protocol.constants import Role, State
from runslate_protocol.events import EventKind

from host.quick import quick_sim
from host.waiting import until

RAMP = BeltProfile(((1.0, 0.0), (3.0, 4.0), (13.0, 12.0)), pulse_um=150_000)


RISING = BeltProfile(((0.0, 1.0), (22.0, 12.0)))


def belt_events(profile: BeltProfile, seconds: int, first_pulse: int = 0) -> np.ndarray:
    """The events that a node with an exact clock makes each second."""
    records = np.zeros(seconds, pages.EVENT)
    before = 0
    for second in range(seconds):
        count = profile.pulses(second)
        at_s = profile.pulse_s(count) if count != before else second
        before = count
        total = (count + first_pulse) & 0xFFFFFFFF
        records[second] = (EventKind.BELT, 0, int(at_s * 40_000), (total & 0xFFFF, total >> 16, 0, 0, 0))
    return records


def test_profile_counts_the_belts_way() -> None:
    assert RAMP.distance_m(3.0) == pytest.approx(4.0)
    assert RAMP.distance_m(14.0) == pytest.approx(4.0 + 80.0 + 12.0)
    assert [RAMP.speed_m_s(t) for t in (0.5, 2.0, 8.0, 20.0)] == [0.0, 2.0, 8.0, 12.0]
    for number in (1, 7, 300, 900):
        at_s = RAMP.pulse_s(number)
        assert RAMP.distance_m(at_s) == pytest.approx(number * 0.15, abs=1e-9)
        assert (RAMP.pulses(at_s - 1e-6), RAMP.pulses(at_s + 1e-6)) == (number - 1, number)
    assert BeltProfile(((0.0, 1.0), (1.0, 0.0))).pulse_s(11) == math.inf


@pytest.mark.parametrize("pulse_um", [5_000, 50_000, 300_000])
@pytest.mark.parametrize("speed", [1.0, 2.78, 5.5, 12.0])
def test_speed_is_right_within_half_a_percent(speed: float, pulse_um: int) -> None:
    events = belt_events(BeltProfile(((0.0, speed),), pulse_um), 20)
    times_us, speeds, errors = belt_speed(events, pulse_um)
    assert len(times_us) == 19
    assert np.all(np.diff(times_us) > 0)
    assert np.all(np.abs(speeds - speed) <= errors)
    assert np.all(errors < 0.005 * speed)


def test_a_belt_at_rest_is_slower_than_a_pulse() -> None:
    events = belt_events(BeltProfile(((0.0, 2.0), (5.0, 0.0))), 9)
    _, speeds, errors = belt_speed(events, 50_000)
    assert speeds[0] > 1.0
    assert np.all(speeds[-3:] - errors[-3:] <= 1e-12)
    assert np.all(speeds[-3:] + errors[-3:] <= 0.0501)


def test_the_count_goes_on_over_65535_pulses() -> None:
    events = belt_events(BeltProfile(((0.0, 3.0),)), 5, first_pulse=0x1FFFF - 100)
    assert belt_speed(events, 50_000)[1] == pytest.approx([3.0] * 4, rel=0.001)


def test_a_belt_that_nobody_measured_is_told() -> None:
    with pytest.raises(RunslateError, match="pulse_um"):
        belt_speed(belt_events(RAMP, 5))


@pytest.fixture
def node(tmp_path: Path) -> Iterator[tuple[VirtualNode, Node]]:
    """A node without a sensor, on a belt that gets faster all the time."""
    spec = NodeSpec("belt", Standing(5.0), part="none", belt=RISING)
    with quick_sim([spec], tmp_path) as sim:
        node = Node.open(sim.ports["belt"])
        node.set("role", "belt")
        node.set("pulse_um", "50000")
        boot_id = node.boot_id
        node.reset()
        while node.boot_id == boot_id:
            hostclock.sleep(0.05)
            node.reopen()
        yield sim.nodes["belt"], node
        node.close()


def test_a_belts_reel_tells_its_speed(node: tuple[VirtualNode, Node]) -> None:
    virtual, tag = node
    assert tag.hello.role == Role.BELT
    assert until(lambda: tag.status().state != State.PREPARING, 20)
    asked = tag.link.request(wire.Belt())
    with pytest.raises(RefusedError, match="no steps to wait for"):
        tag.link.request(wire.Start(utc_ms=1, max_seconds=0, mode=1))
    reel_id = tag.start(max_seconds=5).reel_id
    assert until(lambda: bool(tag.reels()[-1].closed), 20)
    entry = tag.reels()[-1]
    again = tag.link.request(wire.Belt())
    assert again.pulses > asked.pulses + 50
    assert 0 < again.time.total_us - again.last.total_us < 100_000
    came, _ = tag.fetch(reel_id, 0, entry.pages)
    table = np.frombuffer(b"".join(sorted(came, key=pages.index_of)), np.uint8).reshape(-1, pages.PAGE_BYTES)
    reel = Reel.from_pages(tag.uid, reel_id, table)
    times_us, speeds, _ = belt_speed(reel)
    assert len(speeds) >= 4
    ticks = virtual.board.ticks
    scene_s = [ticks.scene_s(int(t - ticks.ticks_us(0.0)) % (1 << 30)) for t in times_us]
    assert speeds == pytest.approx([RISING.speed_m_s(t) for t in scene_s], rel=0.005)
    assert reel.tick_map().residual_p95_us < 1.0
