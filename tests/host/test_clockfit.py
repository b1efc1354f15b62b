"""From pings the trustworthy ones, from anchors the sensor's rate: on made-up clocks whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from runslate import clockfit
from runslate.errors import RunslateError


def test_late_answers_are_left_out() -> None:
    rtt = np.array([900.0, 400, 5000, 800, 410, 7000, 900, 1000])
    chosen = clockfit.lowest_round_trips(np.arange(8) * 1000, rtt)
    assert chosen.tolist() == [1, 4]


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
