"""Flash obeys NOR's rules and outlives its process; clocks wrap, skew and step."""

from __future__ import annotations

from pathlib import Path

import pytest
from runslate.errors import RunslateError
from runslate.sim.clock import BoardClock, SteppedClock, WallClock
from runslate.sim.flash import SECTOR, Flash


def test_programming_only_clears_bits_and_erasing_sets_one_sector(tmp_path: Path) -> None:
    flash = Flash(tmp_path / "f", 4 * SECTOR)
    assert flash.read(0, 4) == b"\xff" * 4
    flash.program(SECTOR, b"\xf0\x0f")
    flash.program(SECTOR, b"\x3c\xff")
    assert flash.read(SECTOR, 2) == b"\x30\x0f"
    flash.program(2 * SECTOR, b"\x00")
    flash.erase(SECTOR + 77)
    assert flash.read(SECTOR, 2) == b"\xff\xff"
    assert flash.read(2 * SECTOR, 1) == b"\x00"
    assert (flash.counts.programs, flash.counts.erases) == (3, 1)


def test_contents_are_there_after_reopening_and_a_wrong_size_is_refused(tmp_path: Path) -> None:
    flash = Flash(tmp_path / "f", 2 * SECTOR)
    flash.program(100, b"slate")
    flash.close()
    assert Flash(tmp_path / "f", 2 * SECTOR).read(100, 5) == b"slate"
    with pytest.raises(RunslateError, match="8192 bytes"):
        Flash(tmp_path / "f", 4 * SECTOR)


def test_two_emulations_never_share_a_flash(tmp_path: Path) -> None:
    flash = Flash(tmp_path / "a.flash", 2 * SECTOR)
    with pytest.raises(RunslateError, match="in use by another emulated node"):
        Flash(tmp_path / "a.flash", 2 * SECTOR)
    flash.close()
    Flash(tmp_path / "a.flash", 2 * SECTOR).close()


def test_reaching_over_the_end_is_refused(tmp_path: Path) -> None:
    flash = Flash(tmp_path / "f", SECTOR)
    for reach in (lambda: flash.read(SECTOR - 1, 2), lambda: flash.program(SECTOR, b"\x00")):
        with pytest.raises(RunslateError, match="ends at 4096"):
            reach()


def test_the_board_clock_wraps_at_30_bits_and_runs_fast_by_its_error() -> None:
    clock = BoardClock(ppm=20.0, offset_us=(1 << 30) - 1_000_000)
    assert clock.ticks_us(0.0) == (1 << 30) - 1_000_000
    assert clock.ticks_us(1.0) == pytest.approx(20, abs=1)
    assert clock.ticks_us(1001.0) - clock.ticks_us(1.0) == pytest.approx(1_000_020_000, abs=1)


def test_the_wall_clock_waits_and_never_negative() -> None:
    clock = WallClock(epoch_s=0.0)
    now = clock.now()
    assert 0.9 < clock.wait_until(now + 1.0) <= 1.0
    assert clock.wait_until(now - 1.0) == 0.0


def test_the_stepped_clock_jumps_until_the_end_and_then_follows_the_wall() -> None:
    wall = WallClock(epoch_s=0.0)
    clock = SteppedClock(epoch_s=0.0)
    assert clock.wait_until(clock.now() + 0.5) == pytest.approx(0.5, abs=0.1)
    start = clock.now()
    clock.step_until(start + 3600.0)
    clock.spend()
    assert start < clock.now() < start + 0.001
    assert clock.wait_until(start + 1000.0) == 0.0
    assert clock.now() == start + 1000.0
    clock.wait_until(start + 4000.0)  # the motion is over: time goes on by itself
    shift = clock.now() - wall.now()
    assert shift == pytest.approx(4000.0, abs=0.5)
    assert clock.wait_until(clock.now() + 2.0) > 1.9
