"""Generate everything that follows from the protocol's definitions; `--check` only compares.

    python tools/generate_wire.py            write what is stale
    python tools/generate_wire.py --check    exit 1 and name what is stale

Golden vectors are written once. If the schema changed since, REVISION in
protocol/runslate_protocol/version.py must rise, and the new file stands beside the old ones.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from runslate_protocol.schema import broken_promises, schema
from runslate_protocol.version import REVISION
from wiregen.firmware import wire_module
from wiregen.golden import golden_text
from wiregen.specification import specification

GOLDEN = "tests/protocol/golden"


def main() -> int:
    """Write or check; returns the exit status."""
    parser = argparse.ArgumentParser(description="Generate what follows from the protocol.")
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    arguments = parser.parse_args()
    broken = list(refusals(arguments.root))
    stale = [] if broken else list(stale_files(arguments.root))
    for sentence in broken:
        print(sentence, file=sys.stderr)
    for path, text in stale:
        if arguments.check:
            print(f"{path} is stale: run `make wire`.", file=sys.stderr)
            continue
        target = arguments.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        print(f"{path} written")
    return 1 if broken or (stale and arguments.check) else 0


def stale_files(root: Path) -> Iterator[tuple[str, str]]:
    """Path and wanted text of each generated file that is missing or different."""
    wanted = {
        "firmware/node/wire.py": wire_module(),
        "docs/protocol.md": specification(),
        golden_path(): golden_text(),
    }
    for path, text in wanted.items():
        if _read(root / path) != text:
            yield path, text


def refusals(root: Path) -> Iterator[str]:
    """Why nothing may be generated: a golden file would change, or a promise would be broken."""
    current = _read(root / golden_path())
    if current not in (None, golden_text()):
        yield (
            f"{golden_path()} is released and would change. Golden vectors stay for ever: raise "
            "REVISION in protocol/runslate_protocol/version.py, or undo the change of the protocol."
        )
    for path in sorted((root / GOLDEN).glob("v*.json")):
        old = json.loads(path.read_text("utf-8"))["schema"]
        for sentence in broken_promises(old, schema()):
            yield f"{path.name} is broken: {sentence}"


def golden_path() -> str:
    """Where the vectors of this revision stand."""
    return f"{GOLDEN}/v{REVISION}.json"


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
