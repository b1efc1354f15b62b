"""Opening many ports at once, and finding a node again whose port vanished."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from runslate import hostclock
from runslate.discovery import PortInfo, find_ports
from runslate.errors import RunslateError
from runslate.link import restarted
from runslate.node import Node
from runslate.port import Port, PortGoneError, open_port
from runslate.porterrors import BusyError
from runslate.sharing import open_shared

BACK_S = 5.0
"""How long a command waits for a node whose port vanished, or is busy: a board that enumerates anew takes one or two
seconds, and for a moment then something else may look at its port (on Linux ModemManager does)."""

LOOK_EVERY_S = 0.1
"""Between looks at the ports that are there."""


def open_nodes(
    ports: list[PortInfo], open_port: Callable[[str], Port] = open_port
) -> tuple[list[Node], list[RunslateError]]:
    """Open many ports at once; returns the nodes, sorted by name, and what went wrong.

    A node that has an address of its own may share its port with others: all of them are opened.
    """
    nodes: list[Node] = []
    problems: list[RunslateError] = []

    def open_one(port: PortInfo) -> list[Node] | RunslateError:
        try:
            return _open_moving(port, open_port)
        except RunslateError as error:
            return error

    with ThreadPoolExecutor(max(1, len(ports)), "open") as pool:
        for result in pool.map(open_one, ports):
            if isinstance(result, RunslateError):
                problems.append(result)
            else:
                nodes += result
    return sorted(nodes, key=lambda node: node.name), problems


def _open_moving(port: PortInfo, open_port: Callable[[str], Port]) -> list[Node]:
    """Open a port's nodes and read their settings; one that is busy or vanishes is tried again, by its unique id."""
    deadline_us = hostclock.now_us() + BACK_S * 1e6
    device = port.device
    while True:
        try:
            return _open_port(device, port.name, open_port)
        except (BusyError, PortGoneError) as error:
            lost = isinstance(error, PortGoneError) and not port.uid
            if lost or hostclock.now_us() > deadline_us:
                raise
        hostclock.sleep(LOOK_EVERY_S)
        device = next((each.device for each in find_ports() if port.uid and each.uid == port.uid), device)


def _open_port(device: str, label: str, open_port: Callable[[str], Port]) -> list[Node]:
    first = Node.open(device, label, open_port)
    nodes = open_shared(first, label, open_port) if first.link.heard_address else [first]
    try:
        for node in nodes:
            node.settings()
    except BaseException:
        close_all(nodes)
        raise
    return nodes


def close_all(nodes: Iterable[Node]) -> None:
    """Close the links of all nodes."""
    for node in nodes:
        node.close()


def no_node() -> RunslateError:
    """Say that nothing is connected."""
    return RunslateError(
        "No node is connected.",
        "A node is a board with our firmware on USB, or an emulated one.",
        "Plug one in, name its port with --port, or start one with `runslate sim`.",
    )


def find_again(node: Node, seconds: float = BACK_S, stop: threading.Event | None = None) -> None:
    """Wait until a node is there again, under whatever name, and go on with it.

    It is known by its unique id. A node that answers but has restarted is opened too, and told.

    Args:
        node: its port vanished.
        seconds: how long to look.
        stop: ends the search early.

    Raises:
        RestartedError: it is there and runs another boot.
        RunslateError: it did not come back; what was the matter last.
    """
    boot_id = node.boot_id
    problem = node.link.failed or no_node()
    deadline_us = hostclock.now_us() + seconds * 1e6
    while not (stop and stop.is_set()):
        for port in _candidates(node):
            try:
                node.reopen(port)
            except RunslateError as error:
                problem = error
                continue
            if node.boot_id != boot_id:
                raise restarted(node.port)
            return
        if hostclock.now_us() >= deadline_us:
            break
        hostclock.sleep(LOOK_EVERY_S)
    raise problem


def _candidates(node: Node) -> list[str]:
    """Ports where a node can be: those that tell its unique id, else the one where it was."""
    found = find_ports()
    named = [port.device for port in found if port.uid == node.uid]
    others = {port.device for port in found if port.uid and port.uid != node.uid}
    return named or [port for port in [node.port] if port not in others]
