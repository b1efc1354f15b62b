"""Draining: every page of every reel of a node into the library, checked, before anything is freed.

Reading never erases. A drain can be interrupted anywhere and goes on where it stopped; draining
again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from runslate_protocol.constants import ErrorCode, State
from runslate_protocol.messages import ReelEntry

from runslate import ledger as ledgers
from runslate.fetch import DRAIN_AHEAD_S, fetch_runs
from runslate.ledger import Ledger, Missing
from runslate.library import Library
from runslate.link import RefusedError, SilentError
from runslate.node import Node
from runslate.reel import Reel
from runslate.reelstore import ReelStore

STORED_PAGES = 64
"""Pages that are stored together: each time costs an fsync, and what is not stored a host crash loses."""

FRUITLESS_ROUNDS = 4
"""Times that missing pages are asked for in vain, not one of them coming, before a drain gives up."""

PINGS = 12
"""Clock samples taken with each drain: enough that a quartile of them is three."""

Progress = Callable[[str, int, int], None]
"""Called with the reel's name, pages in the library and pages in all."""


@dataclass
class Drained:
    """What draining one reel brought."""

    uid: str
    name: str
    runner: str
    reel_id: int
    state: str
    """"whole", "gaps" or "recording" (left alone)."""
    pages: int = 0
    fetched: int = 0
    missing: list[Missing] = field(default_factory=list)
    reason: str = ""
    notes: list[str] = field(default_factory=list)
    sha256: str = ""
    freed_pages: int = 0

    def to_json(self) -> dict[str, Any]:
        """Give the result JSON-ready."""
        return asdict(self)


def drain_node(node: Node, library: Library, progress: Progress | None = None) -> list[Drained]:
    """Bring all reels of a node into the library and send receipts for those that are safe.

    Raises:
        RunslateError: the node vanished or restarted, or the disk is full; nothing is lost.
    """
    status = node.status()
    recording = status.reel_id if status.state == State.RECORDING else 0
    pings = take_pings(node)
    results = []
    for entry in node.reels():
        if entry.reel_id == recording:
            results.append(_left_alone(node, entry))
            continue
        store = library.reel(node.uid, entry.reel_id)
        if entry.boot_id == node.boot_id:
            store.add_clock(pings)
        results.append(_drain_reel(node, library, store, entry, progress))
    return results


def take_pings(node: Node) -> list[dict[str, Any]]:
    """Compare the clocks PINGS times; pings that got lost are left out."""
    samples = []
    for _ in range(PINGS):
        with suppress(SilentError):
            samples.append(node.ping())
    return samples


def _left_alone(node: Node, entry: ReelEntry) -> Drained:
    return Drained(
        node.uid,
        node.name,
        node.runner,
        entry.reel_id,
        "recording",
        pages=entry.pages,
        notes=["The reel is still recording: `runslate cut` ends it."],
    )


def _drain_reel(node: Node, library: Library, store: ReelStore, entry: ReelEntry, progress: Progress | None) -> Drained:
    fetched, refused = fetch_missing(node, store, entry, progress)
    ledger = write_ledger(store, node.facts(), entry, node.boot_id, refused)
    result = Drained(
        node.uid,
        node.name,
        node.runner,
        entry.reel_id,
        "whole" if ledger.whole else "gaps",
        pages=ledger.page_count,
        fetched=fetched,
        missing=ledger.missing,
        reason=ledgers.REASONS.get(ledger.reason, f"unknown ({ledger.reason})"),
        notes=list(ledger.notes),
        sha256=ledger.sha256,
    )
    if ledger.settled:
        _send_receipt(node, library, store, ledger, result)
    return result


def fetch_missing(
    node: Node, store: ReelStore, entry: ReelEntry, progress: Progress | None = None
) -> tuple[int, set[int]]:
    """Fetch what the library lacks of a reel, re-asking until whole.

    Returns:
        how many pages came, and the indices that the node's flash doesn't hold whole.
    """
    node.window.ahead_s = DRAIN_AHEAD_S
    name = f"{node.name} {entry.reel_id:08x}"
    have = store.indices()
    before = len(have)
    not_there: set[int] = set()
    fruitless = 0
    while fruitless < FRUITLESS_ROUNDS:
        wanted = ledgers.absent(ledgers.ranges(have | not_there), entry.pages)
        if not wanted:
            break
        known = len(have) + len(not_there)
        with _Batches(store) as batches:
            for answer in fetch_runs(node, entry.reel_id, wanted):
                batches.add([page for index, page in sorted(answer.pages.items()) if index not in have])
                have |= answer.pages.keys()
                if answer.whole:
                    not_there |= set(range(answer.first, answer.first + answer.count)) - have
                if progress:
                    progress(name, len(have), entry.pages)
        fruitless = 0 if len(have) + len(not_there) > known else fruitless + 1
    return len(have) - before, not_there - have


class _Batches:
    """Collects fresh pages and stores so many at once; on leaving, also in an error, the rest."""

    def __init__(self, store: ReelStore) -> None:
        self._store = store
        self._fresh: list[bytes] = []

    def __enter__(self) -> _Batches:
        return self

    def __exit__(self, *_: object) -> None:
        self._save()

    def add(self, fresh: list[bytes]) -> None:
        self._fresh += fresh
        if len(self._fresh) >= STORED_PAGES:
            self._save()

    def _save(self) -> None:
        fresh, self._fresh = self._fresh, []
        if fresh:
            self._store.append(fresh)


def write_ledger(store: ReelStore, facts: dict[str, Any], entry: ReelEntry, boot_id: int, refused: set[int]) -> Ledger:
    """Read the page log back from the disk, check it and write what it holds and lacks.

    Args:
        store: the reel's folder.
        facts: what is known of the node.
        entry: the node's own account of the reel.
        boot_id: the boot that the node runs now.
        refused: indices that the node was asked for and does not hold whole.
    """
    reel = Reel.load(store)
    old = store.ledger()
    ledger = Ledger(store.uid, store.reel_id, node=facts, receipted=old.receipted)
    ledger.boot_id = entry.boot_id
    ledger.closed = bool(entry.closed)
    ledger.finished = ledger.closed or entry.boot_id != boot_id
    ledger.reason = entry.reason
    ledger.torn = entry.torn
    ledger.utc_ms = entry.utc_ms
    ledger.have = ledgers.ranges(int(index) for index in reel.head["index"])
    highest = ledger.have[-1][1] + 1 if ledger.have else 0
    ledger.pages = max(entry.pages, highest, reel.end.pages if reel.end else 0)
    ledger.missing = [
        Missing(first, last, ledgers.why_missing(first, last, refused))
        for first, last in ledgers.absent(ledger.have, ledger.pages)
    ]
    ledger.notes = [*reel.notes, *_notes(reel, ledger)]
    ledger.sha256, ledger.bytes = store.digest()
    store.save_ledger(ledger)
    return ledger


def _notes(reel: Reel, ledger: Ledger) -> list[str]:
    notes = []
    covered = reel.covered_ticks()
    if ledger.finished and not ledger.closed:
        end_tick = covered[-1][1] if covered else 0
        notes.append(ledgers.unclosed_note(end_tick, ledger.torn, reel.page_ms))
    if reel.end is not None and reel.end.overruns:
        notes.append(
            f"The sensor's FIFO overran {reel.end.overruns} times: samples were lost there; the coverage shows where."
        )
    return notes


def _send_receipt(node: Node, library: Library, store: ReelStore, ledger: Ledger, result: Drained) -> None:
    """Free the node's space; refusals are told, not raised: the pages are safe anyway."""
    try:
        result.freed_pages = node.receipt(library.id_bytes, ledger.reel_id, ledger.pages)
    except RefusedError as error:
        if error.code == ErrorCode.NOT_OWNER:
            result.notes.append(
                "The node belongs to another library: its pages were read, its space was not freed. To make it this "
                "library's: `runslate node release` on the other laptop, then `runslate node claim` here."
            )
            return
        result.notes.append(f"The space was not freed: {error}")
        return
    ledger.receipted = True
    store.save_ledger(ledger)
