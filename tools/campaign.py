#!/usr/bin/env python3
"""Hundreds of power losses on the emulated Pico; their figures go into docs/campaign.md.

    python tools/campaign.py [--losses 300] [--seed 1] [--output docs/campaign.md]

Ends with 1 when something was lost that must not be. The same seed, image and emulator give the same figures.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from hil.images import image_path  # noqa: E402
from hil.losses import Campaign, Tally  # noqa: E402


def main() -> int:
    """Run the campaign and write its page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--losses", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "campaign.md")
    options = parser.parse_args()
    image = image_path("runslate")
    if not image.exists():
        print(f"There is no image at {image}. Build it with: make image", file=sys.stderr)
        return 1
    # Now: by the end somebody may have built another image.
    digest = hashlib.sha256(image.read_bytes()).hexdigest()[:16]
    began = time.monotonic()
    campaign = Campaign(image, options.seed)
    for number in range(1, options.losses + 1):
        campaign.once()
        if number % 10 == 0:
            said = len(campaign.tally.violations)
            print(f"{number} losses, {said} violations, {time.monotonic() - began:.0f} s", file=sys.stderr)
    board_s = campaign.pico.now_us() / 1e6
    options.output.write_text(page(campaign.tally, options.seed, f"`{image.name}` (sha256 {digest}...)", board_s))
    for violation in campaign.tally.violations:
        print(violation, file=sys.stderr)
    return 1 if campaign.tally.violations else 0


def page(tally: Tally, seed: int, image: str, board_s: float) -> str:
    """Write the figures as a page."""
    rows = [
        ("power losses", tally.losses),
        ("of these while a page was programmed", tally.hit["program"]),
        ("while a sector was erased", tally.hit["erase"]),
        ("while the flash was idle", tally.hit["idle"]),
        ("boots that answered HELLO", tally.boots),
        ("slowest boot until HELLO, seconds", f"{tally.boot_s_max:.2f}"),
        ("reels checked after losses (each after every loss that it lived through)", tally.reels),
        ("their pages, drained and equal to what the flash held", tally.pages),
        ("reels whose last page was torn by a loss", tally.torn),
        ("reels lost, whole pages lost or altered, settings lost, crashes", len(tally.violations)),
    ]
    aims = ", ".join(f"{count} at {kind}" for kind, count in sorted(tally.aimed.items()))
    lines = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"""# Power losses

Written by `make campaign`: losses of power one after the other on the flash of one emulated Pico, which was never
erased in between. An interrupted program leaves some bits, an interrupted erase leaves anything, a sector that looks
blank among it (`host/runslate/sim/nor.py`). What must hold after each is stated in `tests/hil/losses.py`.

| figure | |
|---|---|
{lines}

Aimed: {aims}. Seed {seed}, image {image}, {board_s:.0f} s of the board's time.
Real flash chips were not at hand: the model of the interrupted operations is ours.
"""


if __name__ == "__main__":
    sys.exit(main())
