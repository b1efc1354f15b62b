"""What really happened in an emulated take, for comparison after the analysis, never before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runslate.analysis import intervals
from runslate.analysis.company import find_company
from runslate.analysis.intervals import Interval
from runslate.analysis.tables import TakeData
from runslate.report.document import company_entries

LONGEST_STRIDE_US = 1_600_000
"""Two contacts further apart are no running stride (the same limit as the detector's)."""


@dataclass(frozen=True)
class TagTruth:
    """What the emulation knows of one tag, on the common time line."""

    runner: str
    ic_us: NDArray[np.int64]
    gct_ms: NDArray[np.float64]
    running: NDArray[np.bool_]
    bouts: list[Interval]

    def strides(self, take: Interval) -> int:
        """Count the running strides that begin in the take."""
        begins = (self.ic_us[:-1] >= take[0]) & (self.ic_us[:-1] < take[1])
        both = self.running[:-1] & self.running[1:]
        return int((begins & both & (np.diff(self.ic_us) < LONGEST_STRIDE_US)).sum())


def read(path: Path) -> TagTruth:
    """Read a truth file that the emulation wrote."""
    truth = json.loads(path.read_text(encoding="utf-8"))
    zero_s = truth["epoch_monotonic_s"] + (truth["zero_scene_s"] or 0.0)
    motion = truth["motion"]

    def to_us(seconds: Sequence[float]) -> NDArray[np.int64]:
        instants: NDArray[np.float64] = np.array(seconds, dtype=np.float64) + float(zero_s)
        return np.rint(instants * 1e6).astype(np.int64)

    ic_s, tc_s = (np.array(motion[name], dtype=np.float64) for name in ("ic_s", "tc_s"))
    return TagTruth(
        runner=truth["runner"],
        ic_us=to_us(ic_s.tolist()),
        gct_ms=(tc_s - ic_s) * 1e3 if tc_s.size == ic_s.size else np.full(ic_s.size, np.nan),
        running=np.array(motion["running"], dtype=np.bool_),
        bouts=[(int(a), int(b)) for a, b in (to_us(bout) for bout in motion["bouts"])],
    )


def compare(
    document: dict[str, Any],
    data: TakeData,
    truths: Sequence[TagTruth],
    dark_us: Mapping[str, int],
) -> None:
    """Put the truth beside what was found: company, strides and contact times.

    Args:
        document: of the take; gets `company_truth`, and per runner `strides_truth` and
            `gct_truth_ms`.
        data: only its start and end are used.
        truths: one per tag.
        dark_us: host time at which reels ended for a flat battery, by runner.
    """
    take = (data.start_us, data.end_us)
    by_runner = {name: [truth for truth in truths if truth.runner == name] for name in document["runners"]}
    document["company_truth"] = company_entries(
        find_company(
            data.lead,
            {name: _running(tags, take) for name, tags in by_runner.items()},
            {name: _covered(take, dark_us.get(name)) for name in by_runner},
            take,
        ),
        data.start_us,
    )
    for name, tags in by_runner.items():
        document["runners"][name]["strides_truth"] = sum(tag.strides(take) for tag in tags)
        document["runners"][name]["gct_truth_ms"] = _gct_ms(tags, take)


def _running(tags: Sequence[TagTruth], take: Interval) -> list[Interval]:
    every = intervals.merge(bout for tag in tags for bout in tag.bouts)
    return intervals.intersect(every, [take])


def _covered(take: Interval, dark_us: int | None) -> list[Interval]:
    return [take] if dark_us is None else [(take[0], dark_us)]


def _gct_ms(tags: Sequence[TagTruth], take: Interval) -> float | None:
    """Mean over the feet of the median contact time, as the metrics are made."""
    medians = []
    for tag in tags:
        inside = tag.running & (tag.ic_us >= take[0]) & (tag.ic_us < take[1])
        times = tag.gct_ms[inside & np.isfinite(tag.gct_ms)]
        if times.size:
            medians.append(float(np.median(times)))
    return round(float(np.mean(medians)), 1) if medians else None
