"""What the documents name is there: links, files, commands with their options, targets of make."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from runslate.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "firmware/README.md"]
CODE = re.compile(r"^```\w*\n(.*?)^```$|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?:host|protocol|firmware|tests|tools|docs|locks)/[\w./-]*\w\.\w+")

RUNSLATE: Any = typer.main.get_command(app)

pages = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def code(page: Path) -> Iterator[str]:
    """Each line of code blocks, and each stretch of code between words."""
    for block, inline in CODE.findall(page.read_text(encoding="utf-8")):
        yield from (inline or block).splitlines()


def commands(page: Path, program: str) -> Iterator[list[str]]:
    """The words behind a program's name, comments and what other programs make of its output left out."""
    for line in code(page):
        for command in re.findall(rf"^(?:\$ )?{program} ([^#|;]*)", line):
            if command.count("'") % 2 == 0 and command.count('"') % 2 == 0:
                yield shlex.split(command)


def anchors(page: Path) -> set[str]:
    """What links into a page can point to, as GitHub names headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_read_at_all() -> None:
    """The tests below look at what these find, and would be content with nothing."""
    readme = ROOT / "README.md"
    assert len(PAGES) > 15
    assert {"qualify", "roll", "sim"} <= {words[0] for words in commands(readme, "runslate")}
    assert {"demo", "test"} <= {words[0] for words in commands(readme, "make")}
    assert any("tools/power_sweep.py" in FILE.findall(line) for line in code(readme))
    assert "how-it-works" in anchors(readme)


@pages
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"https?:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name) if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pages
def test_files_that_code_names_are_there(page: Path) -> None:
    for line in code(page):
        for name in FILE.findall(line):
            assert (ROOT / name).exists(), name


@pages
def test_commands_exist_with_their_options(page: Path) -> None:
    for words in commands(page, "runslate"):
        command = RUNSLATE
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        assert not hasattr(command, "commands") or not words or words[0].startswith("-"), words
        known = {"--help", "-h"} | {name for parameter in command.params for name in parameter.opts}
        assert {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= known, (command.name, words)


@pages
def test_targets_of_make_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for target, *_ in commands(page, "make"):
        assert target in targets


@pages
def test_examples_in_python_import_what_is_there(page: Path) -> None:
    for example in re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        compile(example, page.name, "exec")
        exec("\n".join(line for line in example.splitlines() if re.match("from|import", line)), {})
