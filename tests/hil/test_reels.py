"""Recording: a whole reel, a reel broken off, and a host that does not read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hil.bench import Bench
from hil.recording import assert_unbroken, drain, free, running_strides, start_reel
from hil.targets import Target
from runslate import pages
from runslate.node import Node
from runslate_protocol.constants import Reason, State

ODR_TOLERANCE = 0.05
"""A part's own clock is off by percents; the data sheet allows no more than this."""

LOST_AT_MOST_S = 0.4
"""Of a reel broken off: a page of standing still, a FIFO's watermark and the clock's tolerance."""

MINUTE_S = 60.0
CATCH_UP_S = 8.0
"""For what was not read: some 900 pages, and events that are sent again every 2 s by then."""

EVENTS_ON_THEIR_WAY = 8
STALE_BYTES = 64


def test_reel_is_recorded_drained_and_whole(node: Node, bench: Bench, target: Target, tmp_path: Path) -> None:
    reel_id = start_reel(node, bench, target.reel_s)
    bench.wait(target.reel_s + 1.5)
    reel, ledger = drain(node, tmp_path, reel_id)
    assert ledger.whole
    assert ledger.closed
    assert ledger.reason == Reason.MAX_SECONDS
    samples = assert_unbroken(reel)
    assert reel.start is not None
    assert reel.end is not None
    assert reel.start.uid == node.hello.uid
    assert reel.head["kind"][-1] == pages.KIND_END
    assert reel.end.pages == len(reel.head)
    assert reel.end.samples == len(samples.ticks)
    assert reel.end.overruns == 0
    expected = target.reel_s * reel.start.odr_hz
    assert abs(len(samples.ticks) - expected) < ODR_TOLERANCE * expected
    size_g = np.linalg.norm(reel.accel_g(samples)[:200], axis=1)
    assert 0.9 < size_g.mean() < 1.1  # it rests at first
    assert free(node, reel) > 0
    assert reel_id not in [entry.reel_id for entry in node.reels()]


def test_strides_are_the_runners(
    node: Node, bench: Bench, target: Target, tmp_path: Path, need: Callable[[str], None]
) -> None:
    need("truth")
    reel_id = start_reel(node, bench)
    bench.wait(target.reel_s)
    node.stop()
    reel, _ = drain(node, tmp_path, reel_id)
    samples = assert_unbroken(reel)
    first_us, last_us = reel.tick_map().to_board(samples.ticks[[0, -1]])
    lasted_s = (last_us - first_us) / 1e6
    ics = bench.truth().ic_s
    complete = int(np.sum(ics < lasted_s)) - 1
    # The last stride or two are not known to be over when the recording ends.
    assert complete - 2 <= running_strides(reel) <= complete
    free(node, reel)


def test_reset_in_mid_reel_keeps_what_was_written(node: Node, bench: Bench, target: Target, tmp_path: Path) -> None:
    reel_id = start_reel(node, bench)
    bench.wait(target.reset_after_s)
    written = node.status().pages
    node.reset()
    _check_broken_reel(bench, node.boot_id, target, tmp_path, reel_id, written)


def test_power_loss_in_mid_reel_keeps_what_was_written(
    node: Node, bench: Bench, target: Target, tmp_path: Path, need: Callable[[str], None]
) -> None:
    need("lose power")
    reel_id = start_reel(node, bench)
    bench.wait(target.reset_after_s)
    written = node.status().pages
    bench.lose_power()
    _check_broken_reel(bench, node.boot_id, target, tmp_path, reel_id, written)


def _check_broken_reel(bench: Bench, boot_id: int, target: Target, folder: Path, reel_id: int, written: int) -> None:
    node = bench.connect()
    assert node.boot_id != boot_id
    reel, ledger = drain(node, folder, reel_id)
    assert not ledger.closed
    assert ledger.missing == []
    assert ledger.pages >= written
    assert any("not closed" in note for note in ledger.notes)  # the gap is stated
    assert reel.boot_id == boot_id
    assert reel.end is None
    assert reel.start is not None
    samples = assert_unbroken(reel)
    # What was not in flash yet is lost: an open page, and what the FIFO held.
    assert len(samples.ticks) > (target.reset_after_s - LOST_AT_MOST_S) * reel.start.odr_hz
    free(node, reel)


def test_unread_port_costs_no_sample(node: Node, bench: Bench, target: Target, tmp_path: Path) -> None:
    """A program that hangs with the port open must not delay the sampler."""
    reel_id = start_reel(node, bench)
    node.subscribe(events=True, pages=True)
    leave_unread(bench, target.unread_s)
    bench.wait(0.5)
    node.subscribe(events=False)
    node.stop()
    check_unread_reel(node, reel_id, target.unread_s, tmp_path)


@pytest.mark.long
def test_port_left_unread_for_a_minute(node: Node, bench: Bench, tmp_path: Path) -> None:
    """The node records on and is not reset; afterwards every page comes, and every event that it could keep."""
    came: list[bytes] = []
    heard: list[int] = []
    usual, node.link.on_page = node.link.on_page, came.append
    node.link.on_event = lambda sequence, _event, _at_us: heard.append(sequence)
    before = node.status()
    reel_id = start_reel(node, bench)
    node.subscribe(events=True, pages=True)
    leave_unread(bench, MINUTE_S)
    bench.wait(CATCH_UP_S)
    status = node.status()
    node.subscribe(events=False)
    assert (status.state, status.reel_id, status.overruns) == (State.RECORDING, reel_id, 0)
    node.stop()
    indices = [pages.index_of(page) for page in came]
    assert indices == list(range(indices[0], indices[0] + len(indices)))  # each once, in order
    assert indices[0] <= 1
    assert indices[-1] >= status.pages - 1
    could_come = status.events_next - before.events_next - (status.events_dropped - before.events_dropped)
    assert len(heard) >= could_come - EVENTS_ON_THEIR_WAY
    assert heard == sorted(set(heard))
    assert not heard or status.events_next - heard[-1] <= EVENTS_ON_THEIR_WAY
    node.link.on_page = usual
    check_unread_reel(node, reel_id, MINUTE_S, tmp_path)


def leave_unread(bench: Bench, seconds: float) -> None:
    """Read nothing for so long, half a second after everything was well."""
    bench.wait(0.5)
    bench.hold()
    bench.wait(seconds)
    bench.release()


def check_unread_reel(node: Node, reel_id: int, seconds: float, folder: Path) -> None:
    """The reel is whole and as long as it has to be, and its node was not reset."""
    reel, ledger = drain(node, folder, reel_id)
    assert ledger.whole
    samples = assert_unbroken(reel)
    assert reel.boot_id == node.boot_id
    assert reel.end is not None
    assert reel.end.overruns == 0
    assert reel.start is not None
    assert len(samples.ticks) > (seconds + 0.9) * reel.start.odr_hz * (1 - ODR_TOLERANCE)
    free(node, reel)


@pytest.mark.long
def test_memory_does_not_leak(node: Node, bench: Bench, target: Target, need: Callable[[str], None]) -> None:
    """Free heap after a collection, four times in the recording: no slope."""
    need("memory")
    reel_id = start_reel(node, bench)
    free_bytes = []
    for _ in range(4):
        bench.wait(target.memory_s / 4)  # longer than the node waits between two collections
        status = node.status()
        assert status.reel_id == reel_id
        assert status.overruns == 0
        free_bytes.append(status.heap_free)
    node.stop()
    # The collector is conservative: a stale word in a register may keep a block or two.
    assert max(free_bytes) - min(free_bytes) <= STALE_BYTES
