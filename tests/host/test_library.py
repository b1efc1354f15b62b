"""The library on disk: private, crash-safe, explaining itself."""

from __future__ import annotations

import fcntl
import json
import stat
from pathlib import Path

import pytest
from runslate import pages
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.take import CastMember, CastNode

from host import pagemaker


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "lib")


def test_everything_is_private(library: Library) -> None:
    store = library.reel("aa", 7)
    store.append(pagemaker.small_reel())
    store.save_ledger(store.ledger())
    store.add_clock([{"host_us": 1}])
    library.save_take(library.new_take("S1", "1"))
    for path in library.path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_library_explains_itself_also_one_of_before_it_did(library: Library) -> None:
    readme = library.path / "README.txt"
    words = readme.read_text()
    assert str(pages.PAGE_BYTES) in words
    readme.unlink()
    assert Library(library.path).takes() == []
    assert not readme.exists()  # looking writes nothing
    library.save_take(library.new_take("S1", "1"))
    assert readme.read_text() == words
    readme.write_text("my own")
    library.save_take(library.new_take("S1", "1"))
    assert readme.read_text() == "my own"


def test_a_torn_last_record_is_told_ignored_and_cut_off_by_the_next_append(
    library: Library,
) -> None:
    made = pagemaker.small_reel()
    store = library.reel("aa", 7)
    store.append(made[:4])
    with store.log.open("ab") as file:
        file.write(made[4][:100])
    table, notes = store.good_pages()
    assert len(table) == 4
    assert "100 bytes are ignored" in notes[0]
    store.append(made[4:])
    assert store.read() == b"".join(made)
    assert store.good_pages()[1] == []


def test_a_page_damaged_on_disk_is_never_used_and_is_told(library: Library) -> None:
    made = pagemaker.small_reel()
    store = library.reel("aa", 7)
    store.append(made)
    damaged = bytearray(store.read())
    damaged[2 * 256 + 50] ^= 1
    store.log.write_bytes(damaged)
    table, notes = store.good_pages()
    assert store.indices() == set(range(len(made))) - {2}
    assert len(table) == len(made) - 1
    assert "bad CRC" in notes[0]


def test_a_bad_page_is_not_stored(library: Library) -> None:
    with pytest.raises(RunslateError, match="CRC"):
        library.reel("aa", 7).append([bytes(256)])
    assert not library.reel("aa", 7).log.exists()


def test_pages_are_read_in_index_order_each_once(library: Library) -> None:
    made = pagemaker.small_reel()
    store = library.reel("aa", 7)
    store.append([made[3], made[0], made[3], made[1]])
    assert [row.tobytes() for row in store.good_pages()[0]] == [made[0], made[1], made[3]]


def test_two_programs_do_not_write_one_reel(library: Library) -> None:
    store = library.reel("aa", 7)
    store.append(pagemaker.small_reel()[:1])
    with store.log.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(RunslateError, match="Another program"):
            store.append(pagemaker.small_reel()[1:2])


def test_clock_lines_survive_a_torn_append(library: Library) -> None:
    store = library.reel("aa", 7)
    lines = [{"host_us": n, "utc_us": n, "board_us": n, "rtt_us": n, "boot_id": n} for n in (1, 2, 4)]
    store.add_clock(lines[:2])
    with (store.folder / "clock.jsonl").open("ab") as file:
        file.write(b'{"host_us": 3, "bo')
    store.add_clock(lines[2:])
    assert store.clock() == lines


def test_take_numbers_are_unique_in_their_setup(library: Library) -> None:
    names = []
    for scene, setup in (("S1", "1"), ("S1", "1"), ("S1", "2"), ("S1", "1")):
        take = library.new_take(scene, setup)
        library.save_take(take)
        names.append(take.name)
    assert names == ["S1-1-T1", "S1-1-T2", "S1-2-T1", "S1-1-T3"]
    (library.take_folder("S1-1-T3") / "take.json").write_bytes(b"")  # damaged, it keeps its number
    assert library.new_take("S1", "1").name == "S1-1-T4"


def test_a_take_comes_back_as_it_was_saved(library: Library) -> None:
    take = library.new_take("S1", "4A")
    take.cast = [CastMember("mary", [CastNode("aa", "left", 7)])]
    library.save_take(take)
    assert library.take("S1-4A-T1") == take


@pytest.mark.parametrize("scene", ["../up", "a-b", "", "a b"])
def test_a_scene_cannot_leave_the_folder_or_blur_the_name(library: Library, scene: str) -> None:
    with pytest.raises(RunslateError, match="Letters, digits"):
        library.new_take(scene, "1")


def test_an_unknown_take_names_the_last_ones(library: Library) -> None:
    library.save_take(library.new_take("S9", "1"))
    with pytest.raises(RunslateError, match="S9-1-T1"):
        library.take("S1-1-T1")


def test_a_folder_of_something_else_is_not_made_a_library(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(RunslateError, match="no library"):
        Library(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_library_of_a_later_format_is_left_alone(library: Library) -> None:
    facts = library.path / "library.json"
    facts.write_text(json.dumps({"id": "00" * 8, "format": 99}))
    with pytest.raises(RunslateError, match="Update"):
        Library(library.path)
