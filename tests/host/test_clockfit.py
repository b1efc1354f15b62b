"""Clock fits on made-up links whose truth is known: the stated uncertainty must hold."""

from __future__ import annotations

import numpy as np
import pytest
from runslate import clockfit
from runslate.errors import RunslateError


def link(
    seed: int, seconds: float = 40.0, every_s: float = 0.5, lopsided_us: float = 0.0
) -> tuple[clockfit.ClockFit, np.ndarray, np.ndarray]:
    """A board some 10 ppm off behind a link with late, lopsided answers; fit, board, true host."""
    rng = np.random.default_rng(seed)
    rate = 1 + rng.uniform(-50, 50) * 1e-6
    true_host = np.arange(0, seconds * 1e6, every_s * 1e6) + rng.uniform(0, 1e9)
    board = (true_host - true_host[0]) / rate + rng.uniform(0, 1e9)
    there = 200 + lopsided_us + rng.exponential(400, true_host.size)
    back = 200 + rng.exponential(400, true_host.size)
    # A scheduler that looks away now and then.
    back += np.where(rng.uniform(size=true_host.size) < 0.1, 20_000, 0)
    middle = true_host + (back - there) / 2
    fit = clockfit.fit(board.astype(int), middle.astype(int), there + back)
    when = np.linspace(board[0], board[-1], 50)
    return fit, when, (when - board[0]) * rate + true_host[0]


@pytest.mark.parametrize("lopsided_us", [0.0, 800.0])
def test_the_stated_uncertainty_holds_for_95_of_100_links(lopsided_us: float) -> None:
    held = []
    for seed in range(200):
        fit, board, truth = link(seed, lopsided_us=lopsided_us)
        error = np.abs(fit.to_host(board) - truth)
        held.append(bool((error <= fit.uncertainty_us(board)).all()))
    assert np.mean(held) >= 0.95


def test_the_statement_is_useful_and_not_only_safe() -> None:
    assert max(float(link(seed)[0].uncertainty_us(link(seed)[1]).max()) for seed in range(20)) < 1500


def test_the_statement_holds_for_pings_only_before_and_after_an_untethered_run() -> None:
    held = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        rate = 1 + rng.uniform(-50, 50) * 1e-6
        host = np.concatenate([np.arange(12) * 5e4, 600e6 + np.arange(12) * 5e4])
        there, back = 200 + rng.exponential(300, 24), 200 + rng.exponential(300, 24)
        fit = clockfit.fit((host / rate).astype(int), (host + (back - there) / 2), there + back)
        run = np.linspace(0, 600e6, 50)
        error = np.abs(fit.to_host(run / rate) - run)
        held.append(bool((error <= fit.uncertainty_us(run / rate)).all()))
    assert np.mean(held) >= 0.95


def test_a_board_that_lost_power_after_the_pings_is_extrapolated_with_growing_doubt() -> None:
    fit, board, _ = link(1, seconds=2)
    near, far = fit.uncertainty_us(np.array([board[-1], board[-1] + 60e6]))
    assert far > near + 100


def test_late_answers_are_left_out() -> None:
    rtt = np.array([900.0, 400, 5000, 800, 410, 7000, 900, 1000])
    chosen = clockfit.lowest_round_trips(np.arange(8) * 1000, rtt)
    assert chosen.tolist() == [1, 4]


def test_a_single_ping_gives_a_fit_that_admits_its_ignorance() -> None:
    fit = clockfit.fit([5_000_000], [9_000_000], [800.0])
    assert fit.to_host([6_000_000]).tolist() == [10_000_000]
    assert fit.uncertainty_us(np.array([65_000_000]))[0] > 60 * clockfit.RATE_PRIOR_PPM


def test_no_ping_at_all_is_an_error_with_the_cure() -> None:
    with pytest.raises(RunslateError, match="drain"):
        clockfit.fit([], [], [])


def test_the_rate_of_a_drifting_sensor_is_followed_within_a_reel() -> None:
    """Ten minutes in a shoe that warms up: two percent off and drifting by half a percent."""
    rng = np.random.default_rng(3)
    board = np.arange(0, 600e6, 0.15e6)
    rate = 1.02 + 0.005 * board / 600e6
    ticks = np.cumsum(np.r_[0, np.diff(board)] * rate / 25)
    fit = clockfit.fit_ticks(ticks.astype(int), (board + rng.normal(0, 60, board.size)).astype(int))
    error = fit.to_board(ticks) - board
    assert np.abs(error).max() < 200
    straight = np.polyval(np.polyfit(ticks, board, 1), ticks) - board
    assert np.abs(straight).max() > 100_000


def test_the_nominal_rate_is_never_assumed() -> None:
    fit = clockfit.fit_ticks([0, 40_000, 80_000], [0, 1_050_000, 2_100_000])
    assert fit.us_per_tick == pytest.approx(26.25)
    assert fit.to_board([120_000, -40_000]).tolist() == [3_150_000, -1_050_000]


def test_repeated_anchors_count_once_and_one_anchor_is_not_enough() -> None:
    with pytest.raises(RunslateError, match="anchor"):
        clockfit.fit_ticks([7, 7, 7], [1, 1, 1])
