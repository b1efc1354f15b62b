"""From pages to the analysis's tables: times, coverage, gaps, and never more certain than is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from runslate.analysis import intervals
from runslate.collect import between_nodes, take_tables
from runslate.ledger import NOT_FETCHED, NOT_THERE, Missing, ranges
from runslate.library import Library
from runslate.pages import index_of
from runslate.take import CastMember, CastNode, Take

from host import pagemaker

BOOT, REEL, UID = 5, 7, "aa"
TICK_US = 26
"""This sensor's ticks are 4 % longer than nominal."""

HOST0 = 50_000_000
BOARD0 = 1_000_000
PERIOD = 96
PER_PAGE = 9
PAGE_US = PERIOD * PER_PAGE * TICK_US


def samples_page(index: int, number: int, level: int = 1025) -> bytes:
    """The number-th samples page; `level` is the vertical acceleration in LSB."""
    tick = number * PERIOD * PER_PAGE
    samples = [(0, 0, level + i % 2, 0, 0, 0) for i in range(PER_PAGE)]
    anchor = (tick, 0, BOARD0 + tick * TICK_US)
    return pagemaker.page(1, index, pagemaker.pack(samples), count=PER_PAGE, tick=tick, anchor=anchor)


def stride(tick: int, duration: int = 28_000, gct: int = 9_000, flags: int = 1) -> bytes:
    return pagemaker.event(3, tick, duration, gct, duration - gct, 12_000, 6_000, flags=flags)


def reel_pages(count: int, events: list[bytes], closed: bool = True) -> list[bytes]:
    """Start page, `count` quiet samples pages, one events page, and an end page if closed."""
    anchor = (0, 0, BOARD0)
    made = [pagemaker.start_page(anchor=anchor)]
    made += [samples_page(1 + n, n) for n in range(count)]
    made.append(pagemaker.events_page(len(made), 100, events, anchor=anchor))
    if closed:
        made.append(pagemaker.end_page(len(made), count * PER_PAGE, anchor=anchor))
    return made


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "lib")


def take_of(seconds: float, start_s: float = 0.0) -> Take:
    """A take of one runner; its start is `start_s` after the reel's."""
    start_us = HOST0 + round(start_s * 1e6)
    return Take(
        "S1", "1", 1, lead="mary", cast=[CastMember("mary", [CastNode(UID, "left", REEL)])],
        start_us=start_us, end_us=start_us + round(seconds * 1e6),
        start_utc="2026-05-01T10:00:00+00:00", zone="+02:00", host_boot="laptop",
    )  # fmt: skip


def store_reel(
    library: Library,
    made: list[bytes],
    *,
    closed: bool = True,
    missing: list[Missing] | None = None,
    reason: int = 1,
    host_boot: str = "laptop",
) -> None:
    """Put pages, ledger and clock samples (board and host in step) into the library."""
    store = library.reel(UID, REEL)
    store.append(made)
    ledger = store.ledger()
    ledger.boot_id, ledger.closed, ledger.finished, ledger.reason = BOOT, closed, True, reason
    ledger.have = ranges(map(index_of, made))
    ledger.missing = missing or []
    store.save_ledger(ledger)
    store.add_clock(
        [
            {
                "host_us": HOST0 + t, "utc_us": 1_777_629_600_000_000 + t,
                "board_us": BOARD0 + t, "rtt_us": 200, "boot_id": BOOT, "host_boot": host_boot,
            }
            for t in range(0, 10_000_000, 250_000)
        ]
    )  # fmt: skip


def test_strides_are_timed_by_the_measured_rate(library: Library) -> None:
    events = [pagemaker.event(1, 40_500, 9_000, 20), stride(40_000)]
    store_reel(library, reel_pages(400, events))
    data = take_tables(library, take_of(5))
    table = data.strides["mary"]
    assert table.ic_us.tolist() == pytest.approx([HOST0 + 40_000 * TICK_US], abs=5)
    assert table.ic_contact_us.tolist() == pytest.approx([HOST0 + 40_500 * TICK_US], abs=5)
    assert table.duration_ms.tolist() == pytest.approx([28_000 * TICK_US / 1000], abs=0.02)
    assert table.gct_ms.tolist() == pytest.approx([9_000 * TICK_US / 1000], abs=0.02)
    assert table.running.tolist() == [True]
    assert data.nodes[0].rate_hz == pytest.approx(1e6 / (PERIOD * TICK_US), rel=1e-4)
    assert not data.provisional
    assert data.gaps == []


def test_a_take_holds_only_what_lies_in_it(library: Library) -> None:
    store_reel(library, reel_pages(400, [stride(t) for t in (20_000, 60_000, 150_000)]))
    data = take_tables(library, take_of(2, start_s=1))
    assert data.strides["mary"].ic_us.tolist() == pytest.approx([HOST0 + 60_000 * TICK_US], abs=5)
    assert data.coverage["mary"] == [(data.start_us, data.end_us)]
    (table,) = data.samples["mary"]
    assert data.start_us <= table.t_us[0] < table.t_us[-1] < data.end_us


def test_a_reel_that_ended_early_leaves_the_rest_uncovered_and_says_why(library: Library) -> None:
    store_reel(library, reel_pages(100, []), reason=3)
    data = take_tables(library, take_of(10))
    ((start, end),) = data.coverage["mary"]
    assert (start, end) == pytest.approx((HOST0, HOST0 + 100 * PAGE_US), abs=5)
    (gap,) = data.gaps
    assert (gap.start_us, gap.end_us) == (end, data.end_us)
    assert "low battery" in gap.reason


def test_a_reel_that_began_after_the_take_says_so(library: Library) -> None:
    """An armed tag that waited for motion until the take was over."""
    store_reel(library, reel_pages(20, [stride(2_000)]))
    (gap,) = take_tables(library, take_of(1.0, start_s=-3.0)).gaps
    assert gap.reason == "the reel began later"


def test_a_missing_page_is_a_gap_of_its_length(library: Library) -> None:
    made = reel_pages(400, [])
    store_reel(library, made[:50] + made[51:], missing=[Missing(50, 50, NOT_THERE)])
    data = take_tables(library, take_of(5))
    (gap,) = data.gaps
    assert gap.end_us - gap.start_us == pytest.approx(PAGE_US, abs=5)
    assert (gap.pages, gap.reason) == (1, "pages missing")
    assert not data.provisional


def test_a_page_that_another_take_of_the_reel_lost_is_not_missing_here(library: Library) -> None:
    made = reel_pages(400, [])
    store_reel(library, made[:300] + made[301:], missing=[Missing(300, 300, NOT_THERE)])
    (early,), (late,) = (take_tables(library, take).nodes for take in (take_of(3), take_of(3, start_s=5)))
    assert (early.pages_missing, late.pages_missing) == (0, 1)


def test_a_page_that_may_still_come_keeps_the_take_provisional(library: Library) -> None:
    made = reel_pages(400, [])
    store_reel(library, made[:50] + made[51:], missing=[Missing(50, 50, NOT_FETCHED)])
    assert take_tables(library, take_of(5)).provisional


def test_a_reel_that_was_never_drained_covers_nothing(library: Library) -> None:
    data = take_tables(library, take_of(5))
    assert data.coverage["mary"] == []
    assert data.provisional
    assert data.gaps[0].reason == "not drained yet"


def test_after_a_power_loss_motion_without_events_is_not_taken_for_standing(
    library: Library,
) -> None:
    """The last events were lost with the power: the runner may have run on."""
    quiet = reel_pages(100, [stride(20_000)], closed=False)
    moving = [samples_page(len(quiet) + n, 100 + n, level=3000) for n in range(50)]
    store_reel(library, [*quiet, *moving], closed=False, reason=0)
    data = take_tables(library, take_of(10))
    ((_, end),) = data.coverage["mary"]
    assert end == pytest.approx(HOST0 + 100 * PAGE_US, abs=5)
    assert "power lost" in data.gaps[-1].reason


def test_events_that_came_live_fill_in_what_power_loss_took(library: Library) -> None:
    quiet = reel_pages(100, [stride(20_000)], closed=False)
    moving = [samples_page(len(quiet) + n, 100 + n, level=3000) for n in range(50)]
    store_reel(library, [*quiet, *moving], closed=False, reason=0)
    late = 149 * PERIOD * PER_PAGE
    line = {
        "boot_id": BOOT, "sequence": 101, "kind": 3, "flags": 1, "tick": late,
        "p": [28_000, 9_000, 19_000, 12_000, 6_000], "arrived_us": 0,
    }  # fmt: skip
    of_the_next_boot = line | {"boot_id": BOOT + 1, "sequence": 102, "tick": late + 100}
    library.reel(UID, REEL).add_events([line, line, of_the_next_boot])
    data = take_tables(library, take_of(10))
    assert len(data.strides["mary"]) == 2
    assert data.coverage["mary"][-1][1] > HOST0 + 140 * PAGE_US


def test_damaged_lines_of_clock_and_events_cost_only_themselves(library: Library) -> None:
    store_reel(library, reel_pages(400, [stride(40_000)]))
    folder = library.reel(UID, REEL).folder
    whole = take_tables(library, take_of(5)).strides["mary"].ic_us.tolist()
    for name in ("clock.jsonl", "events.jsonl"):
        with (folder / name).open("ab") as file:
            file.write(b'[]\nnull\n{}\n{"host_us": "x"}\n\xff\n{"sequence": 9, "p": 3, "boot_id": %d}\n{"host_' % BOOT)
    assert take_tables(library, take_of(5)).strides["mary"].ic_us.tolist() == whole


def test_a_laptop_that_was_restarted_meanwhile_is_bridged_by_utc(library: Library) -> None:
    store_reel(library, reel_pages(400, [stride(40_000)]), host_boot="laptop, booted again")
    data = take_tables(library, take_of(5))
    assert data.strides["mary"].ic_us.tolist() == pytest.approx([HOST0 + 40_000 * TICK_US], abs=5)


def test_the_worst_two_nodes_make_the_uncertainty() -> None:
    assert between_nodes([300.0, 100.0, 400.0]) == 500.0
    assert between_nodes([300.0]) == 300.0
    assert between_nodes([]) == 0.0


def test_intervals_join_and_are_cut() -> None:
    assert intervals.merge([(5, 8), (0, 3), (3, 4), (7, 9)]) == [(0, 4), (5, 9)]
    assert intervals.intersect([(0, 4), (5, 9)], [(3, 6)]) == [(3, 4), (5, 6)]
    assert intervals.intersect([(0, 4)], [(4, 6)]) == []
