"""A runner's own factor: learned from a known distance, kept, and used for every length."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from gait.shoes import END_US, shoe, take, told
from runslate.analysis.take import analyse
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.personal import FILE, factor_of, keep_factor


def test_a_factor_is_kept_per_runner_and_repeating_the_calibration_changes_nothing(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    assert factor_of(library, "Ada") == 1.0
    assert keep_factor(library, "Ada", 400.0, 380.0, "1-1-T1") == pytest.approx(400 / 380)
    assert factor_of(library, "Ada") == pytest.approx(400 / 380, abs=1e-4)
    assert keep_factor(library, "Ada", 400.0, 400.0, "1-1-T1") == pytest.approx(400 / 380, abs=1e-3)
    assert factor_of(library, "Ben") == 1.0
    assert (library.path / FILE).stat().st_mode & 0o077 == 0


def test_a_distance_that_cannot_be_is_not_kept(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    with pytest.raises(RunslateError):
        keep_factor(library, "Ada", 400.0, 40.0, "1-1-T1")
    assert factor_of(library, "Ada") == 1.0


def test_a_broken_file_is_a_sentence(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    (library.path / FILE).write_text("{")
    with pytest.raises(RunslateError, match="calibrate again"):
        factor_of(library, "Ada")


def test_length_speed_and_distance_follow_the_factor() -> None:
    plain = analyse(take(told(), [(0, END_US)])).metrics["Mara"].values
    own = analyse(take(told(), [(0, END_US)], replace(shoe(), length_factor=1.05))).metrics["Mara"].values
    for name in ("stride_m", "speed_mps", "distance_m"):
        assert own[name] == pytest.approx(1.05 * (plain[name] or 0)), name
    assert own["gct_ms"] == plain["gct_ms"]
