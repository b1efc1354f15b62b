"""A take of one emulated runner with one tag: samples, and strides as a perfect tag would tell them."""

from __future__ import annotations

import numpy as np
from runslate.analysis.intervals import Interval
from runslate.analysis.samples import SampleTable
from runslate.analysis.tables import NodeFacts, StrideTable, TakeData, stride_table
from runslate.sim.scene import demo_scene

LEAD = demo_scene(40, seed=2, runners=2).specs(2, "parametric")[0].motion
END_US = 40_000_000


def shoe() -> SampleTable:
    """The lead's left shoe at 417 Hz."""
    t_us = np.arange(0, END_US, 2398)
    accel, gyro = LEAD.sample(t_us / 1e6)
    assert gyro is not None
    return SampleTable("a", "left", t_us, accel.astype(np.float32), gyro.astype(np.float32))


def told() -> StrideTable:
    """All strides of the lead."""
    truth = LEAD.truth()
    ic_s, tc_s = np.asarray(truth.ic_s), np.asarray(truth.tc_s)[: len(truth.ic_s) - 1]
    duration = np.diff(ic_s)
    whole = duration < 1.6
    return stride_table(
        foot=np.full(int(whole.sum()), "left"),
        uid=np.full(int(whole.sum()), "a"),
        ic_us=np.rint(1e6 * ic_s[:-1][whole]),
        ic_contact_us=np.rint(1e6 * ic_s[:-1][whole]),
        tc_us=np.rint(1e6 * tc_s[whole]),
        duration_ms=1000 * duration[whole],
        gct_ms=1000 * (tc_s - ic_s[:-1])[whole],
        swing_ms=1000 * (ic_s[1:] - tc_s)[whole],
        peak_g=np.full(int(whole.sum()), 9.0),
        swing_peak_dps=np.full(int(whole.sum()), 600.0),
        running=np.ones(int(whole.sum()), bool),
    )


def take(strides: StrideTable, coverage: list[Interval], table: SampleTable | None = None) -> TakeData:
    """A take of the lead alone."""
    facts = NodeFacts("a", "Mara", "left", "Mara left", "1a2b3c4d", imu="LSM6DSO32", coverage=coverage)
    return TakeData(
        take="S1-1-T1",
        lead="Mara",
        cast=["Mara"],
        start_us=0,
        end_us=END_US,
        strides={"Mara": strides},
        coverage={"Mara": coverage},
        samples={"Mara": [table or shoe()]},
        nodes=[facts],
        provisional=False,
    )
