"""The firmware as files onto a board at its raw prompt: step by step, each of which may be the last.

The entry point goes first and comes back last: whatever a stop leaves behind does not start by
itself, and the next run completes it. Reels lie behind the guard, settings are never named.
"""

from __future__ import annotations

import ast
import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runslate.errors import RunslateError
from runslate.flash import onboard
from runslate.flash.build import MpyFormat, check_loadable
from runslate.flash.repl import BoardError, Repl

CHUNK = 1536
"""Bytes of a file per statement: 2 KB of base64, which the board's heap holds easily."""

MAIN = "main.py"
BOOT = "boot.py"
KEPT = ".old"
"""A stranger's main.py is kept under this ending."""

Before = Callable[[str, int, int], None]
"""Called before each step with its words, its number from 0 and how many there are."""


@dataclass(frozen=True)
class BoardFacts:
    """What runs on a board at its prompt."""

    platform: str
    release: str
    machine: str
    mpy: int
    our_image: bool
    firmware_ran: bool
    installer_was_here: bool


@dataclass(frozen=True)
class Step:
    """One change on the board, in words, and how to do it."""

    words: str
    source: str
    name: str = ""
    content: bytes | None = None


def board_facts(repl: Repl) -> BoardFacts:
    """Ask a board at its raw prompt what it is."""
    return BoardFacts(*ast.literal_eval(repl.run(onboard.FACTS)))


def check_board(facts: BoardFacts, files: dict[str, bytes]) -> None:
    """Refuse boards that these files are not for.

    Raises:
        RunslateError: another platform, our own image, or modules that it cannot load.
    """
    if facts.platform != "rp2":
        raise RunslateError(
            f"The board is a {facts.machine}.",
            "A board with an RP2040 or RP2350 was expected.",
            "Choose the node's port: `runslate ports`.",
        )
    if facts.our_image:
        raise RunslateError(
            "The board runs Runslate's own image: its built-in firmware wins over files.",
            "Files are for boards with stock MicroPython.",
            "Flash a new image: `runslate flash --port P --image runslate-pico-VERSION.uf2`.",
        )
    check_loadable(files, MpyFormat.of_board(facts.mpy), facts.release)


def prepare(repl: Repl, firmware: Path) -> None:
    """Mount the board's file system through the guard, so that no write can reach a reel."""
    guard = (firmware / "node" / "board" / "guard.py").read_text(encoding="utf-8")
    repl.run(f"GUARD = {guard!r}\n{onboard.MOUNT}")
    repl.run(onboard.HELPERS)


def files_there(repl: Repl) -> dict[str, str]:
    """Name -> SHA-256 of the firmware's files on a prepared board; folders have ""."""
    found: dict[str, str] = ast.literal_eval(repl.run("print(repr(there()))"))
    return found


def plan(files: dict[str, bytes], there: dict[str, str]) -> list[Step]:
    """Say what has to be done, in order; nothing when all files are as they should be.

    Args:
        files: the firmware's files by name.
        there: what is on the board (see `files_there`).
    """
    wrong = [name for name, content in files.items() if there.get(name) != _sha256(content)]
    surplus = [name for name, sha in there.items() if sha and name not in (*files, MAIN)]
    if not wrong and not surplus:
        return []
    steps = _stop_starting(there, ours="node" in there)
    steps += [_make_folder(name) for name in _folders(files) if name not in there]
    # Sources left by hand would win over the compiled modules of the same name.
    steps += [Step(f"remove {name}", f"os.remove('/{name}')") for name in sorted(surplus)]
    steps += [_write(name, files[name]) for name in wrong if name != MAIN]
    steps.append(Step("compare all files", "found = there()"))
    # A bench leaves it out, and starts the firmware by hand.
    return steps + [_write(name, files[name]) for name in (MAIN,) if name in files]


def _stop_starting(there: dict[str, str], *, ours: bool) -> list[Step]:
    if ours:
        return [Step("take main.py away", "os.remove('/main.py')")] if MAIN in there else []
    names = [name for name in (MAIN, BOOT) if name in there]
    source = "os.rename('/{0}', '/{0}{1}')"
    return [Step(f"keep {name} as {name}{KEPT}", source.format(name, KEPT)) for name in names]


def _make_folder(name: str) -> Step:
    return Step(f"make the folder {name}", f"os.mkdir('/{name}')")


def _write(name: str, content: bytes) -> Step:
    source = f"finish({name!r}, {_sha256(content)!r})"
    return Step(f"write {name}", source, name, content)


def _folders(files: dict[str, bytes]) -> list[str]:
    parents = {str(parent) for name in files for parent in Path(name).parents}
    return sorted(parents - {"."})


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def install(repl: Repl, files: dict[str, bytes], before: Before) -> list[str]:
    """Bring a prepared board's files to what they should be.

    Args:
        repl: a board that `prepare` has been run on.
        files: the firmware's files by name.
        before: called before every step.

    Returns:
        the names of the files that were written.

    Raises:
        RunslateError: no room, or a file that differs after writing.
    """
    steps = plan(files, files_there(repl))
    for number, step in enumerate(steps):
        before(step.words, number, len(steps))
        try:
            _do(repl, step)
        except BoardError as error:
            raise _explain(step, error) from error
        if step.source == "found = there()":
            _compare(files, files_there(repl))
    return [step.name for step in steps if step.content is not None]


def _do(repl: Repl, step: Step) -> None:
    if step.content is not None:
        repl.run(f"begin({step.name!r})")
        for at in range(0, len(step.content), CHUNK):
            text = base64.b64encode(step.content[at : at + CHUNK]).decode()
            repl.run(f"put('{text}')")
    repl.run(step.source)


def _compare(files: dict[str, bytes], there: dict[str, str]) -> None:
    wrong = [n for n, c in files.items() if n != MAIN and there.get(n) != _sha256(c)]
    if wrong:
        raise RunslateError(
            f"On the board these files differ from what was sent: {', '.join(wrong)}.",
            "",
            "Repeat the command; if it happens again, the board's flash is worn.",
        )


def _explain(step: Step, error: BoardError) -> RunslateError:
    # 28 is ENOSPC, 84 EILSEQ: littlefs found no block that the guard lets it use.
    if any(sign in error.trace for sign in ("ENOSPC", "Errno 28", "OSError: 28", "OSError: 84")):
        return RunslateError(
            f"The board has no room to {step.words}.",
            "The firmware needs some 200 KB of the 256 KB that its file system has.",
            "Remove files of your own: `mpremote fs ls :`, `mpremote fs rm :NAME`.",
        )
    if "differs" in error.trace:
        return RunslateError(
            f"The board could not {step.words}: what it reads back differs.",
            "",
            "Repeat the command; if it happens again, the board's flash is worn.",
        )
    return RunslateError(f"The board could not {step.words}.", error.what, "Repeat the command.")
