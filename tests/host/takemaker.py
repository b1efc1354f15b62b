"""Whole takes in a library, made of pages by the book: known runners, known company, no emulation."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from runslate.ledger import ranges
from runslate.library import Library
from runslate.pages import index_of
from runslate.take import CastMember, CastNode, Take

from host import pagemaker

TICK_US = 25
PERIOD = 96
PER_PAGE = 201
PAGE_TICKS = PERIOD * PER_PAGE
STRIDE_TICKS = 28_000
BOARD0_US = 1_000_000
HOST0_US = 50_000_000
UTC0 = datetime(2026, 5, 1, 10, 0, 0, tzinfo=UTC)
LEAD_IN_S = 1.0
"""Reels begin so much before their take and end so much after it."""


@dataclass
class Runner:
    """What one runner does in a take, seconds of the take."""

    name: str
    runs: list[tuple[float, float]] = field(default_factory=list)
    flat_s: float | None = None
    """When the battery is flat: the reel ends there."""
    alarms: list[tuple[int, float, tuple[int, ...]]] = field(default_factory=list)
    """Kind of event, second, parameters."""
    foot: str = "left"
    loud: tuple[float, float] | None = None
    """Where the shoe is shaken: sixteen times 1 g."""


def make_take(
    library: Library, scene: str, number: int, lead: str, runners: Iterable[Runner], seconds: float = 20.0
) -> Take:
    """Put a drained take into the library, its start `number` minutes after UTC0; returns it."""
    take = Take(scene, "1", number, lead=lead, host_boot="laptop", zone="+02:00")
    take.start_us = HOST0_US + number * 60_000_000
    take.end_us = take.start_us + round(seconds * 1e6)
    take.start_utc = (UTC0 + timedelta(minutes=number)).isoformat(timespec="microseconds")
    for index, runner in enumerate(runners):
        uid = f"e6{index:02d}{sum(map(ord, scene)):04x}{number:04x}0000"
        node = CastNode(uid, runner.foot, 1000 * number + index + 1)
        take.cast.append(CastMember(runner.name, [node]))
        _store(library, take, node, runner, seconds)
    library.save_take(take)
    return take


def _store(library: Library, take: Take, node: CastNode, runner: Runner, seconds: float) -> None:
    store = library.reel(node.uid, node.reel_id)
    made = reel_pages(node.reel_id, runner, seconds)
    store.append(made)
    ledger = store.ledger()
    ledger.boot_id, ledger.closed, ledger.finished, ledger.receipted = 5, True, True, True
    ledger.reason = 1 if runner.flat_s is None else 3
    ledger.have = ranges(map(index_of, made))
    ledger.pages = len(made)
    ledger.node = {"name": f"{runner.name} {runner.foot}", "runner": runner.name}
    ledger.sha256, ledger.bytes = store.digest()
    store.save_ledger(ledger)
    zero_us = take.start_us - round(LEAD_IN_S * 1e6)
    utc_us = take.start_utc_us - round(LEAD_IN_S * 1e6)
    store.add_clock(
        [
            {
                "host_us": zero_us + t, "utc_us": utc_us + t, "board_us": BOARD0_US + t,
                "rtt_us": 200, "boot_id": 5, "host_boot": "laptop",
            }
            for t in range(0, round(seconds * 1e6), 1_000_000)
        ]
    )  # fmt: skip


def reel_pages(reel_id: int, runner: Runner, seconds: float) -> list[bytes]:
    """The pages of one reel: start, samples of a quiet (or loud) shoe, events, end."""
    length_s = seconds + 2 * LEAD_IN_S if runner.flat_s is None else runner.flat_s + LEAD_IN_S
    made = [_start_page(reel_id, runner)]
    count = int(length_s * 1e6 / TICK_US / PAGE_TICKS)
    for number in range(count):
        tick = number * PAGE_TICKS
        middle_s = (tick + PAGE_TICKS / 2) * TICK_US / 1e6 - LEAD_IN_S
        loud = runner.loud is not None and runner.loud[0] <= middle_s < runner.loud[1]
        anchor = (tick, 0, BOARD0_US + tick * TICK_US)
        made.append(
            pagemaker.page(1, len(made), _payload(loud), count=PER_PAGE, tick=tick, reel_id=reel_id, anchor=anchor)
        )
    events = _events(runner, count * PAGE_TICKS)
    for at in range(0, len(events), 13):
        made.append(_events_page(len(made), 1 + at, events[at : at + 13], reel_id))
    made.append(pagemaker.end_page(len(made), count * PER_PAGE, reason=1 if runner.flat_s is None else 3,
                                   events=len(events), reel_id=reel_id, anchor=(0, 0, BOARD0_US)))  # fmt: skip
    return made


@cache
def _payload(loud: bool) -> bytes:
    return pagemaker.pack([(0, 0, 16400 if loud else 1025, 0, 0, 0)] * PER_PAGE)


def _events_page(index: int, first: int, events: list[bytes], reel_id: int) -> bytes:
    return pagemaker.events_page(index, first, events, reel_id=reel_id, anchor=(0, 0, BOARD0_US))


def _start_page(reel_id: int, runner: Runner) -> bytes:
    payload = struct.pack("<8sQHBHBBb", bytes(range(8)), 1_700_000_000_000, 417, 32, 2000, 1, 0x6C, -3)
    for text in ("LSM6DSO32", f"{runner.name} {runner.foot}", runner.name, runner.foot, "0.1.0"):
        payload += bytes([len(text.encode())]) + text.encode()
    return pagemaker.page(3, 0, payload, reel_id=reel_id, anchor=(0, 0, BOARD0_US))


def _events(runner: Runner, last_tick: int) -> list[bytes]:
    told: list[tuple[int, bytes]] = []
    for start, end in runner.runs:
        tick, stop = _tick(start), _tick(end)
        while tick + STRIDE_TICKS <= stop:
            told.append((tick, pagemaker.event(3, tick, STRIDE_TICKS, 9_000, 19_000, 12_000, 6_000, flags=1)))
            tick += STRIDE_TICKS
    for kind, second, numbers in runner.alarms:
        told.append((_tick(second), pagemaker.event(kind, _tick(second), *numbers)))
    return [event for tick, event in sorted(told) if tick + STRIDE_TICKS <= last_tick]


def _tick(second: float) -> int:
    return round((second + LEAD_IN_S) * 1e6 / TICK_US)
