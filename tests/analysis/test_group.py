"""The group: the mean field of many runners, its chance level, and the odd one out."""

from __future__ import annotations

import numpy as np
import pytest
from analysis.pairs import STEP_S, Steps, free, worn
from runslate.analysis.group import GroupFinding, find_group

TAKE = (0, 70_000_000)


def followers(count: int, seed: int, lag_s: float = 0.0) -> dict[str, Steps]:
    """A leader and others who answer half of each asynchrony within the next step."""
    random = np.random.default_rng(seed)
    lead = free(seed)
    group = {"R0": lead}
    for number in range(1, count):
        steps = [lead[0] + number * lag_s]
        for at in lead[:-1]:
            away = steps[-1] - at - number * lag_s
            steps.append(steps[-1] + STEP_S - 0.5 * away + STEP_S * 0.008 * random.normal())
        group[f"R{number}"] = np.array(steps)
    return group


def judged(group: dict[str, Steps], seed: int = 0) -> GroupFinding | None:
    feet = {name: ("right", "left") if number % 2 else ("right",) for number, name in enumerate(group)}
    tables = {name: worn(steps, feet[name], seed=n) for n, (name, steps) in enumerate(group.items())}
    running = {name: [(round(s[0] * 1e6), round(s[-1] * 1e6))] for name, s in group.items()}
    return find_group(tables, running, TAKE, seed)


@pytest.mark.parametrize("count", [3, 16])
def test_a_group_in_step_is_far_above_chance(count: int) -> None:
    found = judged(followers(count, 1))
    assert found is not None
    assert found.mean_r > 0.95 > found.chance_high
    assert found.odd_one_out == ""
    assert all(member.coherence > member.chance_high for member in found.members)


def test_a_constant_lag_lowers_the_mean_field_and_not_the_coherence() -> None:
    found = judged(followers(4, 2, lag_s=STEP_S / 4))
    assert found is not None
    assert found.mean_r < 0.2
    assert min(member.coherence for member in found.members) > 0.5


@pytest.mark.parametrize("seed", range(4))
def test_the_odd_one_out_is_named(seed: int) -> None:
    group = followers(4, seed) | {"Odd": free(100 + seed, faster=0.04)}
    found = judged(group)
    assert found is not None
    assert found.odd_one_out == "Odd"


def test_strangers_are_no_group_in_step() -> None:
    above = 0
    for seed in range(10):
        found = judged({f"R{n}": free(50 * seed + n, 40, faster=0.002 * n) for n in range(4)}, seed)
        assert found is not None
        above += found.mean_r > found.chance_high
    assert above <= 2  # 5 of 100 are expected to reach what 95 of 100 stay below


def test_two_are_no_group() -> None:
    assert judged(followers(2, 1)) is None
