"""Emulated Picos that stay up on terminals, each at the wall's pace or, when it cannot keep it, slower."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from runslate.sim.node import NodeSpec
from runslate.sim.pico.lockstep import first_answer, plan_of, start_process, stop_process
from runslate.sim.pico.worker import BoardPlan, serve_terminal
from runslate.sim.registry import SimEntry, register, unregister


@dataclass(frozen=True)
class FreePico:
    """A board on a terminal: its description and the path that a host opens."""

    spec: NodeSpec
    plan: BoardPlan
    port: str

    @property
    def folder(self) -> Path:
        """Where its flash and truth files are."""
        return self.plan.folder


class FreePicos:
    """A context manager over boards that other processes find.

    Args:
        specs: the boards; their names must differ.
        folder: where flash and truth files are kept.

    Raises:
        RunslateError: no image, no emulator, a board that does not start.
    """

    def __init__(self, specs: Sequence[NodeSpec], folder: Path) -> None:
        self._specs = list(specs)
        self._folder = folder
        self._stack = ExitStack()
        self.nodes: list[FreePico] = []

    def __enter__(self) -> FreePicos:
        try:
            started = [self._begin(spec) for spec in self._specs]
            for spec, plan, wire in started:
                port = str(first_answer(wire, plan.name))
                self.nodes.append(FreePico(spec, plan, port))
                entry = SimEntry(spec.name, port, os.getpid(), spec.uid.hex())
                register(entry)
                self._stack.callback(unregister, entry)
        except BaseException:
            self._stack.close()
            raise
        return self

    def _begin(self, spec: NodeSpec) -> tuple[NodeSpec, BoardPlan, Connection]:
        plan = plan_of(spec, self._folder)
        process, wire = start_process(serve_terminal, plan)
        self._stack.callback(stop_process, process, wire)
        return spec, plan, wire

    def __exit__(self, *_: object) -> None:
        self._stack.close()
