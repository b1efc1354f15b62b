"""What there is to evaluate, and two of it at a time."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from runslate.evaluate import one
from runslate.evaluate.emulated import everything
from runslate.evaluate.emulated.everything import PREFIX, Play, plays
from runslate.evaluate.recordings import Item, find
from runslate.evaluate.result import Result

WORKERS = 2
"""VMs at once, where the machine has as many cores: each takes one, with its emulation."""

_WORTH_IT = 6  # to start two processes takes as long as to play some recordings

Done = Callable[[str, int, int], None]
"""Told a title, how many are done, and how many there are."""

Work = Item | Play
In = TypeVar("In")
Out = TypeVar("Out")


def chosen(folder: Path | None, only: str | None = None) -> list[Work]:
    """Return what there is to evaluate: recordings or emulated scenarios.

    Args:
        folder: holds sets as sub-folders, or is one set; None: there are no recordings.
        only: one set's name; "emulated" for all emulated ones.

    Raises:
        RunslateError: there is nothing to evaluate.
    """
    if only is not None and only.startswith(PREFIX):
        return list(plays(only, folder, find(folder) if folder else []))
    return list(find(folder, only)) if folder is not None else []


def evaluate(work: Work) -> Result:
    """Evaluate one recording or scenario.

    Raises:
        RunslateError: there is no MicroPython.
    """
    return one.evaluate(work) if isinstance(work, Item) else everything.run(work)


def in_processes(do: Callable[[In], Out], work: Sequence[In], done: Done | None = None) -> Iterator[Out]:
    """Yield what a function makes of each piece of work, in order; several run at once."""
    workers = min(WORKERS, os.cpu_count() or 1, len(work))
    if workers < 2 or len(work) < _WORTH_IT:
        pieces: Iterator[Out] = map(do, work)
        yield from _counted(pieces, len(work), done)
        return
    # Started afresh, not forked: the command line has threads of its own.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from _counted(pool.map(do, work), len(work), done)


def _counted(pieces: Iterator[Out], total: int, done: Done | None) -> Iterator[Out]:
    for count, piece in enumerate(pieces, 1):
        if done is not None:
            done("recordings", count, total)
        yield piece
