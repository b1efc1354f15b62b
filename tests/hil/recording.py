"""Steps that several tests share: wait for room, record, drain into a library, look for gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hil.bench import Bench
from runslate import pages
from runslate.drain import fetch_missing, write_ledger
from runslate.ledger import Ledger
from runslate.library import Library
from runslate.node import Node
from runslate.reel import EVENT_STRIDE, RUNNING, Reel
from runslate_protocol.constants import State

LONGEST_PREPARATION_S = 1500
"""Erasing the whole ring: 288 sectors of a 2-MB board, 3776 of 16 MB; 45 ms each typically, 400 ms at worst."""

FLAG_LOST = 1
"""Page flag: samples are missing just before this page."""


def start_reel(node: Node, bench: Bench, max_seconds: int = 0) -> int:
    """Start recording, once the flash is erased; returns the reel's id. Skips the test on a board without a sensor."""
    need_sensor(node)
    wait_for_erases(node, bench)
    return node.start(max_seconds).reel_id


def need_sensor(node: Node) -> None:
    """Skip a test that a board without a motion sensor cannot do."""
    if not node.hello.imu:
        pytest.skip("no motion sensor answers on this board: wire one (docs/boards.md), then reset the board.")


def wait_for_erases(node: Node, bench: Bench) -> None:
    """Wait until the node has erased what it can."""
    for _ in range(LONGEST_PREPARATION_S):
        if node.status().state != State.PREPARING:
            break
        bench.wait(1.0)


def drain(node: Node, folder: Path, reel_id: int) -> tuple[Reel, Ledger]:
    """Bring one reel into a library and decode it; the node's other reels stay untouched."""
    store = Library(folder / "library").reel(node.uid, reel_id)
    entry = next(reel for reel in node.reels() if reel.reel_id == reel_id)
    _, refused = fetch_missing(node, store, entry)
    ledger = write_ledger(store, node.facts(), entry, node.boot_id, refused)
    return Reel.load(store), ledger


def free(node: Node, reel: Reel) -> int:
    """Give a reel's room back; returns the pages freed."""
    owner = str(node.settings().get("library") or "")
    library_id = bytes.fromhex(owner) if owner else b"hilsuite"
    return node.receipt(library_id, reel.reel_id, len(reel.table))


def assert_unbroken(reel: Reel) -> pages.Samples:
    """Every page there, every sample in it, evenly spaced; returns the samples."""
    head = reel.head
    assert list(head["index"]) == list(range(len(head)))
    assert head["kind"][0] == pages.KIND_START
    rows = reel.table[reel.sample_rows]
    assert not np.any(pages.headers(rows)["flags"] & FLAG_LOST)
    samples = reel.samples()
    assert len(samples.malformed) == 0
    period = int(pages.headers(rows)["period"][0])
    assert np.all(np.diff(samples.ticks) == period)
    return samples


def running_strides(reel: Reel) -> int:
    """Strides that the node's detector called running."""
    events = reel.events
    return int(np.sum((events["kind"] == EVENT_STRIDE) & (events["flags"] & RUNNING != 0)))
