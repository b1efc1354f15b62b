"""How well links do: drain speed, and many nodes on one host. Each returns JSON-ready figures."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from runslate_protocol.constants import State

from runslate.drain import Drained
from runslate.library import Library
from runslate.node import Node
from runslate.pages import PAGE_BYTES
from runslate.port import open_port
from runslate.proxy.relay import Proxy
from runslate.proxy.wire import Chances
from runslate.rig import Rig
from runslate.rolling import start_reel
from runslate.sim.course import Segment
from runslate.sim.node import NodeSpec
from runslate.sim.parametric import ParametricRunner
from runslate.sim.sim import Sim
from runslate.sim.vm import Terminal, find_micropython

USB_BYTES_PER_S = 19 * 64 * 1000
"""What bulk transfers carry at full speed at best: 19 packets of 64 bytes per millisecond (USB 2.0, table 5-9)."""

STORAGE_16_MB = (16 - 1) * 1024 * 1024
"""What is left for reels and settings of a 16-MB flash beside MicroPython itself."""

Say = Callable[[str], None]


def runner(number: int, seconds: float, *, stepped: bool, flash_bytes: int = 0) -> NodeSpec:
    """Make a node whose runner stands for a second, then runs for so long."""
    course = (Segment("stand", 1.0), Segment("run", seconds, cadence_spm=168 + 2 * (number % 9), speed_mps=3.5))
    motion = ParametricRunner(course, foot=("left", "right")[number % 2], seed=number)
    spec = NodeSpec(f"tag{number}", motion, seed=number, start="record", clock="stepped" if stepped else "wall")
    if flash_bytes:
        spec.flash_bytes = flash_bytes
    return spec


def _drain_rates(node: Node, folder: Path, tries: int) -> tuple[list[float], Drained]:
    """Drain a node again and again, its flash freed by the last time only; bytes of pages a second of each."""
    rates = []
    node.set("library", Library(folder / f"library{tries - 1}").id)
    for number in range(tries):
        if number:
            node.reopen()
        with Rig([node], Library(folder / f"library{number}")) as rig:
            began = time.monotonic()
            (result,) = rig.drain()
            rates.append(result.fetched * PAGE_BYTES / (time.monotonic() - began))
    return rates, result


def drain(folder: Path, minutes: float, baud: int = 0, tries: int = 3) -> dict[str, Any]:
    """Drain one long reel of a 16-MB node; its speed beside what the port itself carries in the same run.

    Args:
        folder: an empty one.
        minutes: length of the reel.
        baud: throttles the port to this rate; 0: a pseudo-terminal, whose rate is measured beside.
        tries: how often it is drained, each time into a library of its own; the last one frees it.
    """
    spec = runner(1, 60 * minutes, stepped=True, flash_bytes=STORAGE_16_MB)
    with Sim([spec], folder / "nodes", listed=False) as sim:
        with closing(Node.open(sim.ports[spec.name])) as node:
            seconds = record(node, 60 * minutes)
        with ExitStack() as opened:
            port, ceiling = sim.ports[spec.name], 0.0
            if baud:
                proxy = opened.enter_context(Proxy(open_port(port), Chances(), baud=baud))
                port, ceiling = proxy.port, proxy.bytes_per_s
            node = opened.enter_context(closing(Node.open(port)))
            ceiling = ceiling or port_rate()
            rates, result = _drain_rates(node, folder, tries)
    ours = statistics.median(rates)
    return {
        "unit": "bytes of pages per second",
        "ours": round(ours),
        "peers": {},
        "ratio": {},
        "spread": {"ours": [round(min(rates)), round(max(rates))]},
        "ceiling": round(ceiling),
        "share_of_ceiling": round(ours / ceiling, 3),
        "share_of_usb_full_speed": round(ours / USB_BYTES_PER_S, 3),
        "pages": result.pages,
        "state": result.state,
        "reel_s": round(seconds, 1),
    }


def record(node: Node, seconds: float) -> float:
    """Record a scene on a node with the stepped clock; returns how much sensor time its reel holds."""
    start_reel(node, int(seconds))
    while node.status().state == State.RECORDING:
        time.sleep(0.2)
    return node.status().samples / 417


FLOOD = """
import select, sys
out = select.poll()
out.register(sys.stdout, select.POLLOUT)
piece = b"x" * 64
for _ in range(%d):
    for _, ready in out.ipoll(1000):
        sys.stdout.buffer.write(piece)
"""
"""What a firmware would do that has nothing else to do: the same pieces, the same poll before each."""


def port_rate(pieces: int = 40_000) -> float:
    """Measure what a pseudo-terminal carries from a MicroPython VM to this host, in bytes a second."""
    terminal = Terminal()
    port = open_port(terminal.port)
    script = [find_micropython(), "-c", FLOOD % pieces]
    began, count, last = time.monotonic(), 0, time.monotonic()
    with subprocess.Popen(script, stdin=terminal.master, stdout=terminal.master) as flood:
        while count < 64 * pieces and (flood.poll() is None or time.monotonic() - last < 0.5):
            data = port.read(4096)
            if data:
                began, last = (began if count else time.monotonic()), time.monotonic()
                count += len(data)
    port.close()
    terminal.close()
    return count / (last - began)


def many(folder: Path, nodes: int = 16, seconds: float = 20.0, say: Say = lambda _: None) -> dict[str, Any]:
    """Record and drain many nodes at once, one of them dead in the middle; what it cost the host.

    The nodes' clock is stepped: two processor cores cannot run 16 virtual boards at the wall's pace.

    Returns:
        what was lost, how long each node's drain took, and this process's processor time and memory; both include
        the emulation of the sensors and flashes, which runs in the same process.
    """
    specs = [runner(number, seconds, stepped=True) for number in range(nodes)]
    with Sim(specs, folder / "nodes", listed=False) as sim:
        library = Library(folder / "library")
        with Rig.find(list(sim.ports.values()), library) as rig:
            say(f"{len(rig.nodes)} nodes record {seconds:.0f} s")
            before = _cost()
            rig.start()
            take = rig.roll(library.new_take("B", "1"))
            _until(rig, seconds)
            rig.cut(take)
            overruns = sum(status.overruns for status in rig.each(Node.status).values())
            recorded = _cost()
            dead = sim.nodes[specs[0].name]
            dead.kill()
            say("drain, one node dead")
            ends: dict[str, float] = {}
            began = time.monotonic()
            drained = rig.drain(lambda name, *_: ends.update({name: time.monotonic() - began}))
            dead_s = time.monotonic() - began
            after = _cost()
    lasted = sorted(ends.values())
    return {
        "nodes": nodes,
        "seconds": seconds,
        "overruns": overruns,
        "whole": sum(each.state == "whole" for each in drained),
        "pages": sum(each.pages for each in drained),
        "drain_s_first": round(lasted[0], 2),
        "drain_s_last": round(lasted[-1], 2),
        "drain_s_with_the_dead_one": round(dead_s, 2),
        "cpu_s_record": round(recorded["cpu_s"] - before["cpu_s"], 2),
        "cpu_s_drain": round(after["cpu_s"] - recorded["cpu_s"], 2),
        "memory_mb_before": before["memory_mb"],
        "memory_mb_after": after["memory_mb"],
    }


def _until(rig: Rig, seconds: float) -> None:
    deadline = time.monotonic() + 20 * seconds + 60
    while time.monotonic() < deadline:
        if all(status.samples >= 400 * seconds for status in rig.each(Node.status).values()):
            return
        time.sleep(0.3)


def _cost() -> dict[str, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
    return {
        "cpu_s": used.ru_utime + used.ru_stime,
        "memory_mb": round(pages * resource.getpagesize() / 1e6, 1) if pages else round(used.ru_maxrss / 1e3, 1),
    }
