"""Where `make image` puts its images; a test whose image is missing or old is skipped with the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def image_path(kind: str, board: str = "pico") -> Path:
    """The image of a kind, `stock` or `runslate`, whether or not it has been built."""
    if kind == "stock":
        return ROOT / "build" / f"micropython-{board}.uf2"
    built = sorted((ROOT / "build").glob(f"runslate-{board}-*.uf2"))
    return built[-1] if built else ROOT / "build" / f"runslate-{board}.uf2"


def find_image(kind: str, board: str = "pico") -> Path:
    """The same, skipping the test when it has not been built from the present firmware."""
    path = image_path(kind, board)
    cure = f"build it with tools/build_image.sh {kind} {board}"
    if not path.exists():
        pytest.skip(f"there is no {kind} image for {board}: {cure}")
    newest = max(source.stat().st_mtime for source in (ROOT / "firmware").rglob("*.py"))
    if kind == "runslate" and path.stat().st_mtime < newest:
        pytest.skip(f"the image for {board} is older than the firmware: {cure}")
    return path
