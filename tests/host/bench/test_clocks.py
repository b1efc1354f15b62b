"""The comparison of clocks: the design's form, and peers that are themselves."""

from __future__ import annotations

import numpy as np
import pytest
from runslate.bench.clocks import bench_clocks
from runslate.clocks.profiles import Crystals, ping
from runslate.clocks.trials import tethered_take


@pytest.fixture(scope="module")
def measured() -> dict:
    return bench_clocks(takes=8)


def test_the_document_has_the_form_of_all_benchmarks(measured) -> None:
    for result in measured["benchmarks"].values():
        assert result.keys() >= {"unit", "ours", "peers", "ratio", "spread", "ceiling", "share_of_ceiling"}
        for peer, value in result["peers"].items():
            assert result["ratio"][peer] == pytest.approx(value / result["ours"], rel=0.05)
            low, high = result["spread"][peer]
            assert low <= high


def test_ours_beats_a_mean_of_round_trips_and_the_shortest_of_eight(measured) -> None:
    tethered = measured["benchmarks"]["clocks tethered"]
    assert tethered["ours"] < 100
    assert 500 < tethered["peers"]["ema"] < 2000  # a mean of all round trips takes every stall of the computer in
    assert 200 < tethered["peers"]["lsl"] < 800  # half of what the shortest of eight took too long
    assert measured["benchmarks"]["clocks untethered"]["ratio"]["line"] > 1.5


def test_the_link_delays_as_its_profile_says() -> None:
    rng = np.random.default_rng(1)
    take = tethered_take(Crystals.draw(rng), rng, 60.0)
    pings = ping(take.board, np.arange(0, 60e6, 5e4), rng)
    assert pings.rtt_us.min() >= 300
    assert 1200 < np.median(pings.rtt_us) < 1800
    assert pings.rtt_us.max() > 5000
