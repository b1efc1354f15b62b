"""The settings that docs/protocol.md tells of are those that the firmware keeps."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_page_and_firmware_agree() -> None:
    section = (ROOT / "docs/protocol.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    told = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE))))
    tree = ast.parse((ROOT / "firmware/node/settings.py").read_text())
    (kept,) = (s.value for s in tree.body if isinstance(s, ast.Assign) and ast.unparse(s.targets[0]) == "_DEFAULTS")
    assert told == set(ast.literal_eval(kept))
