"""The map of the code: what stands in no layer, or imports from above, is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools/map_page.py"


def refused(root: Path) -> str:
    """What the tool says of a checkout."""
    command = [sys.executable, str(TOOL), "--check", "--root", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


def made(root: Path, files: dict[str, str]) -> Path:
    """A checkout with these modules."""
    for name, code in files.items():
        path = root / "host/runslate" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("module", "code", "said"),
    [
        ("stray.py", "", "host/runslate/stray.py stands in no layer"),
        (
            "gait/eager.py",
            "from runslate.cli.common import say\n",
            "gait/eager.py imports cli/common from a layer above",
        ),
        ("gait/lazy.py", "def f():\n    from runslate import rig\n", "gait/lazy.py imports rig from a layer above"),
        (
            "bar/bests.py",
            "from runslate.bar.shelf import counts\n",
            "bar/bests.py imports bar/shelf from a layer above",
        ),
    ],
)
def test_what_breaks_the_layers_is_named(tmp_path: Path, module: str, code: str, said: str) -> None:
    assert said in refused(made(tmp_path, {"rig.py": "", "cli/common.py": "", "bar/shelf.py": "", module: code}))


def test_a_module_may_import_from_below(tmp_path: Path) -> None:
    files = {"errors.py": "", "cli/common.py": "from runslate.errors import RunslateError\n"}
    assert "imports" not in refused(made(tmp_path, files))
