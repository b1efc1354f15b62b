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
        port: path of its serial port; "" while it is away.
        pid: process that emulates it.
        uid: the board's unique id in hex.
        behind: for a proxy, the port that it stands before; "" for a node itself.
    """

    name: str
    port: str
    pid: int
    uid: str
    behind: str = ""


def registry_folder() -> Path:
    """Return the folder of entries: below $XDG_RUNTIME_DIR, else below the temporary folder."""
    return folder_below(Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()))


def folder_below(runtime: Path) -> Path:
    """Return the folder of entries for a process whose $XDG_RUNTIME_DIR is `runtime`."""
    return runtime / f"runslate-{os.getuid()}" / "sim"


def register(entry: SimEntry, folder: Path | None = None) -> None:
    """Make a node findable, for those who look into `folder`; None: the user's own."""
    path = _path(entry, folder)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(entry)), encoding="utf-8")
    part.replace(path)


def unregister(entry: SimEntry, folder: Path | None = None) -> None:
    """Remove a node's entry; no error if it is gone."""
    _path(entry, folder).unlink(missing_ok=True)


def list_ports() -> list[SimEntry]:
    """Return the nodes whose process lives, by name; entries of dead processes are removed.

    The port of an entry can be away just now.
    """
    entries = []
    for path in sorted(registry_folder().glob("*.json")):
        entry = _load(path)
        if entry is None or not _alive(entry.pid):
            with contextlib.suppress(OSError):
                path.unlink()
        else:
            entries.append(entry)
    return sorted(entries, key=lambda entry: (entry.name, entry.pid))


def _path(entry: SimEntry, folder: Path | None) -> Path:
    # The process is part of the name: two runs may both have a node called "ada".
    return (folder or registry_folder()) / f"{entry.name}-{entry.pid}.json"


def _load(path: Path) -> SimEntry | None:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        name, port, uid = (str(fields[key]) for key in ("name", "port", "uid"))
        return SimEntry(name, port, int(fields["pid"]), uid, str(fields.get("behind", "")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
