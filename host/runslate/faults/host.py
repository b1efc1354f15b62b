"""The host of a campaign: short-lived processes that do what a user does, and that can be killed at any moment."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import time
import traceback
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from runslate import rig as rigs
from runslate.arming import dock
from runslate.discovery import find_ports
from runslate.errors import RunslateError
from runslate.faults.mutants import MUTANTS
from runslate.library import Library
from runslate.node import Node
from runslate.rig import Rig

POST_ROLL_S = 0.2
"""Emulated runners stand at the end of a scene: no stride is under way at the cut."""

LISTED_S = 2.0
"""How long a host waits for ports that are away."""

SAMPLES_PER_S = 400
"""Fewer than any node's sensor gives: a part is off by two percent at most here."""

SCENE_WALL_S = 6.0
"""A node that has lost its power does not record to the scene's end."""


@dataclass(frozen=True)
class Errand:
    """What one host process is for.

    Attributes:
        work: "shoot", "cut" or "drain".
        library: its folder.
        registry: the runtime folder in which the nodes' ports are found.
        uids: the nodes that have to be there.
        scene_s: how long the runners run in a take; emulated time, which is faster than the wall.
        mutant: what is broken in it, "" for nothing.
    """

    work: str
    library: Path
    registry: Path
    uids: tuple[str, ...]
    scene_s: float = 0.0
    mutant: str = ""


class HostProcesses:
    """Starts host processes out of a server that has everything imported, so that each takes milliseconds."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["runslate.faults.host", "runslate.cli"])

    def start(self, errand: Errand) -> BaseProcess:
        """Send a host on its errand; its exit code is 0 when all is done."""
        process = self._context.Process(target=run_errand, args=(errand,), daemon=True)
        process.start()
        return process


def run_errand(errand: Errand) -> None:
    """Do one errand in this process and end it."""
    os.environ["XDG_RUNTIME_DIR"] = str(errand.registry)
    with (errand.registry / "hosts.log").open("a", buffering=1) as log:
        sys.stdout = sys.stderr = log
        logging.basicConfig(stream=log, level=logging.WARNING, format="%(message)s", force=True)
        print(f"{time.monotonic():.2f} {errand.work} {errand.library.name}")
        if errand.mutant:
            MUTANTS[errand.mutant](list(errand.uids))
        rigs.POST_ROLL_S = POST_ROLL_S
        _all_listed(errand)
        try:
            done = WORK[errand.work](errand)
        except RunslateError as error:
            print(f"{time.monotonic():.2f} {errand.work}: {error}")
            done = False
        except Exception:  # a user would see this: it belongs into the log before that closes
            traceback.print_exc()
            done = False
        print(f"{time.monotonic():.2f} {errand.work} {'done' if done else 'not done'}")
        os._exit(0 if done else 1)


def _all_listed(errand: Errand) -> None:
    """Wait until all ports are there, as a person does who looks at the cables first."""
    deadline = time.monotonic() + LISTED_S
    while not set(errand.uids) <= {port.uid for port in find_ports()} and time.monotonic() < deadline:
        time.sleep(0.05)


def _shoot(errand: Errand) -> bool:
    library = Library(errand.library)
    with Rig.find(library=library) as rig:
        if {node.uid for node in rig.nodes} != set(errand.uids):
            raise RunslateError("Not all nodes were found: " + " ".join(str(problem) for problem in rig.problems))
        rig.start()
        take = rig.roll(library.new_take("F", "1"))
        _watch(rig, errand.scene_s)
        rig.cut(take)
        return len(rig.live) == len(errand.uids)


def _watch(rig: Rig, scene_s: float) -> None:
    """Wait until all nodes that are left have recorded the scene."""
    wanted = scene_s * SAMPLES_PER_S
    deadline = time.monotonic() + SCENE_WALL_S
    while time.monotonic() < deadline:
        states = rig.each(Node.status).values()
        if all(status.samples >= wanted for status in states):
            return
        time.sleep(0.1)


def _cut(errand: Errand) -> bool:
    library = Library(errand.library)
    take = library.open_take()
    with Rig.find(library=library) as rig:
        if take is None:
            rig.stop_strays()
        else:
            rig.cut(take)
        return len(rig.live) == len(errand.uids)


def _drain(errand: Errand) -> bool:
    """Drain; done when every node's flash is empty of reels, or all are in this library and it is not the owner.

    What a user is told as a problem is no success, as in `runslate drain`: a node may answer again after its drain
    failed.
    """
    library = Library(errand.library)
    rolling = library.open_take()
    with Rig.find(library=library) as rig:
        if rolling is None:
            dock(rig, library)
        results = rig.drain()
        counts = rig.each(lambda node: len(node.reels()))
    owned = all(node.settings().get("library") in ("", library.id) for node in rig.nodes)
    all_here = all(result.state == "whole" or result.reason == "not closed" for result in results)
    whole = not rig.problems and set(counts) == set(errand.uids)
    return whole and (not any(counts.values()) if owned else all_here)


WORK = {"shoot": _shoot, "cut": _cut, "drain": _drain}
