"""Finding nodes without a port being named: known USB ids and the emulated nodes' registry."""

from __future__ import annotations

import os
from dataclasses import dataclass

KNOWN_USB: dict[tuple[int, int | None], str] = {
    (0x2E8A, None): "Raspberry Pi Pico",
    (0x2341, 0x005E): "Arduino Nano RP2040 Connect",
    (0x2341, 0x025E): "Arduino Nano RP2040 Connect (MicroPython)",
}
"""(vendor, product) of boards that may run our firmware; None: every product of that vendor.

Other ports are never probed: a stray byte can start a printer or reset somebody's experiment.
"""

OTHER_2E8A = {0x000C: "Raspberry Pi Debug Probe"}
"""Raspberry Pi products with a serial port that never run our firmware."""


@dataclass(frozen=True)
class PortInfo:
    """A port where a node may be."""

    device: str
    kind: str
    """"usb" or "virtual"."""
    description: str
    name: str = ""
    uid: str = ""


def find_ports() -> list[PortInfo]:
    """List the ports where nodes may be: emulated ones that run, and boards with known USB ids.

    A port that a proxy stands before is left out: the proxy has it open.
    """
    from runslate.sim import registry

    hidden = {entry.behind for entry in registry.list_ports()}
    return [port for port in (*_virtual_ports(), *_usb_ports()) if port.device not in hidden]


def choose_ports(named: list[str] | None) -> list[PortInfo]:
    """Give the named ports, with what is known of them, or all that are found."""
    found = find_ports()
    if not named:
        return found
    known = {port.device: port for port in found}
    return [known.get(device, PortInfo(device, "named", "")) for device in named]


def _virtual_ports() -> list[PortInfo]:
    from runslate.sim import registry

    return [
        PortInfo(entry.port, "virtual", "emulated node", entry.name, entry.uid)
        for entry in registry.list_ports()
        if os.path.exists(entry.port)
    ]


def _usb_ports() -> list[PortInfo]:
    from serial.tools import list_ports

    found = []
    for port in sorted(list_ports.comports(), key=lambda each: str(each.device)):
        board = board_name(port.vid, port.pid)
        if board:
            serial_number = (port.serial_number or "").lower()
            found.append(PortInfo(port.device, "usb", board, uid=serial_number))
    return found


def board_name(vendor: int | None, product: int | None) -> str:
    """Name the board of a USB id; "" if it is none of ours (or has no USB id)."""
    if vendor is None or product is None or (vendor == 0x2E8A and product in OTHER_2E8A):
        return ""
    return KNOWN_USB.get((vendor, product)) or KNOWN_USB.get((vendor, None), "")
