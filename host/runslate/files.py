"""Files that survive a power loss and that only their owner reads: 0600 in folders of 0700."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def make_folder(path: Path) -> Path:
    """Make a private folder (and its missing parents); returns it."""
    missing = [path, *path.parents]
    for folder in reversed([entry for entry in missing if not entry.exists()]):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    return path


def write_private(path: Path, data: bytes) -> None:
    """Replace a file's content as one step: after a power loss it is the old or the new one."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    except OSError:
        scratch.unlink(missing_ok=True)  # on a full disk a part of a file takes the room that the next attempt needs
        raise
    sync_folder(path.parent)


def is_scratch(path: Path) -> bool:
    """Tell whether a file is one that `write_private` had begun when its program ended."""
    return path.name.startswith(".") and path.name.endswith(".new")


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, document: Any) -> None:
    """Replace a JSON file as one step."""
    write_private(path, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())


def append_private(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Append to a private file in one write; `durable`: wait until the disk has it.

    What is not durable survives this program's end, however it comes, but not the computer's power loss.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
    with os.fdopen(descriptor, "ab") as file:
        file.write(data)
        file.flush()
        if durable:
            os.fsync(file.fileno())


def append_lines(path: Path, documents: list[dict[str, Any]], *, durable: bool = True) -> None:
    """Append one JSON document per line, on a new line also after a torn one."""
    if not documents:
        return
    lines = b"".join(json.dumps(each).encode() + b"\n" for each in documents)
    append_private(path, (b"\n" if _is_torn(path) else b"") + lines, durable=durable)


def _is_torn(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def each_line(path: Path) -> Iterator[dict[str, Any]]:
    """Read a file of JSON lines one by one; what is torn (power loss while appending) or no object is left out."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            with suppress(ValueError):
                if isinstance(document := json.loads(line), dict):
                    yield document
