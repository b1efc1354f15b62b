"""The limp watch on both feet: what it tells, and how rarely it is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from runslate.analysis.tables import StrideTable, stride_table
from runslate.gait.symmetry import Finding, limps, symmetry

TWO_HOURS = 10_000
"""Strides."""

SCATTER = 0.036
"""Of contact time from stride to stride: the detector's error and the runner together, one run at 3.8 m/s."""


def feet(
    seed: int, strides: int, limp: float = 0.0, at: int = 0, scatter: float = SCATTER
) -> tuple[StrideTable, StrideTable]:
    """A healthy runner: own asymmetry, drift, changes of pace, misread and missed strides; a limp from `at` on."""
    random = np.random.default_rng(seed)
    duration = 0.7 * (1 + 0.02 * random.normal(size=strides))
    pace = 1 + 0.1 * np.sin(2 * np.pi * np.arange(strides) / 700 + random.uniform(0, 6))
    keep = float(np.exp(-1 / 500))  # symmetry drifts by 2 points within six minutes
    steps = 2 * np.sqrt(1 - keep**2) * random.normal(size=strides)
    drift = np.empty(strides)
    level = 2 * random.normal()
    for i in range(strides):
        level = keep * level + steps[i]
        drift[i] = level
    si = 4 * random.normal() + drift
    si[at:] += limp
    ic_s = 5 + np.cumsum(duration)
    left, right = (
        foot(random, ic_s + lag, duration, 0.225 * pace * (1 + sign * si / 200), scatter)
        for sign, lag in ((1, 0.0), (-1, 0.35))
    )
    return left, right


def foot(
    random: np.random.Generator, ic_s: np.ndarray, duration_s: np.ndarray, gct_s: np.ndarray, scatter: float
) -> StrideTable:
    """One foot's table: scatter, 1 % badly misread, 0.3 % missed."""
    gct_s = gct_s * (1 + scatter * random.normal(size=gct_s.size))
    misread = random.random(gct_s.size) < 0.01
    gct_s[misread] *= 1 + 0.3 * random.normal(size=int(misread.sum()))
    seen = random.random(gct_s.size) > 0.003
    return stride_table(
        ic_us=np.rint(ic_s * 1e6)[seen],
        duration_ms=1000 * duration_s[seen],
        gct_ms=1000 * gct_s[seen],
        running=np.ones(int(seen.sum()), bool),
    )


def told_by(left: StrideTable, right: StrideTable, stride: int) -> list[Finding]:
    """What was told when this stride of the left foot had ended."""
    now = left.ic_us[stride] + 500_000
    return limps(left.where(left.ic_us < now), right.where(right.ic_us < now))


def test_two_hours_of_a_healthy_runner_give_at_most_one_amber_and_no_red() -> None:
    runs = [limps(*feet(seed, TWO_HOURS)) for seed in range(12)]
    assert max(len(found) for found in runs) <= 1
    assert {finding.level for found in runs for finding in found} <= {"amber"}


def test_a_limp_of_ten_points_is_amber_within_twenty_strides() -> None:
    found = []
    for seed in range(60):
        limp = 10.0 if seed % 2 else -10.0
        left, right = feet(1000 + seed, 240, limp, at=200)
        found.append(any(f.end_us >= left.ic_us[199] for f in told_by(left, right, 219)))
    assert np.mean(found) >= 0.95


def test_a_strong_limp_is_red_and_says_from_when_to_when() -> None:
    left, right = feet(5, 300, 20.0, at=150, scatter=0.01)
    (finding,) = limps(left, right)
    assert finding.level == "red"
    assert finding.si - finding.baseline == pytest.approx(20, abs=5)
    assert finding.start_us == pytest.approx(left.ic_us[150], abs=7e6)
    assert finding.end_us == left.ic_us[-1]


def test_the_stride_with_which_a_limp_began_is_told() -> None:
    late = []
    for seed in range(40):
        left, right = feet(seed, 260, 20.0, at=180)
        found = [f for f in limps(left, right) if f.end_us > left.ic_us[180]]
        late.append(found[-1].start_us - left.ic_us[180])
    assert abs(np.median(late)) < 0.8e6
    assert np.mean(np.abs(late) < 2.2e6) >= 0.85


def test_a_limp_that_ends_is_over() -> None:
    left, right = feet(5, 400, 20.0, at=150, scatter=0.01)
    healthy, sound = feet(5, 400, 0.0, scatter=0.01)
    left, right = (
        stride_table(**{**vars(lame), "gct_ms": np.where(lame.ic_us > left.ic_us[230], well.gct_ms, lame.gct_ms)})
        for lame, well in ((left, healthy), (right, sound))
    )
    (finding,) = limps(left, right)
    assert finding.end_us == pytest.approx(left.ic_us[230], abs=12e6)


def test_an_asymmetry_from_the_first_stride_on_is_the_runners_own() -> None:
    assert limps(*feet(5, 400, 25.0, at=0, scatter=0.01)) == []


def test_a_change_from_one_side_to_the_other_counts_in_full() -> None:
    """Without its sign the index would be 6 before and 6 after."""
    left, right = feet(7, 300, scatter=0.005)
    si = np.where(np.arange(len(left)) < 150, 6, -6)
    paired = right.where(np.isin(np.arange(len(right)), np.arange(len(left))))
    left = stride_table(**{**vars(left), "gct_ms": 225 * (1 + si / 200)})
    right = stride_table(**{**vars(paired), "gct_ms": 225 * (1 - si[: len(paired)] / 200)})
    assert [f.level for f in limps(left, right)] == ["amber"]


def test_one_foot_or_walking_has_no_symmetry() -> None:
    left, right = feet(1, 100)
    assert limps(left, right.where(right.ic_us < 0)) == []
    walking = stride_table(**{**vars(right), "running": np.zeros(len(right), bool)})
    assert symmetry(left, walking)[1].size == 0


def test_contacts_are_paired_in_one_stride_and_never_over_a_gap() -> None:
    left, right = feet(1, 100)
    absent = (right.ic_us > left.ic_us[40]) & (right.ic_us < left.ic_us[60])
    at_us, _ = symmetry(left, right.where(~absent))
    assert not ((at_us > left.ic_us[40]) & (at_us < left.ic_us[59])).any()
    assert at_us.size >= 70
