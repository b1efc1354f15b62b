"""An incident's evidence: the raw data around it, as a table that anything can read."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runslate import pages
from runslate.clocks.history import crystal_of
from runslate.errors import RunslateError
from runslate.files import make_folder, write_private
from runslate.incidents.record import Incident, incident_folder
from runslate.library import Library
from runslate.nodetime import NodeTime, node_time
from runslate.reel import Reel
from runslate.take import CastNode, Take

AROUND_US = 10_000_000
"""Before and after the incident."""

TABLE = "evidence.csv"
COLUMNS = ("seconds", "foot", "tag", "ax_g", "ay_g", "az_g", "gx_dps", "gy_dps", "gz_dps")
"""Seconds count from the incident; axes are the sensor's."""

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """What one tag recorded around an incident."""

    uid: str
    foot: str
    seconds: F64
    """(n,) from the incident."""
    accel_g: F64
    """(n, 3)."""
    gyro_dps: F64 | None
    """(n, 3); None without a gyroscope."""

    @property
    def label(self) -> str:
        """Foot, or the tag where no foot is known."""
        return f"{self.foot} foot" if self.foot else f"tag {self.uid}"


class Tapes:
    """The reels of a take's cast, each decoded once however many incidents there were."""

    def __init__(self, library: Library, take: Take) -> None:
        self._library = library
        self._take = take
        self._known: dict[tuple[str, int], tuple[Reel, NodeTime] | None] = {}

    def around(self, incident: Incident) -> list[Trace]:
        """Read what the runner's tags recorded around an incident, from the raw pages."""
        at_us = self._take.start_us + incident.at_us
        members = [member for member in self._take.cast if member.runner == incident.runner]
        found = [(node, self._tape(node)) for member in members for node in member.nodes]
        cut = [_cut(node, *tape, at_us) for node, tape in found if tape is not None]
        return [trace for trace in cut if trace is not None]

    def _tape(self, node: CastNode) -> tuple[Reel, NodeTime] | None:
        key = (node.uid, node.reel_id)
        if key not in self._known:
            self._known[key] = self._read(node) if self._library.has_reel(*key) else None
        return self._known[key]

    def _read(self, node: CastNode) -> tuple[Reel, NodeTime] | None:
        store = self._library.reel(node.uid, node.reel_id)
        reel = Reel.load(store)
        try:
            return reel, node_time(reel, store.clock(), self._take, crystal_of(store))
        except RunslateError:
            return None  # never compared with this computer's clock: nobody knows what was around the incident


def _cut(node: CastNode, reel: Reel, time: NodeTime, at_us: int) -> Trace | None:
    """Decode the pages around an instant; None where there are none."""
    rows = reel.sample_rows
    starts_us = time.to_host(reel.head["tick"][rows].astype(np.int64))
    page_us = round(reel.page_ms * 1000)
    near = rows[(starts_us >= at_us - AROUND_US - page_us) & (starts_us < at_us + AROUND_US)]
    if not near.size:
        return None
    samples = pages.decode_samples(reel.table[near], reel.channels)
    seconds = (time.to_host(samples.ticks) - at_us) / 1e6
    inside = np.abs(seconds) * 1e6 <= AROUND_US
    gyro = reel.gyro_dps(samples)
    accel = reel.accel_g(samples)[inside]
    return Trace(node.uid, node.foot, seconds[inside], accel, None if gyro is None else gyro[inside])


def write_evidence(library: Library, incident: Incident, found: list[Trace]) -> Path:
    """Keep the raw data around an incident as CSV beside its sheet; returns the file."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for trace in found:
        gyro = trace.gyro_dps if trace.gyro_dps is not None else np.full_like(trace.accel_g, np.nan)
        for second, accel, rate in zip(trace.seconds, trace.accel_g, gyro, strict=True):
            numbers = ["" if np.isnan(value) else f"{value:.3f}" for value in (*accel, *rate)]
            writer.writerow([f"{second:.6f}", trace.foot, trace.uid, *numbers])
    path = make_folder(incident_folder(library, incident.name)) / TABLE
    write_private(path, text.getvalue().encode())
    return path


def read_evidence(path: Path) -> list[Trace]:
    """Read the raw data back; none when the file is not there."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = []
    for uid, foot in dict.fromkeys((row["tag"], row["foot"]) for row in rows):
        mine = [[float(row[name] or "nan") for name in (COLUMNS[0], *COLUMNS[3:])] for row in rows if row["tag"] == uid]
        table = np.array(mine)
        gyro = None if np.isnan(table[:, 4:]).all() else table[:, 4:]
        found.append(Trace(uid, foot, table[:, 0], table[:, 1:4], gyro))
    return found
