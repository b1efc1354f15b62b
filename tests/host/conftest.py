"""Nothing of the user's own nodes or library is touched by these tests, and none is found."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry of emulated nodes and a library of this test alone."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("RUNSLATE_LIBRARY", str(tmp_path / "lib"))
