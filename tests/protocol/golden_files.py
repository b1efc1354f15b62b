"""The golden files, oldest first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "golden"


def all_golden() -> dict[int, dict[str, Any]]:
    """Every released revision's vectors by revision."""
    files = [json.loads(path.read_text("utf-8")) for path in FOLDER.glob("v*.json")]
    return {golden["revision"]: golden for golden in sorted(files, key=lambda g: g["revision"])}


def each(section: str) -> list[Any]:
    """The vectors of a section in all revisions, with names for pytest."""
    return [
        pytest.param(vector, id=f"v{revision}-{number}-{vector.get('name', section)}")
        for revision, golden in all_golden().items()
        for number, vector in enumerate(golden[section])
    ]
