"""Runs Runslate's own commands, as a person at the laptop would type them, and reads their answers."""

from __future__ import annotations

import io
import json
import shlex
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

from runslate.errors import RunslateError


def typed(words: Sequence[str]) -> str:
    """Write a command as it is typed."""
    return shlex.join(["runslate", *words])


def run(words: Sequence[str]) -> dict[str, Any]:
    """Run a command within this process; returns its JSON document.

    Raises:
        RunslateError: the command failed, or said so by its exit status.
    """
    from runslate.cli import app

    out = io.StringIO()
    with redirect_stdout(out):
        status = app([*words, "--json"], standalone_mode=False)
    if status:
        raise RunslateError(f"`{typed(words)}` ended with status {status}.", "It should have worked.", out.getvalue())
    document = json.loads(out.getvalue())
    assert isinstance(document, dict)
    return document
