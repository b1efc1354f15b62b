"""A picture of a report as a file of its own: SVG with its style inside, or PNG."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path

from runslate.errors import RunslateError
from runslate.files import write_private
from runslate.report.svg import WIDTH, Canvas

SCALE = 2
"""Pixels of a PNG per unit of the drawing."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""What turns SVG into PNG: the style sheet is the browser's language."""


def standalone(canvas: Canvas, style: str | None = None) -> str:
    """Return a picture as an SVG document that needs nothing else; without a style of its own it gets the report's."""
    if style is None:
        style = files("runslate.report").joinpath("style.css").read_text(encoding="utf-8")
    drawn = canvas.svg()
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{canvas.height:.0f}" '
    paper = f'<rect width="{WIDTH}" height="{canvas.height:.0f}" fill="#fff"/>'
    return drawn.replace("<svg ", head, 1).replace(">", f"><style>{style}</style>{paper}", 1)


def write_picture(path: Path, svg: str) -> Path:
    """Write a standalone SVG as the file's suffix says: .svg, or .png where a browser is installed.

    Raises:
        RunslateError: another suffix, or no browser for a PNG.
    """
    if path.suffix == ".svg":
        write_private(path, svg.encode())
    elif path.suffix == ".png":
        write_private(path, _png(svg))
    else:
        raise RunslateError(
            f"A picture can't be written as `{path.suffix or path.name}`.", "It can be .svg or .png.", "Name it so."
        )
    return path


def _png(svg: str) -> bytes:
    """Let a browser draw it, without a window."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise RunslateError(
            "The picture can't be written as PNG: there is no Chromium on this computer.",
            "A browser draws it; SVG needs none.",
            "Install Chromium or Chrome, or write `.svg`.",
        )
    width, height = re.search(r'width="(\d+)" height="(\d+)"', svg).groups()  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as folder:
        page, image = Path(folder) / "picture.html", Path(folder) / "picture.png"
        body = f'<body style="margin:0;background:#fff"><div style="width:{width}px">{svg}</div></body>'
        page.write_text(f'<meta charset="utf-8">{body}', encoding="utf-8")
        words = [
            browser, "--headless", "--disable-gpu", "--hide-scrollbars", f"--force-device-scale-factor={SCALE}",
            f"--user-data-dir={folder}/profile", f"--window-size={width},{height}", f"--screenshot={image}",
        ]  # fmt: skip
        if os.geteuid() == 0:  # Chromium's sandbox refuses to run as root, as in a container
            words.append("--no-sandbox")
        try:
            done = subprocess.run([*words, page.as_uri()], capture_output=True, text=True, timeout=60, check=False)
            why = done.stderr.strip()[-200:]
        except subprocess.TimeoutExpired:
            why = "a picture so long takes it more than a minute"
        if not image.exists():
            raise RunslateError(f"{browser} did not draw the picture ({why}).", cure="Write `.svg` instead.")
        return image.read_bytes()
