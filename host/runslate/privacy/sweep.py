"""Every file of a library: does it tell a name, and how is the name taken out of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runslate import pages
from runslate.chain import PURGED, Chain
from runslate.explained import WORDS
from runslate.files import FILE_MODE, write_json, write_private
from runslate.library import Library
from runslate.privacy import journal
from runslate.privacy.names import GONE, Name, scrub

RAW = "pages.log"


def files_of(library: Library) -> Iterator[Path]:
    """Go through all files of a library but the plan of the purge that runs."""
    for path in sorted(library.path.rglob("*")):
        if path.is_file() and path != journal.path_of(library):
            yield path


def logs_of(library: Library) -> list[Chain]:
    """Find all sealed logs of a library."""
    heads = sorted(library.path.rglob("*.head.json"))
    return [Chain(head.with_name(head.name.replace(".head.json", ".jsonl"))) for head in heads]


def tells(path: Path, name: Name, root: Path, *, unreadable: bool = True) -> bool:
    """Tell whether a file, or its path inside the library, names somebody; a damaged table: `unreadable`."""
    if name.is_in(str(path.relative_to(root))):
        return True
    if path.name == RAW:
        return _raw_tells(path, name)
    if path.suffix == ".parquet":
        return _parquet_tells(path, name, unreadable)
    # What each library says of itself names nobody, even where it says a word that is a name as well.
    return name.is_in(path.read_bytes().replace(WORDS.encode(), b""))


def _raw_tells(path: Path, name: Name) -> bool:
    """Raw pages hold text only in start pages; anywhere else a short name would be found by chance."""
    table, _ = pages.split_pages(path.read_bytes())
    table = table[pages.good_rows(table)]
    starts = table[pages.headers(table)["kind"] == pages.KIND_START]
    facts = [pages.parse_start(start.tobytes()) for start in starts]
    return any(name.is_in(text) for fact in facts for text in (fact.runner, fact.name))


def _parquet_tells(path: Path, name: Name, unreadable: bool) -> bool:
    from pyarrow import ArrowException, parquet

    try:
        table = parquet.read_table(path)
    except (ArrowException, OSError):
        return unreadable
    words = {str(value) for column in _texts(table) for value in column.unique().to_pylist() if value}
    return any(map(name.is_in, words)) or name.is_in(str(table.schema))


def _texts(table: Any) -> list[Any]:
    import pyarrow as pa

    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary)
    return [column for column in table.columns if any(kind(column.type) for kind in kinds)]


def take_out(path: Path, name: Name, root: Path) -> None:
    """Take a name out of one file: lines, rows and texts that tell it go; what can't be edited goes as a whole.

    Raw pages are never changed: those of somebody else stay what they are. Sealed logs have a way of their own.
    """
    if path.name == RAW or (path.suffix == ".jsonl" and Chain(path).head.exists()):
        return
    if name.is_in(str(path.relative_to(root))) or not _edited(path, name):
        path.unlink()


def _edited(path: Path, name: Name) -> bool:
    """Edit a file of a known kind; False for any other."""
    if path.suffix == ".jsonl":
        kept = [line for line in path.read_bytes().splitlines(keepends=True) if not name.is_in(line)]
        write_private(path, b"".join(kept))
        return True
    if path.suffix == ".json":
        return _scrubbed(path, name)
    return path.suffix == ".parquet" and _keep_rows(path, name)


def _scrubbed(path: Path, name: Name) -> bool:
    try:
        document = scrub(json.loads(path.read_bytes()), name, PURGED)
    except ValueError:
        return False
    if document is not GONE:
        write_json(path, document)
    return document is not GONE


def _keep_rows(path: Path, name: Name) -> bool:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (pa.ArrowException, OSError):
        return False
    texts = [column.to_pylist() for column in _texts(table)]
    kept = [not any(value and name.is_in(str(value)) for value in row) for row in zip(*texts, strict=True)]
    if texts:
        table = table.filter(pa.array(kept, pa.bool_()))
    metadata = {key: value for key, value in (table.schema.metadata or {}).items() if not name.is_in(value)}
    parquet.write_table(table.replace_schema_metadata(metadata), path)
    path.chmod(FILE_MODE)
    return True
