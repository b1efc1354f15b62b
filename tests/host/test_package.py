"""The wheel: all that a computer without the checkout needs, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.build import build_wheel

ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_carries_the_firmware_and_has_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    wheel = build_wheel(str(tmp_path))
    names = set(ZipFile(tmp_path / wheel).namelist())
    firmware = {path.relative_to(ROOT / "firmware").as_posix() for path in (ROOT / "firmware").rglob("*.py")}
    assert {name.removeprefix("runslate/_firmware/") for name in names if "/_firmware/" in name} == firmware
    assert {"runslate/examples/filmography.csv", "runslate/report/style.css", "runslate/py.typed"} <= names
    version = re.search(r'"(.+)"', (ROOT / "firmware/node/version.py").read_text(encoding="utf-8"))
    assert version is not None
    assert wheel.startswith(f"runslate-{version[1]}-")
    others = {name for name in names if not re.match(r"runslate(_protocol)?/", name)}
    assert all(".dist-info/" in name for name in others)
