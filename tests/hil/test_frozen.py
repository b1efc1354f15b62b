"""The image with the firmware in it, on an emulated board: how it starts, whatever the flash holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hil.images import find_image
from hil.picobench import PicoBench, erased, stock_with_files
from hil.recording import assert_unbroken, drain, start_reel
from hil.targets import PICO, Target
from hil.uf2 import read_uf2
from runslate.sim.pico.console import PicoConsole
from runslate.sim.pico.images import RING_START

pytestmark = [pytest.mark.pico, pytest.mark.long]

SECTOR = 4096
STORAGE = (2048 - 1408) * 1024
REELS = RING_START
REEL_S = 3


@pytest.fixture(autouse=True)
def only_with_the_emulator(target: Target) -> None:
    if target.name != "pico":
        pytest.skip("boots emulated boards for two minutes: make hil TARGET=pico")


def board(kind: str, flash: bytes | None = None) -> PicoBench:
    return PicoBench(PICO.wiring, find_image(kind), flash)


def with_image(flash: bytes, kind: str) -> bytes:
    """The flash after the boot loader has written an image: everything else stays."""
    image = read_uf2(find_image(kind))
    assert image.start == 0
    return image.content + flash[len(image.content) :]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, int]:
    """A flash with the image, a setting and a reel; and the reel's id."""
    bench = board("runslate", erased(find_image("runslate")))
    node = bench.connect()
    node.set("runner", "Zoë")
    reel_id = start_reel(node, bench, REEL_S)
    bench.wait(REEL_S + 1.5)
    bench.close()
    return bench.pico.flash_contents(), reel_id


def test_starts_by_itself_on_a_blank_flash() -> None:
    bench = board("runslate")
    hello = bench.connect().hello
    assert hello.crash == ""
    assert hello.board == "pico"
    assert hello.imu == "LSM6DSO32"


def damaged(flash: bytes, how: str) -> bytes:
    """The flash with a file system that cannot be mounted."""
    changed = bytearray(flash)
    if how == "superblocks":  # still a littlefs to look at, but no checksum holds
        for sector in range(2):
            at = STORAGE + sector * SECTOR
            changed[at + 24 : at + SECTOR] = bytes(SECTOR - 24)
    else:
        changed[STORAGE:REELS] = bytes(range(256)) * ((REELS - STORAGE) // 256)
    return bytes(changed)


@pytest.mark.parametrize("how", ["superblocks", "all of it"])
def test_a_broken_file_system_costs_the_settings_and_no_reel(
    recorded: tuple[bytes, int], how: str, tmp_path: Path
) -> None:
    flash, reel_id = recorded
    bench = board("runslate", damaged(flash, how))
    node = bench.connect()
    assert node.get("runner") == ""
    if how == "superblocks":
        assert "file system was damaged" in node.hello.crash
    reel, ledger = drain(node, tmp_path, reel_id)
    assert ledger.whole
    assert_unbroken(reel)
    node.set("runner", "Ada")
    bench.lose_power()
    node = bench.connect()
    assert node.get("runner") == "Ada"
    assert bench.pico.flash_contents()[REELS:] == flash[REELS:]


def test_settings_and_reels_outlive_a_change_of_image_both_ways(recorded: tuple[bytes, int], tmp_path: Path) -> None:
    """The files of the stock board stay where they are, and do not win over the image's modules."""
    bench = board("stock", stock_with_files(find_image("stock")))
    node = bench.connect()
    node.set("runner", "Ada")
    reel_id = start_reel(node, bench, REEL_S)
    bench.wait(REEL_S + 1.5)
    bench.disconnect()
    for kind in ("runslate", "stock"):
        bench = board(kind, with_image(bench.pico.flash_contents(), kind))
        node = bench.connect()
        assert node.hello.crash == ""
        assert node.get("runner") == "Ada"
        reel, ledger = drain(node, tmp_path / kind, reel_id)
        assert ledger.whole
        assert_unbroken(reel)
        bench.disconnect()


def at_prompt(bench: PicoBench, statement: str) -> str:
    """Run a statement at the board's prompt and give what it prints."""
    console = PicoConsole(bench.pico)
    console.write(b"\r\x03\x01")
    console.read_until(b"raw REPL; CTRL-B to exit\r\n>", 5.0)
    console.write(statement.encode() + b"\x04")
    console.read_until(b"OK", 5.0)
    return console.read_until(b"\x04", 5.0)[:-1].decode().strip()


def test_boot_button_and_enter_repl_give_the_prompt() -> None:
    bench = board("runslate")
    node = bench.connect()
    node.enter_repl()
    bench.wait(1.0)
    bench.disconnect()
    assert at_prompt(bench, "import runslate_image; print(runslate_image.IMAGE)").startswith("Runslate ")
    bench.pico.power_cycle()
    bench.pico.run_until(lambda: bench.lamp(), 1.0)
    bench.pico.boot_button(True)
    bench.pico.boot()
    assert at_prompt(bench, "import sys; print('node.app' in sys.modules)") == "False"
