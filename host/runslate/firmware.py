"""Where the firmware's files are: inside the installed package, or in the checkout."""

from __future__ import annotations

from pathlib import Path

from runslate.errors import RunslateError


def firmware_path() -> Path:
    """Return the folder that holds the firmware's `main.py`.

    Raises:
        RunslateError: neither the packaged nor the checkout's folder is there.
    """
    here = Path(__file__).resolve().parent
    for folder in (here / "_firmware", here.parents[1] / "firmware"):
        if (folder / "main.py").is_file():
            return folder
    raise RunslateError(
        "The firmware's files were not found.",
        f"They should be in {here / '_firmware'} or in the checkout's firmware folder.",
        "Install the package again, or run from a complete checkout.",
    )
