"""Timecode in whole frames: known values of the standard, and what does not exist."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runslate.errors import RunslateError
from runslate.timecode import RATES, day_frames, parse_rate, parse_timecode, since


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        ("01:00:00:00", "24", 86_400),
        ("01:00:00:00", "23.976", 86_400),
        ("00:00:01:24", "25", 49),
        ("00:01:00;02", "29.97", 1800),
        ("00:09:59;29", "29.97", 17_981),
        ("00:10:00;00", "29.97", 17_982),
        ("01:00:00;00", "29.97", 107_892),
        ("00:01:00;04", "59.94", 3600),
        ("23:59:59:29", "30", 24 * 3600 * 30 - 1),
    ],
)
def test_known_timecodes(text: str, rate: str, frames: int) -> None:
    assert parse_timecode(text, parse_rate(rate)) == frames


@given(st.integers(min_value=0, max_value=107_891), st.booleans())
def test_drop_frame_numbers_every_frame_once(frame: int, double: bool) -> None:
    """The inverse, written the slow way: count through the minutes."""
    rate = parse_rate("59.94" if double else "29.97")
    drop, per_second = (4, 60) if double else (2, 30)
    left, minute = frame, 0
    while left >= (size := 60 * per_second - (0 if minute % 10 == 0 else drop)):
        left, minute = left - size, minute + 1
    left += 0 if minute % 10 == 0 else drop
    second, number = divmod(left, per_second)
    assert parse_timecode(f"{minute // 60:02d}:{minute % 60:02d}:{second:02d};{number:02d}", rate) == frame


def test_a_day_of_drop_frame_is_almost_a_day() -> None:
    rate = parse_rate("29.97")
    assert day_frames(rate, drop=True) == 2_589_408
    assert abs(day_frames(rate, drop=True) / rate.per_second - 86_400) < Fraction(1, 10)


@pytest.mark.parametrize("name", RATES)
def test_a_rate_is_a_whole_number_or_that_of_colour_television(name: str) -> None:
    rate = parse_rate(name)
    assert rate.per_second in (rate.nominal, Fraction(rate.nominal * 1000, 1001))
    assert float(name) == pytest.approx(float(rate.per_second), abs=0.005)


def test_seconds_between_timecodes_are_exact_and_pass_midnight() -> None:
    rate = parse_rate("23.976")
    assert since("10:00:01:00", "10:00:00:00", rate) == Fraction(1001, 1000)
    assert since("00:00:01:00", "23:59:59:00", parse_rate("25")) == 2
    assert since("23:59:59:00", "00:00:01:00", parse_rate("25")) == -2


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("00:01:00;00", "29.97"), ("00:00:00;00", "25"), ("00:00:00:25", "25"), ("24:00:00:00", "25"),
        ("00:60:00:00", "25"), ("1:00:00:00", "25"), ("00:00:00", "25"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_refused(text: str, rate: str) -> None:
    with pytest.raises(RunslateError):
        parse_timecode(text, parse_rate(rate))


def test_a_rate_nobody_shoots_at_is_refused() -> None:
    with pytest.raises(RunslateError, match="no frame rate"):
        parse_rate("26")
