"""What befalls a tag on a shoe: power lost in the middle of a write, a hung processor, a flat battery, a full flash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hil.bench import FULL_MV, Bench
from hil.fullflash import OLD_REEL, nearly_full
from hil.picobench import PicoBench
from hil.recording import assert_unbroken, drain, free, start_reel, wait_for_erases
from hil.targets import SEED, Target
from runslate import pages
from runslate.errors import RunslateError
from runslate.link import RefusedError
from runslate.node import Node
from runslate.sim.nor import Kind, PowerLoss
from runslate_protocol.constants import ErrorCode, Reason, ResetCause, State

pytestmark = pytest.mark.long

Need = Callable[[str], None]

FLAT_MV = 3200.0
FREE_SECTORS = 4
PAGES_A_SECTOR = 15
WRAPS_IN_S = 8.0
REACTION_MS = 5.0
"""From the sensor's interrupt to the first bit on its bus: the loop looks every 2 ms, and a page may be on its way."""


@pytest.fixture
def charged(node: Node, bench: Bench, need: Need) -> Iterator[None]:
    need("set battery")
    yield
    bench.set_battery(FULL_MV)


def test_stream_of_pages_is_the_reel(node: Node, bench: Bench, target: Target, tmp_path: Path) -> None:
    """Every page that is written is sent as it is, none is left out, and sending costs no sample."""
    streamed: list[bytes] = []
    usual, node.link.on_page = node.link.on_page, streamed.append
    reel_id = start_reel(node, bench)
    node.subscribe(events=True, pages=True)
    bench.wait(target.stream_s)
    node.subscribe(events=False)
    node.link.on_page = usual
    node.stop()
    reel, ledger = drain(node, tmp_path, reel_id)
    assert ledger.whole
    assert reel.end is not None
    assert reel.end.overruns == 0
    samples = assert_unbroken(reel)
    assert len(samples.ticks) > 0.9 * target.stream_s * 417
    kept = {pages.index_of(row.tobytes()): row.tobytes() for row in reel.table}
    sent = {pages.index_of(page): page for page in streamed}
    assert len(sent) > target.stream_s  # a page lasts less than a second
    assert sorted(sent) == list(range(min(sent), max(sent) + 1))
    assert all(kept[index] == page for index, page in sent.items())
    free(node, reel)


def test_watchdog_ends_a_hang_and_the_reel_is_kept(
    node: Node, bench: Bench, target: Target, tmp_path: Path, need: Need
) -> None:
    need("hang")
    reel_id = start_reel(node, bench)
    bench.wait(target.reset_after_s)
    written = node.status().pages
    boot_id = node.boot_id
    bench.hang()
    again = bench.connect()
    assert again.boot_id != boot_id
    assert again.hello.reset_cause == ResetCause.WATCHDOG
    assert again.hello.crash == ""
    reel, ledger = drain(again, tmp_path, reel_id)
    assert not ledger.closed
    assert ledger.missing == []
    assert ledger.pages >= written
    assert_unbroken(reel)
    free(again, reel)


@pytest.mark.usefixtures("charged")
def test_flat_battery_closes_the_reel_and_refuses_the_next(node: Node, bench: Bench, tmp_path: Path) -> None:
    reel_id = start_reel(node, bench)
    bench.wait(2.0)
    bench.set_battery(FLAT_MV)
    bench.wait(4.5)  # it believes the third low reading, one a second
    assert node.status().state != State.RECORDING
    reel, ledger = drain(node, tmp_path, reel_id)
    assert ledger.whole
    assert ledger.reason == Reason.LOW_BATTERY
    assert reel.end is not None
    assert_unbroken(reel)
    with pytest.raises(RefusedError) as refused:
        node.start()
    assert refused.value.code == ErrorCode.LOW_BATTERY
    bench.set_battery(FULL_MV)
    bench.wait(2.0)
    start_reel(node, bench)
    node.stop()
    free(node, reel)


@pytest.mark.parametrize("kind", ["program", "erase"])
def test_power_lost_inside_a_flash_operation(node: Node, bench: Bench, tmp_path: Path, need: Need, kind: Kind) -> None:
    """A reel is being written, or a freed one erased, while another must not suffer."""
    need("lose power")
    need("change flash")
    kept_id = start_reel(node, bench, 1)
    bench.wait(2.5)
    kept, _ = drain(node, tmp_path, kept_id)
    if kind == "program":
        with bench.losing_power(PowerLoss(SEED, kind, operation=5)):
            start_reel(node, bench)
    else:
        other_id = start_reel(node, bench, 1)
        bench.wait(2.5)
        other, _ = drain(node, tmp_path, other_id)
        # The reply to the receipt may be lost with the power.
        with bench.losing_power(PowerLoss(SEED, kind, operation=1)), suppress(RunslateError):
            free(node, other)
    again = bench.connect()
    assert again.hello.crash == ""
    reel, ledger = drain(again, tmp_path / "again", kept_id)
    assert ledger.whole
    assert reel.table.tobytes() == kept.table.tobytes()
    for entry in again.reels():
        assert entry.torn <= 1
        found, _ = drain(again, tmp_path / "again", entry.reel_id)
        free(again, found)


def test_full_flash_ends_the_reel_and_keeps_the_old_one(node: Node, bench: Bench, tmp_path: Path, need: Need) -> None:
    need("change flash")
    bench.restart_with(lambda storage: nearly_full(storage, FREE_SECTORS))
    node = bench.connect()
    assert [entry.reel_id for entry in node.reels()] == [OLD_REEL]
    reel_id = start_reel(node, bench)
    bench.wait(FREE_SECTORS * PAGES_A_SECTOR * 0.1)  # a page lasts some 0.06 s of running
    for _ in range(20):
        if node.status().state != State.RECORDING:
            break
        bench.wait(0.5)
    reel, ledger = drain(node, tmp_path, reel_id)
    assert ledger.whole
    assert ledger.reason == Reason.FULL
    assert len(reel.table) <= FREE_SECTORS * PAGES_A_SECTOR
    assert_unbroken(reel)
    with pytest.raises(RefusedError) as refused:
        node.start()
    assert refused.value.code == ErrorCode.FLASH_FULL
    old = next(entry for entry in node.reels() if entry.reel_id == OLD_REEL)
    assert (old.torn, bool(old.closed)) == (0, True)
    came, promised = node.fetch(OLD_REEL, old.pages - 3, 3)
    assert len(came) == promised == 3
    free(node, reel)
    assert node.receipt(b"hilsuite", OLD_REEL, old.pages) == old.pages


def test_reel_goes_on_over_the_wrap_of_the_clock(node: Node, bench: Bench, tmp_path: Path, need: Need) -> None:
    """The microsecond counter starts anew every 18 minutes; times must not."""
    need("set clock")
    wait_for_erases(node, bench)
    bench.restart_with(wraps_in_s=WRAPS_IN_S)
    node = bench.connect()
    reel_id = start_reel(node, bench)
    before = node.hello.time.total_us
    bench.wait(WRAPS_IN_S)
    passed_us = node.status().time.total_us - before
    assert WRAPS_IN_S < passed_us / 1e6 < 3 * WRAPS_IN_S
    node.stop()
    reel, _ = drain(node, tmp_path, reel_id)
    assert_unbroken(reel)
    wraps = reel.head["anchor_wraps"]
    assert wraps.min() == 0
    assert wraps.max() == 1
    ticks = reel.tick_map()
    assert abs(ticks.us_per_tick - 25.0) < 0.05 * 25.0
    assert ticks.residual_p95_us < 10_000.0  # a wrap not counted is off by 18 minutes
    bench.restart_with()
    free(bench.connect(), reel)


def test_sensor_interrupt_is_answered(node: Node, bench: Bench, need: Need) -> None:
    need("see edges")
    assert isinstance(bench, PicoBench)
    start_reel(node, bench)
    bench.wait(0.5)
    with bench.watched() as reactions_ms:
        bench.wait(2.0)
    node.stop()
    assert len(reactions_ms) > 20
    assert sorted(reactions_ms)[len(reactions_ms) // 2] < REACTION_MS
    assert max(reactions_ms) < 51.0  # the next watermark: never a whole one behind
