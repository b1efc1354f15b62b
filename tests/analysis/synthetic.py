"""Takes with a known truth, made as tables: what the analysis would get from perfect tags."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from runslate.analysis.intervals import Interval
from runslate.analysis.samples import SampleTable
from runslate.analysis.tables import (
    Gap,
    NodeFacts,
    StrideTable,
    TakeData,
    stride_table,
)

US = 1_000_000


def contacts(
    start_s: float, end_s: float, stride_s: float = 0.7, cv: float = 0.0, seed: int = 0
) -> NDArray[np.float64]:
    """Contacts of one foot, first at start_s, last not after end_s."""
    random = np.random.default_rng(seed)
    count = int((end_s - start_s) / stride_s) + 2
    times = start_s + np.concatenate([[0], np.cumsum(stride_s * (1 + cv * random.normal(size=count)))])
    return times[times <= end_s + 1e-9]


def strides(ic_s: NDArray[np.float64], foot: str = "right", gct_s: float = 0.25, uid: str = "") -> StrideTable:
    """Running strides between the contacts of one foot."""
    ic_us = np.rint(ic_s * US).astype(np.int64)
    rows = max(0, ic_us.size - 1)
    duration = np.diff(ic_us) / 1000
    return stride_table(
        foot=[foot] * rows,
        uid=[uid or foot] * rows,
        ic_us=ic_us[:rows],
        ic_contact_us=ic_us[:rows] + 30_000,
        tc_us=ic_us[:rows] + round(gct_s * US),
        duration_ms=duration,
        gct_ms=[gct_s * 1000] * rows,
        swing_ms=duration - gct_s * 1000,
        peak_g=[9.0] * rows,
        swing_peak_dps=[700.0] * rows,
        running=[True] * rows,
        clipped=[False] * rows,
        revised=[False] * rows,
    )


def join(*tables: StrideTable) -> StrideTable:
    """One table of several, sorted again."""
    return stride_table(
        **{name: np.concatenate([getattr(t, name) for t in tables]) for name in StrideTable.__dataclass_fields__}
    )


def span(*pairs: tuple[float, float]) -> list[Interval]:
    """Stretches given in seconds."""
    return [(round(a * US), round(b * US)) for a, b in pairs]


def samples(ic_s: NDArray[np.float64], duration_s: float, peak_g: float = 8.0) -> SampleTable:
    """1 g at rest, and a bump of 60 ms at every contact."""
    t_s = np.arange(0, duration_s, 1 / 417)
    vertical = np.ones_like(t_s)
    for ic in ic_s:
        vertical += peak_g * np.exp(-(((t_s - ic) / 0.06) ** 2))
    accel = np.stack([np.zeros_like(t_s), np.zeros_like(t_s), vertical], axis=1)
    return SampleTable("a", "right", np.rint(t_s * US).astype(np.int64), accel.astype(np.float32))


def three_runners(end_s: float = 40.0, flat_s: float | None = None) -> TakeData:
    """The lead from 2 s, Ives in step from 12 s, Tomas at his own pace from 24 s."""
    left = contacts(2.0, end_s - 3, cv=0.015, seed=5)
    right = (left[:-1] + left[1:]) / 2
    ives = left[(left >= 12) & (left < end_s - 4)] + 0.02
    ives += np.random.default_rng(6).normal(0, 0.006, ives.size)
    tomas = contacts(24.0, end_s - 5, 0.78, cv=0.01, seed=7)
    ives_end = end_s if flat_s is None else flat_s
    everybody = {"Mara": (left, 0, end_s), "Ives": (ives, 0, ives_end), "Tomas": (tomas, 0, end_s)}
    gaps = (
        []
        if flat_s is None
        else [Gap("Ives", "c", round(flat_s * US), round(end_s * US), 0, "the reel ended: low battery")]
    )
    return TakeData(
        take="S1-1-T1",
        lead="Mara",
        cast=list(everybody),
        start_us=0,
        end_us=round(end_s * US),
        strides={
            "Mara": join(strides(left, "left", 0.25), strides(right, "right", 0.262)),
            "Ives": strides(ives[ives < ives_end], "left", 0.24, "c"),
            "Tomas": strides(tomas, "right", 0.29, "d"),
        },
        coverage={name: span((a, b)) for name, (_, a, b) in everybody.items()},
        samples={name: [samples(ic, b)] for name, (ic, _, b) in everybody.items()},
        nodes=[
            NodeFacts(
                uid, runner, foot, f"{runner} {foot}", "1a2b3c4d", 260, closed="stopped",
                imu="LSM6DSO32", firmware="0.1.0", rate_hz=416.8, uncertainty_us_p95=180.0,
                coverage=span((0, everybody[runner][2])),
            )
            for uid, runner, foot in (
                ("a", "Mara", "left"), ("b", "Mara", "right"), ("c", "Ives", "left"),
                ("d", "Tomas", "right"),
            )
        ],
        gaps=gaps,
        uncertainty_us_p95=255.0,
        provisional=False,
        start_utc="2026-03-14T22:41:07.120000+00:00",
        zone="+01:00",
        status="hold",
    )  # fmt: skip
