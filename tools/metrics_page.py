#!/usr/bin/env python3
"""Write docs/metrics.md from the one table of quantities; `--check` only compares.

python tools/metrics_page.py            write it if it is stale
python tools/metrics_page.py --check    exit 1 if it is stale
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path

from runslate.analysis.quantities import QUANTITIES, TAKEN, Quantity

PAGE = "docs/metrics.md"

HEAD = """# What is measured, and how wrong it is

*Generated from `host/runslate/analysis/quantities.py` by `python tools/metrics_page.py`.*

{intro}

```
runslate evaluate $RUNSLATE_DATA                strides, cadence, contact times of the tag's detector
python tools/score_gait.py $RUNSLATE_DATA       stride length, speed, gravity check, second opinion, sacrum
```
"""

TAIL = """
## Not reported

Vertical oscillation, foot-strike type, power, ground reaction force and loading rate: a tag on a shoe sees none of
them, and a number that is right for most people is wrong for somebody.

## Checks on every take

- **Second opinion.** A detector on the laptop, independent of the tag's, reads the same samples after the fact:
  rhythm by autocorrelation, impacts chosen as one chain in that rhythm, filters without delay. The report says where
  the two disagree. Strides whose events a power loss took are told by it and marked.
- **Gravity.** Over whole strides the mean specific force must be 1 g. A gyroscope or accelerometer out of scale shows;
  one open recording (1.23 g) has a gyroscope that reads 14 % low, and seven accelerometers of another set read 4 to 5 %
  high at rest.
- **Symmetry.** With a tag on both feet, a shift of some 10 points (red: 15) from the runner's own last minutes is told
  as a possible limp. It is a change, never a diagnosis; a limp that creeps in over many minutes is not seen.
"""


INTRO = f"""Every number that a report and `runslate report --json` state of one runner in one take. {TAKEN} IC is
initial contact (foot strike), TC terminal contact (toe-off). Errors were measured on other people's open recordings,
one to nineteen people a set; thresholds and constants were found on the same recordings, so expect somewhat more on
yours. The commands that show them:"""


def text() -> str:
    """Return the whole page."""
    return HEAD.format(intro=textwrap.fill(INTRO, 120)) + "".join(_section(quantity) for quantity in QUANTITIES) + TAIL


def _section(quantity: Quantity) -> str:
    unit = "" if quantity.unit == "1" else f", {quantity.unit}"
    return (
        f"\n## {quantity.label}{unit}\n\n{quantity.definition}\n\n"
        f"| key | source | known error |\n|---|---|---|\n"
        f"| `{quantity.name}` | {_cell(quantity.source)} | {_cell(quantity.error)} |\n"
    )


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def main() -> int:
    """Write or check; returns the exit status."""
    parser = argparse.ArgumentParser(description="Write docs/metrics.md from the table of quantities.")
    parser.add_argument("--check", action="store_true", help="only say whether it is stale")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    arguments = parser.parse_args()
    path = arguments.root / PAGE
    if path.is_file() and path.read_text(encoding="utf-8") == text():
        return 0
    if arguments.check:
        print(f"{PAGE} is stale: run `python tools/metrics_page.py`.", file=sys.stderr)
        return 1
    path.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
