"""The scripts of `vm/`, run on the MicroPython VM; every test function in them is a test here."""

from __future__ import annotations

import pytest
from firmware.vmkit import cases_of, run_script

SCRIPTS = dict.fromkeys(("arming.py", "bus.py", "reels.py", "sampling.py", "small.py", "talking.py"), "384k")
# A whole partition in memory.
SCRIPTS["settling.py"] = "8m"

CASES = [(script, name) for script in SCRIPTS for name in cases_of(script)]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What a script printed, by its name; each runs once."""
    known: dict[str, str] = {}

    def of(script: str) -> str:
        if script not in known:
            folder = tmp_path_factory.mktemp(script[:-3])
            result = run_script(script, str(folder), heap=SCRIPTS[script])
            known[script] = result.stdout + result.stderr
        return known[script]

    return of


@pytest.mark.parametrize(("script", "name"), CASES, ids=[f"{s[:-3]}-{n[5:]}" for s, n in CASES])
def test_on_vm(said, script, name):
    output = said(script)
    failure = output.partition(f"FAIL {name}\n")[2]
    assert f"PASS {name}\n" in output, failure or output
