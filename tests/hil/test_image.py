"""The image with the firmware in it: what it holds and where it goes, without running it."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest
from hil.images import ROOT, find_image
from hil.uf2 import Uf2, read_uf2
from runslate.flash.build import NOT_FOR_BOARDS

pytestmark = pytest.mark.pico

STORAGE = {"pico": (2048 - 1408) * 1024, "pico2": 1024 * 1024, "picolipo": 1024 * 1024}
"""First byte of the storage that file system and reels lie in, as MicroPython's boards define it."""

FAMILY = {"pico": 0xE48BFF56, "pico2": 0xE48BFF59, "picolipo": 0xE48BFF56}

PORT_MODULES = {"_boot.py", "rp2.py", "runslate_image.py"}


@pytest.fixture(params=["pico", "pico2", "picolipo"])
def board(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def image(board: str) -> Uf2:
    return read_uf2(find_image("runslate", board))


def firmware_modules() -> set[str]:
    folder = ROOT / "firmware"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")} - set(NOT_FOR_BOARDS)


def frozen_modules(content: bytes) -> set[str]:
    """The names in the image's table of frozen modules: each ends with a zero, an empty one is last."""
    tables = re.findall(rb"(?:[\w/]+\.py\0)+\0", content)
    return {name.decode() for name in max(tables, key=len).split(b"\0") if name}


def test_the_version_is_inside_and_that_of_the_package(image: Uf2, board: str) -> None:
    assert f"Runslate {metadata.version('runslate')} for {board}".encode() in image.content


def test_every_module_of_the_firmware_is_frozen_and_nothing_else(image: Uf2) -> None:
    assert frozen_modules(image.content) == firmware_modules() | PORT_MODULES


def test_the_image_ends_below_the_reels(image: Uf2, board: str) -> None:
    assert image.families == {FAMILY[board]}
    assert image.start == 0
    assert len(image.content) <= STORAGE[board]


def test_a_pico_2_starts_it(board: str, image: Uf2) -> None:
    """The RP2350's boot loader looks for this word in the first 4 KB; the RP2040's does not."""
    starts = image.content[:4096].find(bytes.fromhex("d3deffff")) >= 0
    assert starts == (board == "pico2")


def test_no_path_of_the_machine_that_built_it_is_inside(image: Uf2) -> None:
    assert str(ROOT).encode() not in image.content


def test_the_notice_names_every_part(board: str) -> None:
    find_image("runslate", board)
    text = Path(ROOT / "build" / f"NOTICE-image-{board}.txt").read_text()
    for name in ("Runslate firmware", "MicroPython", "pico-sdk", "TinyUSB", "littlefs", "libgcc"):
        assert re.search(rf"^ +[0-9]+  {name}", text, re.MULTILINE), name
    for phrase in ("Permission is hereby granted, free of charge", "Redistribution and use in source and binary"):
        assert phrase in text
