"""What a library learns of its boards' crystals: one small file beside each reel, disposable like the tables."""

from __future__ import annotations

import json
from typing import Any

from runslate.clocks.compensated import CompensatedFit, fit_compensated
from runslate.clocks.crystal import Crystal, Experience, Temperatures
from runslate.files import write_json
from runslate.reel import Reel
from runslate.reelstore import ReelStore

FILE = "crystal.json"


def reel_clock(
    reel: Reel, samples: list[dict[str, Any]], host_us: list[int], crystal: Crystal | None = None
) -> CompensatedFit:
    """Fit a reel's board clock with the temperature that its pages log.

    Args:
        reel: its pages' anchors and temperatures.
        samples: clock samples of the reel's boot.
        host_us: their host times on the take's line.
        crystal: what is known of the board; None: any.

    Raises:
        RunslateError: there is no sample.
    """
    _, board = reel.anchors()
    temperatures = Temperatures.of(board, reel.head["temperature"] / 256.0)
    boards = [sample["board_us"] for sample in samples]
    return fit_compensated(boards, host_us, [sample["rtt_us"] for sample in samples], temperatures, crystal)


def remember(store: ReelStore, clock: CompensatedFit) -> None:
    """Keep what a finished reel shows of its board's crystal."""
    write_json(store.folder / FILE, clock.experience.to_json())


def crystal_of(store: ReelStore) -> Crystal:
    """Give what the board's other reels in this library have shown; damaged files count for nothing."""
    found: list[Experience] = []
    for path in sorted(store.folder.parent.glob(f"{store.uid}-*/{FILE}")):
        if path.parent == store.folder:
            continue
        try:
            found.append(Experience.from_json(json.loads(path.read_bytes())))
        except (ValueError, KeyError, TypeError):
            continue
    return Crystal.unknown().learnt(found)
