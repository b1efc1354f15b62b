"""Images that must not reach a board, drives that are none, and a copy that a board takes."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from host.commands import run
from host.flash.boards import RP2350, boot_drive, uf2
from runslate.errors import RunslateError
from runslate.examine import examine
from runslate.firmware import firmware_path
from runslate.flash import drive as drives
from runslate.flash.drive import Drive, copy_image, find_drives, read_drive
from runslate.flash.session import Flasher
from runslate.flash.uf2 import ABSOLUTE, FLASH_START, read_uf2
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec
from runslate.sim.sim import Sim


def image(folder: Path, data: bytes) -> Path:
    path = folder / "image.uf2"
    path.write_bytes(data)
    return path


def test_a_whole_image_is_read_for_its_chip(tmp_path: Path) -> None:
    read = read_uf2(image(tmp_path, uf2(5)))
    assert (read.chip, read.blocks, read.end) == ("RP2040", 5, FLASH_START + 5 * 256)


def test_picotools_extra_block_for_the_rp2350_is_no_second_chip(tmp_path: Path) -> None:
    extra = uf2(1, ABSOLUTE, 0x10FFFF00, total=2)
    assert read_uf2(image(tmp_path, extra + uf2(3, RP2350))).chip == "RP2350"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (uf2(4)[:-1], "cut short"),
        (uf2(4)[: 3 * 512], "not complete"),
        (uf2(4, total=9), "promises 9"),
        (uf2(4)[512:], "not complete"),
        (uf2(2) + uf2(2, RP2350), "2 kinds of chip"),
        (uf2(4)[: 2 * 512] + b"\0" * 512 + uf2(4)[3 * 512 :], "Block 2"),
        (uf2(4, start=0x2000_0000), "0x20000000"),
        (uf2(4, start=FLASH_START + 0xA0000), "reels"),
        (uf2(4097), "reels"),
        (b"MZ" * 1000, "not a UF2"),
        (b"", "not a UF2"),
    ],
)
def test_damaged_and_strange_images_are_refused(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(RunslateError, match=said):
        read_uf2(image(tmp_path, data))


def test_an_image_for_another_chip_is_not_copied(tmp_path: Path) -> None:
    folder = boot_drive(tmp_path / "drive", "RP2350")
    path = image(tmp_path, uf2())
    done = run("flash", "--image", str(path), "--drive", str(folder))
    assert done.returncode == 1
    assert "is for RP2040" in done.stderr
    assert "RP2350" in done.stderr
    assert [each.name for each in folder.iterdir()] == ["INFO_UF2.TXT"]


def test_a_folder_is_no_boot_drive(tmp_path: Path) -> None:
    done = run("flash", "--image", str(image(tmp_path, uf2())), "--drive", str(tmp_path))
    assert done.returncode == 1
    assert "BOOTSEL" in done.stderr


def test_drives_are_found_where_systems_mount_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted = boot_drive(tmp_path / "RPI-RP2")
    (tmp_path / "STICK").mkdir()
    monkeypatch.setattr(drives, "_places", lambda: iter(sorted(tmp_path.iterdir())))
    assert [(each.path, each.chip) for each in find_drives()] == [(mounted, "RP2040")]


def test_the_doctor_names_a_board_in_boot_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted = boot_drive(tmp_path / "RP2350", "RP2350")
    monkeypatch.setattr(drives, "_places", lambda: iter([mounted]))
    found = [check for check in examine(None, None) if check["check"] == "boot mode"]
    assert [(check["subject"], check["passed"]) for check in found] == [(str(mounted), False)]
    assert "RP2350" in found[0]["detail"]
    assert "runslate flash --image" in found[0]["cure"]


def test_a_board_that_does_not_take_the_image_is_told(tmp_path: Path) -> None:
    folder = boot_drive(tmp_path / "drive")
    found = read_drive(folder)
    assert found is not None
    with pytest.raises(RunslateError, match="still in boot mode"):
        copy_image(read_uf2(image(tmp_path, uf2())), found, lambda done, total: None, 0.2)


def test_a_full_drive_is_told(tmp_path: Path) -> None:
    folder = boot_drive(tmp_path / "drive")
    (folder / "RUNSLATE.UF2").symlink_to("/dev/full")
    with pytest.raises(RunslateError, match="broke off after 0 of"):
        copy_image(read_uf2(image(tmp_path, uf2())), Drive(folder, "RP2040", ""), lambda done, of: None)


def test_an_image_is_copied_whole_and_the_node_behind_it_greeted(tmp_path: Path) -> None:
    """The board's part is played by a folder that goes away and an emulated node that appears."""
    folder = boot_drive(tmp_path / "drive")
    data = uf2(2000)
    path = image(tmp_path, data)
    taken: list[bytes] = []

    def boot_rom(sim: Sim) -> None:
        copy = folder / "RUNSLATE.UF2"
        while not copy.exists() or copy.stat().st_size < len(data):
            time.sleep(0.01)
        taken.append(copy.read_bytes())
        (folder / "INFO_UF2.TXT").unlink()
        sim.__enter__()

    with_node = Sim([NodeSpec("tag", Standing(1.0))], tmp_path / "sim")
    rom = threading.Thread(target=boot_rom, args=(with_node,))
    rom.start()
    try:
        flasher = Flasher(firmware_path(), lambda words, done, of: None, boot_s=20)
        done = flasher.put_image(path, folder, None)
        assert taken == [data]
        assert done.image == "image.uf2"
        assert done.board == "virtual"
        assert done.written == []
    finally:
        rom.join()
        with_node.__exit__(None, None, None)
