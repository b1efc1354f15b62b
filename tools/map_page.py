#!/usr/bin/env python3
"""Write docs/map.md: which file does what, from the files' own first sentences; `--check` only compares.

python tools/map_page.py            write it if it is stale
python tools/map_page.py --check    exit 1 if it is stale

Both refuse a module of the host that stands in no layer, or that imports from a layer above its own.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = "docs/map.md"
HOST = "host/runslate"

LAYERS = (
    ("The command line", "cli story examples"),
    ("Proof: the demo, evaluation, injected faults, benchmarks", "demo demo_live demo_truth evaluate faults bench"),
    ("Findings over takes and libraries", "audit rules qualify score privacy"),
    ("A take's results", "collect nodetime told rawsamples derive clearance incidents report summary shooting bar"),
    ("Shooting: many nodes at once", "rig rolling arming drain trickle pairing examine"),
    ("Emulation of nodes and of bad links", "sim proxy"),
    ("The firmware's way onto a board", "flash"),
    (
        "One node and its port",
        "port porterrors discovery sim/registry line link fetch node sharing opening ownership nodeinfo starts",
    ),
    ("The library", "library explained reelstore reel livelog shots belt personal verify clocks"),
    ("Calculation: arrays in, tables out, no I/O", "analysis gait bar/mark bar/bests bar/records"),
    (
        "The ground",
        "errors names files moment hostclock csvfile chain timecode take firmware eventorder clockfit pages ledger",
    ),
)
"""The host from top to bottom: a module imports from its own layer and those below."""

HEAD = """# Which file does what

*Generated from the files' first sentences by `python tools/map_page.py`.*

How a sample travels, and what each part is for, says the [README](../README.md#how-it-works). This page is for finding
the file.
"""

RULE = """
A module imports from its own layer and those below it, never from above: `make lint` checks that. An entry that ends in
`/` is a package; its files open with a sentence each. Imports that cost much (NumPy, SciPy, pyarrow) stand inside the
functions of `cli/`, so that `--help` and an error are there at once.
"""


def modules(root: Path) -> dict[str, Path]:
    """Name each module of the host as a path without its ending, a package by its folder: `rig`, `bar/mark`, `bar`."""
    names = {}
    for path in sorted((root / HOST).rglob("*.py")):
        inside = path.relative_to(root / HOST)
        name = (inside.parent if path.name == "__init__.py" else inside.with_suffix("")).as_posix()
        names[name] = path
    names.pop(".", None)
    return names


def layer_of(module: str) -> int | None:
    """Give a module's layer, 0 at the top: by its own entry, else by its package's; None: it has no place."""
    places = {entry: number for number, (_, entries) in enumerate(LAYERS) for entry in entries.split()}
    return places.get(module, places.get(module.split("/")[0]))


def imports(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Give the host's modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and re.fullmatch(r"runslate(\..*)?", node.module or ""):
            package = "/".join(str(node.module).split(".")[1:])
            for alias in node.names:
                inner = f"{package}/{alias.name}".strip("/")
                yield inner if inner in known else package


def refusals(root: Path) -> Iterator[str]:
    """Say what stands in no layer, and which import points upwards."""
    known = modules(root)
    for entry in sorted({entry for _, entries in LAYERS for entry in entries.split()} - set(known)):
        yield f"There is no module {entry}: take it out of LAYERS of tools/map_page.py."
    for module, path in known.items():
        mine = layer_of(module)
        if mine is None:
            yield f"{path.relative_to(root)} stands in no layer: name it in LAYERS of tools/map_page.py."
            continue
        for other in sorted(set(imports(path, known))):
            above = layer_of(other)
            if above is not None and above < mine:
                yield (
                    f"{path.relative_to(root)} imports {other} from a layer above its own: move what it "
                    "takes from there down, or the module up in LAYERS of tools/map_page.py."
                )


def text(root: Path) -> str:
    """Return the whole page."""
    known = modules(root)
    parts = [HEAD, "\n## The laptop's side: host/runslate\n", RULE]
    for title, entries in LAYERS:
        rows = {_shown(entry, known[entry]): known[entry] for entry in entries.split()}
        parts.append(f"\n### {title}\n\n{_table(rows)}")
    for title, folder in (
        ("The protocol", "protocol/runslate_protocol"),
        ("The tag's side", "firmware"),
        ("Tools", "tools"),
    ):
        files = {p.relative_to(root / folder).with_suffix("").as_posix(): p for p in _files(root / folder)}
        parts.append(f"\n## {title}: {folder}\n\n{_table(files)}")
    return "".join(parts)


def _shown(module: str, path: Path) -> str:
    return f"{module}/" if path.name == "__init__.py" else module


def _files(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*.py")) if p.name not in ("__init__.py", "setup.py", "stock.py")]


def _table(rows: dict[str, Path]) -> str:
    lines = (f"| `{name}` | {_first_sentence(path)} |\n" for name, path in rows.items())
    return "| file | what it is |\n|---|---|\n" + "".join(lines)


def _first_sentence(path: Path) -> str:
    """Read what a file says of itself: its docstring, or the comment that it opens with."""
    source = path.read_text(encoding="utf-8")
    words = ast.get_docstring(ast.parse(source)) or _opening_comment(source)
    sentence = re.match(r".+?(?<!e\.g)[.?](?=\s|$)", " ".join(words.split("\n\n")[0].split()))
    if sentence is None:
        raise SystemExit(f"{path} does not open with a sentence that says what it is.")
    return sentence[0].replace("|", "\\|").removesuffix(".")


def _opening_comment(source: str) -> str:
    block = re.match(r"(#.*\n)+", re.sub(r"\A(#!.*\n|# ruff:.*\n)+", "", source))
    return re.sub(r"^# ?", "", block[0], flags=re.MULTILINE) if block else ""


def main() -> int:
    """Write or check; returns the exit status."""
    parser = argparse.ArgumentParser(description="Write docs/map.md from the files' first sentences.")
    parser.add_argument("--check", action="store_true", help="only say what is wrong or stale")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    arguments = parser.parse_args()
    broken = list(refusals(arguments.root))
    if broken:
        print("\n".join(broken), file=sys.stderr)
        return 1
    path, wanted = arguments.root / PAGE, text(arguments.root)
    stale = not path.is_file() or path.read_text(encoding="utf-8") != wanted
    if stale and arguments.check:
        print(f"{PAGE} is stale: run `python tools/map_page.py`.", file=sys.stderr)
    elif stale:
        path.write_text(wanted, encoding="utf-8")
    return 1 if stale and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
