"""Qualify: what was run, how sure that is, whether it meets the profile, and what is recommended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from analysis.synthetic import US, contacts, join, span, strides
from runslate.analysis.bouts import Bout, find_bouts
from runslate.analysis.tables import StrideTable
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.qualify.attempt import DISPLAY_MARGIN, Measured, judge, measure, met
from runslate.qualify.attempts import attempt_log, attempts, note_attempt, recommended, standing
from runslate.qualify.picture import progress_picture
from runslate.qualify.profile import Profile, Target, read_profile, target, told, write_profile
from runslate.qualify.speed import parse_speed

PROFILE = Profile("the sprint", "Tom", Target(5.0, 0.2), Target(172, 4), Target(20, 2))


def run(seconds: float, spm: float = 172) -> tuple[StrideTable, list[Bout]]:
    """A candidate with two tags who runs from 5 s on."""
    stride = 120 / spm
    left = contacts(5, 5 + seconds, stride)
    table = join(strides(left, "left"), strides(left[:-1] + stride / 2, "right"))
    return table, find_bouts(table, span((0, seconds + 20)))


def belt(speed: float, end_s: float = 60.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A belt node that tells its speed twice a second."""
    at = np.arange(0, end_s, 0.5)
    return np.rint(at * US).astype(np.int64), np.full(at.size, speed), np.full(at.size, 0.001 * speed)


def attempt(speed: float, seconds: float = 25.0, spm: float = 172, display: float | None = None) -> Measured:
    found = measure(*run(seconds, spm), 20, belt(speed), display)
    assert found is not None
    return found


def test_the_belts_speed_counts_and_its_margin_is_narrow() -> None:
    found = attempt(5.03)
    assert found.source == "belt node"
    assert found.speed_mps == pytest.approx(5.03, rel=1e-3)
    assert found.speed_margin < 0.01 * 5.03
    assert (found.cadence_spm, found.duration_s) == (pytest.approx(172, rel=0.01), pytest.approx(25, abs=1))
    assert met(judge(PROFILE, found))


@pytest.mark.parametrize(("says", "word"), [(1.02, "high"), (0.98, "low")])
def test_a_display_two_percent_off_is_noticed_and_said(says: float, word: str) -> None:
    (note,) = attempt(5.0, display=5.0 * says).notes
    assert f"2.0 % too {word}" in note
    assert attempt(5.0, display=5.02).notes == ()


def test_a_display_alone_has_a_wider_margin_and_says_so() -> None:
    found = measure(*run(25), 20, None, 4.9)
    assert found is not None
    assert found.speed_margin == pytest.approx(DISPLAY_MARGIN * 4.9)
    assert "No belt node" in found.notes[0]
    assert [c.word for c in judge(PROFILE, found)] == ["too close to tell", "met", "met"]
    faster = measure(*run(25), 20, None, 5.1)
    assert faster is not None
    assert met(judge(PROFILE, faster))


@pytest.mark.parametrize(
    ("speed", "seconds", "spm", "failed"),
    [(4.5, 25, 172, "speed"), (5.0, 12, 172, "duration"), (5.0, 25, 158, "cadence"), (5.0, 25, 188, "cadence")],
)
def test_what_is_missing_is_named_with_how_much(speed: float, seconds: float, spm: float, failed: str) -> None:
    criteria = judge(PROFILE, attempt(speed, seconds, spm))
    assert not met(criteria)
    (wrong,) = [c for c in criteria if c.word == "not met"]
    assert wrong.name == failed
    limits = [wrong.low - wrong.value, wrong.value - (wrong.high or np.inf)]
    assert wrong.short_by == pytest.approx(max(limits))
    assert wrong.short_by > 0


def test_a_belt_that_was_not_there_for_the_run_is_no_belt() -> None:
    assert measure(*run(25), 20, belt(5.0, 8.0), None) is None
    with_display = measure(*run(25), 20, belt(5.0, 8.0), 5.0)
    assert with_display is not None
    assert with_display.source == "display"


def test_no_run_is_no_attempt() -> None:
    table, _ = run(25)
    assert measure(table.where(table.ic_us < 0), [], 20, belt(5.0), None) is None


def test_twice_met_is_a_recommendation_and_no_clearance(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    runs = [attempt(4.5), attempt(5.0, 12), attempt(5.1), attempt(5.05)]
    for number, found in enumerate(runs, 1):
        note_attempt(library, "Ann", PROFILE, f"S1-1-T{number}", f"2026-03-0{number}", found, judge(PROFILE, found))
        tries = attempts(library, "Ann", PROFILE)
        assert [t.met for t in tries] == [False, False, True, True][:number]
        assert recommended(tries) == (number == 4)
    words = standing("Ann", PROFILE, tries)
    assert "recommended" in words
    assert "no clearance" in words
    assert attempts(library, "Ben", PROFILE) == []
    picture = progress_picture("Ann", PROFILE, tries)
    assert picture.count("not met") == 2
    assert "2 of 4 met" in picture


def test_attempts_stay_and_a_repeated_look_adds_none(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    found = attempt(5.1)
    for _ in range(2):
        note_attempt(library, "Ann", PROFILE, "S1-1-T1", "2026-03-01", found, judge(PROFILE, found))
    other = Profile("easier", "Tom", Target(4.0, 0.2), None, None)
    note_attempt(library, "Ann", other, "S1-1-T1", "2026-03-01", found, judge(other, found))
    assert len(attempt_log(library).entries()) == 2
    assert len(attempts(library, "Ann", PROFILE)) == 1
    log = attempt_log(library).path
    log.write_bytes(log.read_bytes().replace(b'"met": true', b'"met": false', 1))
    with pytest.raises(RunslateError, match="not what was written"):
        attempts(library, "Ann", PROFILE)


def test_a_profile_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = Profile('Tom\'s "sprint"', "Tom", target("speed", [5.0, 5.4]), None, target("duration", [20]), ("T1", "T2"))
    write_profile(tmp_path / "p.toml", made)
    read = read_profile(tmp_path / "p.toml")
    assert (read.name, read.takes, read.cadence_spm) == (made.name, made.takes, None)
    assert read.key() == made.key()
    assert read.speed_mps is not None
    assert read.speed_mps.spread == pytest.approx(0.2828, abs=1e-4)
    assert read.duration_s == Target(20, 1)


def test_a_profile_says_whose_run_it_is_and_what_it_was_made_from() -> None:
    measured = Profile("sprint", "Tom", target("speed", [5.0]), None, None, ("T1", "T2"), "stride lengths")
    assert told(measured) == ["Profile sprint of Tom, from T1, T2.", "speed: 5.00 ± 0.10 m/s"]
    assert told(replace(measured, basis="typed in"))[0] == "Profile sprint of Tom, from T1, T2, the speed typed in."
    assert told(Profile("sprint", "", None, Target(172, 4), None))[0] == "Profile sprint, typed in."


@pytest.mark.parametrize("text", ["", "[speed]\nmean = 'fast'", "[speed]\nmean = -1", "speed = 5", "[["])
def test_a_broken_profile_is_refused_with_the_cure(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(RunslateError, match="runslate profile"):
        read_profile(path)


@pytest.mark.parametrize(("words", "mps"), [("18 km/h", 5), ("5.0 m/s", 5), ("11,18 mph", 4.998), ("18kmh", 5)])
def test_a_display_is_read_with_its_unit(words: str, mps: float) -> None:
    assert parse_speed(words) == pytest.approx(mps, rel=1e-3)


@pytest.mark.parametrize("words", ["18", "fast", "0 km/h", "-3 m/s", "122 km/h", "9999 mph"])
def test_a_speed_without_its_unit_or_beyond_any_runner_is_refused(words: str) -> None:
    with pytest.raises(RunslateError, match="its unit"):
        parse_speed(words)
