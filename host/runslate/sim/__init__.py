"""Emulated nodes: the real firmware on MicroPython's unix VM, with everything around it emulated.

The names that other parts use are found here and loaded when they are used: looking for ports must
not cost the import of NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runslate.sim.motion import Motion, Standing, Truth
    from runslate.sim.node import NodeSpec, VirtualNode
    from runslate.sim.registry import SimEntry, list_ports
    from runslate.sim.sim import Sim

_HOME = {
    "Motion": "motion",
    "NodeSpec": "node",
    "Sim": "sim",
    "SimEntry": "registry",
    "Standing": "motion",
    "Truth": "motion",
    "VirtualNode": "node",
    "list_ports": "registry",
}

__all__ = [
    "Motion",
    "NodeSpec",
    "Sim",
    "SimEntry",
    "Standing",
    "Truth",
    "VirtualNode",
    "list_ports",
]


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
