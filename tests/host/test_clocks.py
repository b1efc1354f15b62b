"""Clocks on the fixed profiles: how well nodes agree, and whether what a take states is true."""

from __future__ import annotations

import numpy as np
import pytest
from runslate.bench.straight import fit
from runslate.clocks import trials
from runslate.clocks.compensated import fit_compensated
from runslate.clocks.crystal import REFERENCE_C, Crystal, Experience, Temperatures
from runslate.clocks.history import FILE, crystal_of, remember
from runslate.clocks.profiles import Crystals
from runslate.errors import RunslateError
from runslate.library import Library

TAKES = 200
TETHERED_US, UNTETHERED_US = 100.0, 2000.0


def test_tethered_nodes_agree_within_a_tenth_of_a_millisecond() -> None:
    outcomes = [trials.tethered(seed) for seed in range(TAKES)]
    errors = np.abs(np.concatenate([outcome.error_us for outcome in outcomes]))
    assert np.percentile(errors, 95) <= TETHERED_US
    assert np.mean([outcome.holds for outcome in outcomes]) >= 0.95
    beyond = [outcome.stated_us - outcome.constant_us for outcome in outcomes]
    assert np.percentile(beyond, 95) <= TETHERED_US


def test_an_hour_in_the_cold_costs_two_milliseconds_at_most_and_the_statement_is_true() -> None:
    outcomes = [trials.untethered(seed) for seed in range(TAKES)]
    assert np.percentile([outcome.worst_us for outcome in outcomes], 95) <= UNTETHERED_US
    assert np.mean([outcome.holds for outcome in outcomes]) >= 0.95
    assert np.median([outcome.stated_us for outcome in outcomes]) <= UNTETHERED_US


def test_boards_that_nobody_has_met_are_stated_with_more_doubt_and_truly() -> None:
    new = [trials.untethered(seed, earlier=0) for seed in range(TAKES)]
    assert np.mean([outcome.holds for outcome in new]) >= 0.95
    met = [trials.untethered(seed) for seed in range(20)]
    assert np.median([o.stated_us for o in new]) > 1.5 * np.median([o.stated_us for o in met])
    # Not so much doubt that it says nothing.
    assert np.median([o.stated_us for o in new]) < 5 * np.percentile([o.worst_us for o in new], 95)


def test_the_temperature_is_what_makes_the_difference() -> None:
    rng = np.random.default_rng(5)
    worst: dict[str, list[float]] = {"ours": [], "line": []}
    for _ in range(40):
        part = Crystals.draw(rng)
        crystal = trials.learnt(part, rng, trials.EARLIER_TAKES)
        take = trials.untethered_take(part, rng)
        board = take.board.board_at(take.seconds_us).astype(np.int64)
        line = fit(take.pings.board_us, take.pings.host_us, take.pings.rtt_us)
        for name, clock in (("ours", take.fit(crystal)), ("line", line)):
            worst[name].append(np.abs(clock.to_host(board) - take.seconds_us).max())
    assert np.percentile(worst["line"], 95) > 1.5 * np.percentile(worst["ours"], 95)


def readings(celsius: float = REFERENCE_C) -> Temperatures:
    return Temperatures.of([0.0, 600e6], [celsius, celsius])


def test_a_known_crystal_is_told_apart_from_its_offset() -> None:
    """A minute of noiseless pings at the reference: the rate and nothing else."""
    board = np.arange(0, 60_000_000, 500_000)
    host = board + np.rint(board * 30e-6).astype(np.int64) + 12_345
    found = fit_compensated(board, host, np.full(board.size, 300.0), readings())
    assert found.unknowns[1] == pytest.approx(30.0, abs=1.0)
    assert found.rate == pytest.approx(1 + 30e-6, abs=1e-6)
    assert np.abs(found.to_host(board) - host).max() <= 20


def test_a_moment_has_one_time_alone_and_among_millions() -> None:
    rng = np.random.default_rng(7)
    take = trials.untethered_take(Crystals.draw(rng), rng)
    clock = take.fit()
    many = np.linspace(0, 3700e6, 100_001).astype(np.int64) + int(take.board.board_us[0])
    some = many[::5003]
    assert np.abs(clock.to_host(many)[::5003] - [clock.to_host(at) for at in some]).max() <= 1
    assert clock.to_host([]).size == 0


def test_one_ping_is_enough_to_place_a_reel_and_far_from_it_the_doubt_grows() -> None:
    found = fit_compensated([1_000_000], [5_000_000], [400.0], readings())
    assert found.to_host([1_000_000]).tolist() == [5_000_000]
    near, far = found.uncertainty_us([1_000_000, 601_000_000])
    assert near < 1000
    assert far > 600 * 40  # a 30-ppm part that was never measured


def test_no_ping_is_an_error_with_the_cure() -> None:
    with pytest.raises(RunslateError, match="drain"):
        fit_compensated([], [], [], readings())


def test_pings_taken_long_before_the_log_of_temperatures_count_less() -> None:
    """Armed in the warm, begun an hour later: nobody knows how cold it was in between."""
    board = np.concatenate((np.arange(48) * 40_000, 7200e6 + np.arange(12) * 4_000)).astype(np.int64)
    rtt = np.full(board.size, 300.0)
    whole = Temperatures.of([0.0, 7200e6], [10.0, 10.0])
    half = Temperatures.of([3600e6, 7200e6], [10.0, 10.0])
    sure, unsure = (fit_compensated(board, board, rtt, log).uncertainty_us([3600_000_000])[0] for log in (whole, half))
    assert unsure > sure + 300


def test_a_temperature_is_integrated_over_its_steps_and_stays_at_the_ends() -> None:
    log = Temperatures.of([10e6, 0.0, 10e6], [REFERENCE_C + 2, REFERENCE_C, REFERENCE_C + 4])
    assert log.celsius.tolist() == [REFERENCE_C, REFERENCE_C + 2]
    assert log.integral([0.0, 10e6, 12e6, -7e6], 1) == pytest.approx([0.0, 10.0, 14.0, 0.0])


def test_experience_narrows_what_is_known_and_survives_the_disk(tmp_path) -> None:
    library = Library(tmp_path / "lib")
    rng = np.random.default_rng(1)
    take = trials.tethered_take(Crystals.draw(rng), rng, 120.0)
    earlier, now = library.reel("e6aa", 1), library.reel("e6aa", 2)
    for store in (earlier, now, library.reel("e6bb", 3)):
        store.add_clock([])
        store.folder.mkdir(exist_ok=True)
    remember(earlier, take.fit())
    remember(library.reel("e6bb", 3), take.fit())
    known = crystal_of(now)
    assert known.covariance[0, 0] < 2.0**2 < Crystal.unknown().covariance[0, 0]
    alone = Crystal.unknown().learnt([Experience.from_json(take.fit().experience.to_json())])
    assert known.mean == pytest.approx(alone.mean)
    assert crystal_of(earlier).covariance[0, 0] == Crystal.unknown().covariance[0, 0]  # not from itself
    (earlier.folder / FILE).write_text("{")
    assert crystal_of(now).mean == pytest.approx(Crystal.unknown().mean)
