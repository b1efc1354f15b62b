"""Make the published MicroPython stubs usable for viper code; `make lint` runs it on a fresh copy.

Viper turns any buffer into a `ptr8`, `ptr16` or `ptr32` at the call; the stubs promise the caller the parameters as
written, so every call of a kernel would be an error.
"""

from __future__ import annotations

import sys
from pathlib import Path

PUBLISHED = "def viper(_func: Callable[_Param, _Ret], /) -> Callable[_Param, _Ret]:"
FITTED = "def viper(_func: Callable[_Param, _Ret], /) -> Callable[..., _Ret]:"


def main(folder: Path) -> None:
    """Rewrite the one signature in `folder`; exits with a sentence if the stubs have changed."""
    stub = folder / "micropython.pyi"
    text = stub.read_text()
    if PUBLISHED not in text:
        sys.exit(f"{stub} has no `{PUBLISHED}`: the stubs have changed, fit {__file__} to them.")
    stub.write_text(text.replace(PUBLISHED, FITTED))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
