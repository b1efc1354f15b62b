#!/usr/bin/env python3
"""Lose the power in every flash operation of a node's life, in every way, and boot the firmware in each state.

    python tools/power_sweep.py [--seed 1] [--rounds 9] [--every 1] [--json]

The states are made by replaying the noted operations of one life on the virtual board. Ends with 1 when something was
lost that must not be. The same seed gives the same kinds of states; the pages in them carry the run's own times.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from host.powerloss.session import live  # noqa: E402
from host.powerloss.sweep import Result, sweep  # noqa: E402


def main() -> int:
    """Run the sweep and tell its figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9, help="reels that the node records; 8 go once round its ring")
    parser.add_argument("--every", type=int, default=1, help="only every n-th operation")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    life = live(options.seed, options.rounds)
    with tempfile.TemporaryFile() as log:
        result = sweep(life, log, options.seed, options.every)
    document = figures(result) | {"operations": len(life.operations), "took_s": round(time.monotonic() - began, 1)}
    if options.json:
        print(json.dumps(document, indent=1))
    else:
        for key, value in document.items():
            print(f"{key:24} {value}")
    for violation in result.violations:
        print(violation, file=sys.stderr)
    return 1 if result.violations else 0


def figures(result: Result) -> dict[str, object]:
    """Sum a sweep up."""
    missing = sorted(result.missing_ms)
    return {
        "states": result.states,
        "by_phase": dict(result.by_phase),
        "by_form": dict(result.by_form),
        "booted": result.booted,
        "lost_power_again": result.lost_again,
        "reels_checked": result.reels_checked,
        "pages_checked": result.pages_checked,
        "violations": len(result.violations),
        "missing_ms_median": round(missing[len(missing) // 2], 1),
        "missing_ms_max": round(missing[-1], 1),
        "preroll_in_memory_ms_max": round(max(result.preroll_ms), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
