"""The command line as users call it: a process of its own."""

from __future__ import annotations

import subprocess
import sys

COMMAND = [sys.executable, "-c", "from runslate.cli import main; main()"]


def run(*words: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run `runslate` with these words; output and status as they are."""
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=timeout, check=False)


def start(*words: str) -> subprocess.Popen[str]:
    """Start `runslate` and leave it running."""
    return subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
