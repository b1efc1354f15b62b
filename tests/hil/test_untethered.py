"""A reel that begins by itself: the node waits with no flash written, and what went before is in the reel."""

from __future__ import annotations

from pathlib import Path

from hil.bench import Bench
from hil.recording import assert_unbroken, drain, free, need_sensor, wait_for_erases
from runslate.node import Node
from runslate.reel import EVENT_REEL
from runslate_protocol import messages as wire
from runslate_protocol.constants import State

UTC_MS = 1_750_000_000_000
AFTER_S, PREROLL_S = 3.0, 2


def test_armed_reel_begins_at_its_time_with_what_went_before(node: Node, bench: Bench, tmp_path: Path) -> None:
    need_sensor(node)
    wait_for_erases(node, bench)
    request = wire.Start(utc_ms=UTC_MS, max_seconds=0, start_utc_ms=UTC_MS + round(AFTER_S * 1000), preroll_s=PREROLL_S)
    promised = node.link.request(request)
    status = node.status()
    assert (status.state, status.reel_id, status.pages) == (State.ARMED, promised.reel_id, 0)
    bench.wait(AFTER_S + 3.0)
    status = node.status()
    assert (status.state, status.reel_id) == (State.RECORDING, promised.reel_id)
    assert status.overruns == 0
    node.stop()
    reel, ledger = drain(node, tmp_path, promised.reel_id)
    assert ledger.whole
    samples = assert_unbroken(reel)
    began = reel.events[reel.events["kind"] == EVENT_REEL]["tick"][0]
    before_s = (began - samples.ticks[0]) * reel.tick_map().us_per_tick / 1e6
    assert PREROLL_S <= before_s < PREROLL_S + 0.5
    assert (samples.ticks[-1] - began) * 25e-6 > 2.0
    free(node, reel)


def test_stop_disarms_and_no_reel_is_left(node: Node, bench: Bench) -> None:
    need_sensor(node)
    wait_for_erases(node, bench)
    there = [entry.reel_id for entry in node.reels()]
    promised = node.link.request(wire.Start(utc_ms=UTC_MS, max_seconds=0, start_utc_ms=UTC_MS + 60_000, preroll_s=1))
    stopped = node.stop()
    assert (stopped.reel_id, stopped.pages) == (promised.reel_id, 0)
    assert node.status().state == State.IDLE
    assert [entry.reel_id for entry in node.reels()] == there
