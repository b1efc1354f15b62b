"""Where other processes find emulated nodes: one small file per node in the user's own folder."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class SimEntry:
    """A node that another process can open.

    Attributes:
        name: the node's name.
        port: path of its serial port.
        pid: process that emulates it.
        uid: the board's unique id in hex.
    """

    name: str
    port: str
    pid: int
    uid: str


def registry_folder() -> Path:
    """Return the folder of entries: below $XDG_RUNTIME_DIR, else below the temporary folder."""
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(base) / f"runslate-{os.getuid()}" / "sim"


def register(entry: SimEntry) -> None:
    """Make a node findable."""
    folder = registry_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = _path(entry)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(entry)))
    part.replace(path)


def unregister(entry: SimEntry) -> None:
    """Remove a node's entry; no error if it is gone."""
    _path(entry).unlink(missing_ok=True)


def list_ports() -> list[SimEntry]:
    """Return the nodes whose process lives, by name; entries of dead processes are removed."""
    entries = []
    for path in sorted(registry_folder().glob("*.json")):
        entry = _load(path)
        if entry is None or not _alive(entry):
            with contextlib.suppress(OSError):
                path.unlink()
        else:
            entries.append(entry)
    return sorted(entries, key=lambda entry: (entry.name, entry.pid))


def _path(entry: SimEntry) -> Path:
    # The process is part of the name: two runs may both have a node called "ada".
    return registry_folder() / f"{entry.name}-{entry.pid}.json"


def _load(path: Path) -> SimEntry | None:
    try:
        fields = json.loads(path.read_text())
        return SimEntry(str(fields["name"]), str(fields["port"]), int(fields["pid"]), str(fields["uid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _alive(entry: SimEntry) -> bool:
    try:
        os.kill(entry.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return os.path.exists(entry.port)
