"""Looking at what is connected: what answers at each port, and a doctor's list of checks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from runslate_protocol.constants import Reason, State, name_of
from runslate_protocol.fingerprint import fingerprint
from runslate_protocol.messages import StatusReply

from runslate.discovery import PortInfo, choose_ports
from runslate.errors import RunslateError
from runslate.flash.drive import Drive, find_drives
from runslate.library import Library, default_path
from runslate.node import Node
from runslate.opening import close_all, no_node, open_nodes

LOW_BATTERY_MV = 3500
"""A lithium cell below this has a tenth of its charge left."""

SHORT_S = 60
"""Less room than a minute is worth a warning: takes last longer."""

Check = dict[str, Any]


def look_at_ports(ports: list[PortInfo]) -> list[dict[str, Any]]:
    """Greet what is at these ports; one JSON-ready dictionary each, `problem` is "" when fine."""
    return [_look(port) for port in ports]


def _look(port: PortInfo) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "port": port.device,
        "kind": port.kind,
        "board": port.description,
        "name": port.name,
        "uid": port.uid,
        "state": "",
        "problem": "",
    }
    try:
        node = Node.open(port.device, port.name)
    except RunslateError as error:
        return entry | {"problem": str(error), "state": "busy" if "busy" in error.what else "?"}
    try:
        facts = node.facts() | {"state": name_of(State, node.status().state)}
    except RunslateError as error:
        facts = {"problem": str(error)}
    finally:
        node.close()
    return entry | facts


def examine(ports: list[str] | None, library: Path | None) -> list[Check]:
    """Check this computer, the library and all nodes; never changes anything."""
    checks = [_python(), *_library(library)]
    chosen = choose_ports(ports)
    checks += [_boot_drive(drive) for drive in find_drives()]
    if not chosen:
        error = no_node()
        return [*checks, check("ports", "nodes", False, error.what, error.cure)]
    nodes, problems = open_nodes(chosen)
    checks += [check("ports", "greeting", False, error.what, error.cure) for error in problems]
    try:
        emulated = {port.device for port in chosen if port.kind == "virtual"}
        for node in nodes:
            checks += _node(node, emulated=node.port in emulated)
    finally:
        close_all(nodes)
    return checks


def check(subject: str, name: str, passed: bool, detail: str, cure: str = "") -> Check:
    """Make one line of the doctor's list."""
    return {"subject": subject, "check": name, "passed": passed, "note": False, "detail": detail, "cure": cure}


def note(subject: str, name: str, detail: str, cure: str) -> Check:
    """Make a line about what is not wrong, but may not be meant."""
    return check(subject, name, True, detail, cure) | {"note": True}


def _boot_drive(drive: Drive) -> Check:
    return check(
        str(drive.path),
        "boot mode",
        False,
        f"{drive.model} ({drive.chip}) in boot mode: it runs no firmware",
        f"`runslate flash --image UF2 --drive {drive.path}`, or plug it in again without BOOTSEL.",
    )


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return check("computer", "Python", sys.version_info >= (3, 11), version, "Use 3.11 or later.")


def _library(path: Path | None) -> list[Check]:
    folder = path or default_path()
    if not folder.exists():
        return [check("library", "folder", True, f"{folder} will be made by the first take")]
    try:
        library = Library(folder, create=False)
    except RunslateError as error:
        return [check("library", "folder", False, error.what, error.cure)]
    writable = os.access(folder, os.W_OK)
    cure = f"Make {folder} writable for you (`chmod -R u+w`)."
    return [check("library", "folder", writable, f"{folder}, {len(library.takes())} takes", cure)]


def _node(node: Node, *, emulated: bool) -> list[Check]:
    try:
        return [*_identity(node), _pairing(node, emulated=emulated), *_state(node), *_selftest(node)]
    except RunslateError as error:
        return [check(node.port, "talk", False, error.what, error.cure)]


def _identity(node: Node) -> list[Check]:
    hello = node.hello
    same = hello.fingerprint == fingerprint()
    crash = hello.crash.strip().splitlines()
    return [
        check(
            node.name,
            "firmware",
            same,
            f"{hello.firmware} on {hello.board}, protocol {hello.version_low} to "
            f"{hello.version_high}, messages {hello.fingerprint:08x}",
            f"`runslate flash --port {node.port}`",
        ),
        check(
            node.name,
            "last crash",
            not crash,
            crash[-1] if crash else "none",
            "Keep this line for a report; the node has restarted since.",
        ),
    ]


def _pairing(node: Node, *, emulated: bool) -> Check:
    """A node without a runner records all the same, under its own name."""
    if node.settings().get("runner"):
        return check(node.name, "pairing", True, f"{node.runner}, {node.foot or 'no foot'}")
    by_hand = f"`runslate node set runner NAME --port {node.port}`; foot, left or right, likewise."
    by_stamp = f"`runslate node pair --port {node.port}`"
    return note(node.name, "pairing", "no runner: goes by its own name", by_hand if emulated else by_stamp)


def _state(node: Node) -> list[Check]:
    status = node.status()
    pings = sorted(node.ping()["rtt_us"] for _ in range(8))
    open_reels = [e for e in node.reels() if e.reason == Reason.OPEN]
    unclosed = [e for e in open_reels if e.reel_id != status.reel_id or status.state != State.RECORDING]
    battery = status.battery_mv
    return [
        _room(node.name, status),
        check(
            node.name,
            "battery",
            battery == 0 or battery >= LOW_BATTERY_MV,
            f"{battery} mV" if battery else "not measured",
            "Charge it.",
        ),
        check(
            node.name,
            "reels",
            not unclosed,
            f"{len(unclosed)} not closed" if unclosed else "all closed",
            "Power was lost while recording: `runslate drain` brings in what is there.",
        ),
        check(node.name, "round trip", pings[0] < 50_000, f"{pings[0] / 1000:.1f} ms at best"),
    ]


def _room(name: str, status: StatusReply) -> Check:
    """A node that erases, after a drain or the first start, has its room in a moment."""
    left = f"{status.seconds_left} s left, {status.pages_free} of {status.pages_total} pages free"
    if status.state == State.PREPARING:
        return check(name, "room", True, f"preparing: it erases what was freed; so far {left}")
    enough = status.state == State.RECORDING or status.seconds_left >= SHORT_S
    return check(name, "room", enough, left, "`runslate drain` brings the reels in and frees their space.")


def _selftest(node: Node) -> list[Check]:
    state = node.status().state
    if state in (State.RECORDING, State.ARMED):
        return [check(node.name, "self test", True, f"not while {name_of(State, state)}")]
    return [
        check(node.name, item.name, bool(item.passed), item.detail, "See the sentence beside it.")
        for item in node.selftest().checks
    ]
