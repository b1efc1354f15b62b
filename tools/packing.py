"""How small real recordings get: plays each through the sensor into the firmware and counts what came to flash.

    python tools/packing.py FOLDER [PATTERN ...]      (FOLDER holds recordings in the common form)

A page is 256 bytes and holds its own header and CRC, so bytes a sample are bytes of flash, all in. Six channels of
16 bits are 12 bytes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from runslate.drain import drain_node
from runslate.library import Library
from runslate.node import Node
from runslate.reel import Reel
from runslate.rolling import start_reel
from runslate.sim.node import NodeSpec
from runslate.sim.pico.images import FS_SECTORS
from runslate.sim.recording import Recording
from runslate.sim.sim import Sim

PATTERNS = ("wmf_stryd_run/run_out.csv.gz", "pyshoe_vicon/2017-11-27-11-1*.csv.gz", "ipol_walk/S01_T1_?f.csv.gz")
RAW_BYTES = 12
PAGES_OF_2_MB = (352 - FS_SECTORS) * 15
"""Data pages of a 2-MB Pico: storage less the file system, 15 of 16 pages of each sector."""


def played(path: Path, folder: Path) -> tuple[int, int, int]:
    """Record one recording on an emulated node; gives samples, sample pages and all pages."""
    motion = Recording(path)
    spec = NodeSpec("tag", motion, start="record", clock="stepped")
    library = Library(folder / "library")
    with Sim([spec], folder / "sim") as sim:
        node = Node.open(sim.ports["tag"])
        start_reel(node, max(1, int(motion.duration_s)))
        while node.status().state == 1:
            time.sleep(0.1)
        (result,) = drain_node(node, library)
        reel = Reel.load(library.reel(node.uid, result.reel_id))
        node.close()
    return len(reel.samples().ticks), len(reel.sample_rows), len(reel.table)


def main() -> int:
    """Print a row for every recording, and the worst."""
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(sys.argv[1])
    paths = sorted(path for pattern in sys.argv[2:] or PATTERNS for path in root.glob(pattern))
    if not paths:
        print(f"No recording in {root} matches {' '.join(sys.argv[2:] or PATTERNS)}.", file=sys.stderr)
        return 1
    print("recording                                samples  samples/page  bytes/sample  ratio  minutes on 2 MB")
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            samples, sample_pages, pages = played(path, Path(folder))
        size = 256 * pages / samples
        minutes = PAGES_OF_2_MB / pages * samples / 417 / 60
        print(
            f"{path.parent.name + '/' + path.name:40} {samples:7} {samples / sample_pages:13.1f} {size:13.2f} "
            f"{RAW_BYTES / size:6.2f} {minutes:16.1f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
