"""The command line as users call it: a process of its own."""

from __future__ import annotations

import subprocess
import sys

from runslate.cli import app
from runslate.errors import RunslateError
from typer.testing import CliRunner

COMMAND = [sys.executable, "-c", "from runslate.cli import main; main()"]


def run(*words: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run `runslate` with these words; output and status as they are."""
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=timeout, check=False)


def start(*words: str) -> subprocess.Popen[str]:
    """Start `runslate` and leave it running."""
    return subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def call(*words: str) -> subprocess.CompletedProcess[str]:
    """Run `runslate` with these words in this process: a second faster, where no process has to be its own."""
    done = CliRunner().invoke(app, words)
    if isinstance(done.exception, RunslateError):
        return subprocess.CompletedProcess(words, 1, done.stdout, f"runslate: {done.exception}")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)
