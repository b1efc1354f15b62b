"""A host that ends at any moment leaves a library that can be read and gone on with."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from runslate.drain import write_ledger
from runslate.library import Library
from runslate.livelog import event_line
from runslate.summary import overdue, summarise
from runslate.take import CastMember, CastNode, Take
from runslate.verify import verify_reel
from runslate_protocol.events import Event
from runslate_protocol.messages import ReelEntry

from host import pagemaker
from host.takemaker import Runner, make_take

UID = "e600000000000001"
REEL = 7
PAGES = pagemaker.small_reel(pages=6)
ENTRY = ReelEntry(reel_id=REEL, boot_id=5, pages=len(PAGES), closed=1, reason=1, utc_ms=1, torn=0)
CHANGES = ("open", "os.mkdir", "os.rename", "os.truncate", "os.remove")
"""What changes files, as CPython announces it to audit hooks: just before it happens."""


def clock_line(host_us: int) -> dict[str, int]:
    return {"host_us": host_us, "utc_us": 1, "board_us": 1, "rtt_us": 1, "boot_id": 5}


def day_on_set(path: Path) -> None:
    """A take is rolled and cut, its reel comes in in three pieces; what is there already is gone on with."""
    library = Library(path)
    take = Take("S1", "1", 1, start_us=1, start_utc="2026-01-01T00:00:00+00:00")
    library.save_take(take)
    store = library.reel(UID, REEL)
    store.add_clock([clock_line(1), clock_line(2)])
    store.add_events([event_line(5, 0, Event(kind=1, tick=0), 1)], durable=False)
    take.end_us = 2
    library.save_take(take)
    have = store.indices()
    for at in range(0, len(PAGES), 3):
        store.append([page for n, page in enumerate(PAGES[at : at + 3], at) if n not in have])
    write_ledger(store, {}, ENTRY, 5, set())


def ends_at(change: int, work: Callable[[], None]) -> bool:
    """Do the work in a process that is gone before its n-th change of a file; True: it came to its end before."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    left = change

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        writes = event != "open" or (isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR))
        if event in CHANGES and writes:
            left -= 1
            if left == 0:
                os._exit(9)

    sys.addaudithook(hook)
    work()
    os._exit(0)


def readable(path: Path) -> int:
    """Read everything that a library has; returns how many good pages that is."""
    library = Library(path)
    for take in library.takes():
        assert library.take(take.name).start_us == 1
    count = 0
    for store in library.reels():
        store.ledger()
        assert all("host_us" in sample for sample in store.clock())
        assert all("sequence" in event for event in store.events())
        count += len(store.good_pages()[0])
    return count


def test_a_host_killed_before_any_change_of_a_file_harms_nothing(tmp_path: Path) -> None:
    change, done = 0, False
    while not done:
        change += 1
        path = tmp_path / str(change)
        done = ends_at(change, lambda: day_on_set(path))  # noqa: B023
        before = readable(path)
        day_on_set(path)
        assert before <= readable(path) == len(PAGES)
        assert verify_reel(Library(path).reel(UID, REEL))["verified"]
    assert change > 15


@pytest.fixture
def library(tmp_path: Path) -> Path:
    day_on_set(tmp_path / "lib")
    return tmp_path / "lib"


def test_a_page_log_cut_anywhere_keeps_its_whole_pages_and_takes_the_others_again(library: Path) -> None:
    log = library / f"reels/{UID}-{REEL:08x}/pages.log"
    whole = log.read_bytes()
    ends = {0, 1, 255, 256, 257, 300, 511, 512, 1000, len(whole) - 1}
    for end in sorted(ends):
        log.write_bytes(whole[:end])
        assert readable(library) == end // 256
        day_on_set(library)
        assert readable(library) == len(PAGES)
        assert log.stat().st_size % 256 == 0


def test_lines_torn_anywhere_cost_only_themselves(library: Path) -> None:
    path = library / f"reels/{UID}-{REEL:08x}/clock.jsonl"
    lines = path.read_bytes()
    for end in range(len(lines)):
        path.write_bytes(lines[:end])
        readable(library)
        Library(library).reel(UID, REEL).add_clock([clock_line(9)])
        assert Library(library).reel(UID, REEL).clock()[-1] == clock_line(9)


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b"\0" * 40, b'{"have": 1}'])
def test_a_damaged_ledger_is_made_anew(library: Path, content: bytes) -> None:
    path = library / f"reels/{UID}-{REEL:08x}/reel.json"
    path.write_bytes(content)
    assert readable(library) == len(PAGES)
    write_ledger(Library(library).reel(UID, REEL), {}, ENTRY, 5, set())
    assert json.loads(path.read_bytes())["pages"] == len(PAGES)


def test_a_take_whose_drain_was_killed_before_its_summary_is_summed_up_by_the_next(tmp_path: Path) -> None:
    shelf = Library(tmp_path / "lib")
    take = make_take(shelf, "S1", 1, "Ada", [Runner("Ada", [(2, 18)])])
    lost = Take("S1", "1", 2, start_us=1, end_us=2, start_utc="2026-01-02T00:00:00+00:00")
    lost.cast = [CastMember("Ada", [CastNode(UID, "left", REEL)])]
    assert [overdue(shelf, each) for each in (take, lost)] == [True, False]
    summarise(shelf, take)
    assert not overdue(shelf, shelf.take(take.name))


def test_one_damaged_take_does_not_hide_the_others(library: Path) -> None:
    shelf = Library(library)
    shelf.save_take(Take("S1", "1", 2, start_us=1, start_utc="2026-01-02T00:00:00+00:00"))
    (library / "takes/S1-1-T1/take.json").write_bytes(b"\0" * 100)
    assert [take.name for take in shelf.takes()] == ["S1-1-T2"]


def test_what_a_system_leaves_in_a_folder_is_no_reel(library: Path) -> None:
    (library / "reels/.DS_Store").write_bytes(b"x")
    assert len(list(Library(library).reels())) == 1


def test_a_folder_with_other_things_is_not_made_a_library(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(Exception, match="no library"):
        Library(tmp_path)
