#!/usr/bin/env python3
"""Hundreds of power losses on emulated Picos; their figures go into docs/campaign.md.

    python tools/campaign.py [--losses 300] [--boards 2] [--seed 1] [--output docs/campaign.md]

Each board has a process of its own. Ends with 1 when something was lost that must not be. The same seed, number of
boards, image and emulator give the same figures.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Iterable
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from hil.images import image_path  # noqa: E402
from hil.losses import Campaign, Tally  # noqa: E402

EVERY = 10
"""Losses between two lines about the progress."""


def main() -> int:
    """Run the campaign and write its page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--losses", type=int, default=300)
    parser.add_argument("--boards", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "campaign.md")
    options = parser.parse_args()
    image = image_path("runslate")
    if not image.exists():
        print(f"There is no image at {image}. Build it with: make image", file=sys.stderr)
        return 1
    # Now: by the end somebody may have built another image.
    digest = hashlib.sha256(image.read_bytes()).hexdigest()[:16]
    shares = [options.losses // options.boards + (n < options.losses % options.boards) for n in range(options.boards)]
    lives = [(image, options.seed + n, share) for n, share in enumerate(shares)]
    # Spawned, not forked: threads of the emulator's libraries must not be copied.
    with get_context("spawn").Pool(options.boards) as pool:
        ended = pool.starmap(live, lives)
    tally = merged(found for found, _ in ended)
    board_s = sum(seconds for _, seconds in ended)
    facts = f"Seed {options.seed}, {options.boards} boards, image `{image.name}` (sha256 {digest}...)"
    options.output.write_text(page(tally, facts, board_s))
    for violation in tally.violations:
        print(violation, file=sys.stderr)
    return 1 if tally.violations else 0


def live(image: Path, seed: int, losses: int) -> tuple[Tally, float]:
    """Let one board lose its power so often; returns what was found and the board's own time in seconds."""
    began = time.monotonic()
    campaign = Campaign(image, seed)
    for number in range(1, losses + 1):
        campaign.once()
        if number % EVERY == 0:
            said = len(campaign.tally.violations)
            line = f"board {seed}: {number} losses, {said} violations, {time.monotonic() - began:.0f} s"
            print(line, file=sys.stderr, flush=True)
    return campaign.tally, campaign.pico.now_us() / 1e6


def merged(tallies: Iterable[Tally]) -> Tally:
    """Add up what several boards found."""
    total = Tally()
    for tally in tallies:
        for name, value in vars(tally).items():
            before = getattr(total, name)
            setattr(total, name, max(before, value) if name == "boot_s_max" else before + value)
    return total


def page(tally: Tally, facts: str, board_s: float) -> str:
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

Written by `make campaign`: losses of power one after the other on the flash of an emulated Pico, which was never
erased in between. An interrupted program leaves some bits, an interrupted erase leaves anything, a sector that looks
blank among it (`host/runslate/sim/nor.py`). What must hold after each is stated in `tests/hil/losses.py`.

| figure | |
|---|---|
{lines}

Aimed: {aims}. {facts}, {board_s:.0f} s of the boards' time.
Real flash chips were not at hand: the model of the interrupted operations is ours.
"""


if __name__ == "__main__":
    sys.exit(main())
