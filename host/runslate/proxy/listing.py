"""A proxy's entry in the registry of ports: other commands find the node there, and only there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType

from runslate.discovery import find_ports
from runslate.sim.registry import SimEntry, register, unregister


class Listing:
    """Lists a proxy's front in the place of the port behind it, under whatever name it has just now.

    Args:
        behind: the node's own port, which is left out of what others find meanwhile.
        pid: the process that keeps the proxy up.
        uid, name: of the node; looked up among the ports that are found when not given.
        folder: of the registry; None: the user's own.
    """

    def __init__(self, behind: str, pid: int, uid: str = "", name: str = "", folder: Path | None = None) -> None:
        known = None if uid else next((port for port in find_ports() if port.device == behind), None)
        self._folder = folder
        self._behind = behind
        self._pid = pid
        self._uid = uid or (known.uid if known else "")
        self._name = name or (known.name if known else "") or f"proxy-{pid}"
        self._entry: SimEntry | None = None

    def __enter__(self) -> Listing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def move(self, port: str) -> None:
        """The front is at this port now; "": it is away, and what is behind it stays hidden."""
        self._entry = SimEntry(f"{self._name}-front", port, self._pid, self._uid, self._behind)
        register(self._entry, self._folder)

    def remove(self) -> None:
        """The front is gone for good."""
        if self._entry is not None:
            with suppress(OSError):
                unregister(self._entry, self._folder)
            self._entry = None
