"""In step: locked pairs are found, strangers are not, and the chance level says why."""

from __future__ import annotations

import numpy as np
import pytest
from analysis.synthetic import US, contacts, join, strides
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from runslate.analysis.step import NEAR_DEG, StepFinding, in_step, locking, relative_phase

STRETCH = (0, 60 * US)
SEEDS = range(30)


def pair(lead: NDArray[np.float64], other: NDArray[np.float64], seed: int = 0) -> StepFinding:
    return in_step(strides(lead), strides(other), "Ann", STRETCH, seed)


def follower(lead: NDArray[np.float64], seed: int, sd_s: float = 0.01) -> NDArray[np.float64]:
    return lead + 0.1 + np.random.default_rng(seed).normal(0, sd_s, lead.size)


def test_who_follows_every_step_is_in_step() -> None:
    lead = [contacts(5, 30, cv=0.015, seed=seed) for seed in SEEDS]
    findings = [pair(ic, follower(ic, 100 + seed), seed) for seed, ic in enumerate(lead)]
    assert sum(f.in_step for f in findings) >= 0.9 * len(findings)
    assert all(f.found.circular_r > f.chance.circular_r for f in findings)


@pytest.mark.parametrize("faster", [0.0, 0.003, 0.01, 0.03])
def test_two_strangers_at_nearly_the_same_cadence_are_not(faster: float) -> None:
    findings = [
        pair(
            contacts(5, 25, 0.7, cv=0.012, seed=seed),
            contacts(5.2, 25, 0.7 * (1 - faster), cv=0.012, seed=1000 + seed),
            seed,
        )
        for seed in SEEDS
    ]
    assert sum(f.in_step for f in findings) <= 1


def test_strangers_without_any_variability_drift_apart() -> None:
    """Their R is high and their strides do not vary: only the steady drift tells."""
    finding = pair(contacts(5, 25, 0.700), contacts(5.2, 25, 0.698))
    assert finding.found.circular_r > 0.9
    assert not finding.in_step
    assert finding.drift_deg == pytest.approx(-360 * 20 / 0.7 * 0.002 / 0.7, rel=0.1)


def test_the_finding_is_repeatable() -> None:
    lead = contacts(5, 30, cv=0.02, seed=1)
    first, second = (pair(lead, follower(lead, 2, 0.02), seed=9) for _ in range(2))
    assert (first.p_value, first.chance, first.chance_high) == (
        second.p_value,
        second.chance,
        second.chance_high,
    )


def test_few_strides_give_no_finding() -> None:
    finding = pair(contacts(5, 10), contacts(5.1, 10))
    assert not finding.in_step
    assert "too few" in finding.reason


def test_the_same_foot_is_compared_when_both_wear_it() -> None:
    left = contacts(5, 30, cv=0.015, seed=3)
    right = (left[:-1] + left[1:]) / 2
    lead = join(strides(left, "left"), strides(right, "right"))
    finding = in_step(lead, strides(follower(right, 4), "right"), "Ann", STRETCH)
    assert finding.same_foot
    assert finding.mean_phase_deg == pytest.approx(360 * 0.1 / 0.7, abs=6)


@given(st.floats(-180, 180), st.floats(0, 0.49))
def test_a_constant_lag_is_a_perfect_lock_wherever_it_lies(phase: float, spread: float) -> None:
    series = np.full(20, phase) + spread * NEAR_DEG * np.tile([1.0, -1.0], 10)
    found = locking(series % 360)
    assert found.share_near == 1
    assert found.longest_run == 20
    assert found.circular_r == pytest.approx(np.cos(np.deg2rad(spread * NEAR_DEG)), abs=1e-9)


def test_phases_all_around_are_no_lock() -> None:
    found = locking(np.arange(0, 360, 10.0))
    assert found.circular_r == pytest.approx(0, abs=1e-9)
    assert found.share_near < 0.25


def test_the_longest_run_is_broken_by_one_stride_out_of_step() -> None:
    phases = np.zeros(20)
    phases[7] = 90
    assert locking(phases).longest_run == 12


def test_a_contact_outside_the_leads_strides_has_no_phase() -> None:
    phase = relative_phase(np.array([0, 700_000, 1_400_000]), np.array([-1, 350_000, 1_400_000]))
    assert np.isnan(phase[[0, 2]]).all()
    assert phase[1] == pytest.approx(180)
