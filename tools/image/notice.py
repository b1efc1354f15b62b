"""Write what an image contains, with the licences of every part: `notice.py WORK BUILD BOARD VERSION`.

The linker's map says what is in it, part by part; the licence texts are the sources' own. Code that no part of the
table accounts for is an error: a notice with a hole would look the same as a whole one.
"""

from __future__ import annotations

import fnmatch
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

_SECTION = re.compile(r"^ (?:\S+)?\s+0x([0-9a-f]{8,16})\s+0x([0-9a-f]+) (\S+)$", re.MULTILINE)
_FLASH = 0x10000000
"""Below it the map holds what stays behind: debugging information and discarded sections."""


@dataclass(frozen=True)
class Part:
    """One origin of code.

    Attributes:
        name: what it is called.
        licence: as SPDX names it.
        pattern: what its object files' paths match.
        texts: licence files, relative to the work folder. Of a Debian copyright file followed by a colon and a
            pattern only what applies to such sources.
        lines: leading lines that hold the licence where the file is a source; 0 for the whole file.
    """

    name: str
    licence: str
    pattern: str
    texts: tuple[str, ...]
    lines: int = 0


_RP2 = "unpacked/usr/share/doc/pico-sdk-source/copyright:src/rp2_common/*.c"
_TINYUSB = "unpacked/usr/share/doc/tinyusb-source/copyright"
_LIB = "micropython/lib"
_MICROPYTHON = "micropython/LICENSE"
_GCC = "/usr/share/doc/gcc-arm-none-eabi/copyright"
_GCC_LICENCE = "GPL-3.0-or-later WITH GCC-exception-3.1"
_NEWLIB = "/usr/share/doc/libnewlib-arm-none-eabi/copyright"

PARTS = (
    Part("Runslate firmware", "MIT", r"frozen_content\.c", ("../../LICENSE",)),
    Part("pico-sdk 2.1.1", "BSD-3-Clause", r"lib/pico-sdk/|bs2_default|/(mutex|clocks)_extra\.", (_RP2,)),
    Part("TinyUSB 0.18", "MIT", r"lib/tinyusb/", (f"{_TINYUSB}:src/*.c",)),
    Part("littlefs", "BSD-3-Clause", r"lib/littlefs/", (f"{_LIB}/littlefs/lfs2.c", _RP2), 7),
    Part("FatFs (ooFatFs)", "BSD-1-Clause", r"lib/oofatfs/", (f"{_LIB}/oofatfs/ff.c",), 24),
    Part("Mbed TLS 3.6", "Apache-2.0 OR GPL-2.0-or-later", r"lib/mbedtls", (f"{_LIB}/mbedtls/LICENSE",)),
    Part("musl's mathematics (lib/libm)", "MIT", r"lib/libm/", (_MICROPYTHON,)),
    Part("uzlib", "Zlib", r"extmod/moddeflate\.", (f"{_LIB}/uzlib/uzlib.h",), 40),
    Part("re1.5", "BSD-3-Clause", r"extmod/modre\.", (_MICROPYTHON,)),
    Part("MicroPython 1.25.0", "MIT", r"micropython/|genhdr|pins_\w+\.c|firmware\.dir/\w+\.c", (_MICROPYTHON,)),
    Part("libgcc", _GCC_LICENCE, r"libgcc\.a", (_GCC,)),
    Part("start files of GCC", _GCC_LICENCE, r"/crt(i|n|begin|end)\.o", (_GCC,)),
    Part("newlib", "several, all permissive", r"lib(c|m|g|nosys)(_nano)?\.a|crt0\.o", (_NEWLIB,)),
)


def linked_bytes(linker_map: str) -> Counter[str]:
    """Bytes that each object file has in the image or in the memory laid out by it."""
    total: Counter[str] = Counter()
    for address, size, path in _SECTION.findall(linker_map):
        if int(address, 16) >= _FLASH:
            total[path] += int(size, 16)
    return total


def by_part(objects: Counter[str]) -> tuple[Counter[str], list[str]]:
    """Bytes per part, and the objects that belong to none."""
    total: Counter[str] = Counter()
    unknown = []
    for path, size in objects.items():
        part = next((part for part in PARTS if re.search(part.pattern, path)), None)
        if part:
            total[part.name] += size
        elif size:
            unknown.append(path)
    return total, unknown


def debian_text(copyright_file: str, pattern: str) -> str:
    """The paragraphs of a Debian copyright file for sources like `pattern`, and the licences that they name."""
    paragraphs = copyright_file.split("\n\n")
    ours = [p for p in paragraphs if p.startswith("Files:") and _covers(p, pattern)]
    names = {line.removeprefix("License: ") for p in ours for line in p.splitlines() if line.startswith("License: ")}
    texts = [p for p in paragraphs if p.startswith("License:") and p.splitlines()[0].removeprefix("License: ") in names]
    return "\n\n".join(ours + texts)


def _covers(paragraph: str, pattern: str) -> bool:
    files = paragraph.split("\nCopyright:")[0].removeprefix("Files:").split()
    return any(name == "*" or fnmatch.fnmatch(name, pattern) for name in files)


def licence_text(work: Path, source: str, lines: int) -> str:
    """The licence that a text entry of a part names."""
    name, _, pattern = source.partition(":")
    text = (work / name).read_text(errors="replace")
    if pattern:
        return debian_text(text, pattern)
    return "\n".join(text.splitlines()[:lines]) if lines else text


def notice(work: Path, linker_map: str, board: str, version: str) -> str:
    """The whole notice.

    Raises:
        ValueError: with the names of objects whose origin the table does not know.
    """
    sizes, unknown = by_part(linked_bytes(linker_map))
    if unknown:
        raise ValueError("no origin is known for:\n" + "\n".join(unknown))
    parts = [part for part in PARTS if sizes[part.name]]
    lines = [f"The image runslate-{board}-{version}.uf2 contains, by the linker's map (bytes of flash and RAM):", ""]
    lines += [f"  {sizes[part.name]:7}  {part.name}: {part.licence}" for part in parts]
    texts: dict[tuple[str, int], list[str]] = {}
    for part in parts:
        for source in part.texts:
            texts.setdefault((source, part.lines), []).append(part.name)
    for (source, count), names in texts.items():
        lines += ["", "=" * 80, f"{', '.join(names)}: from {source.removeprefix('../../')}", "=" * 80, ""]
        lines.append(licence_text(work, source, count).strip("\n"))
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the notice; 1 with a sentence when it would have a hole."""
    work, build, board, version = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    try:
        print(notice(work, (build / "firmware.elf.map").read_text(), board, version), end="")
    except (ValueError, OSError) as error:
        print(f"notice: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
