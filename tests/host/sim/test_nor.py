"""Flash that loses its power: what may be left, and that a blank-looking sector is among it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from runslate.sim.flash import SECTOR, Flash
from runslate.sim.nor import PowerLoss, PowerLostError, interrupted_erase, interrupted_program

OLD = bytes(range(256)) * 16
PAGE = bytes([0x0F]) * 256


def test_an_interrupted_program_only_clears_bits_and_only_those_asked_for() -> None:
    rng = np.random.default_rng(1)
    before = OLD[:256]
    for done in (0.0, 0.3, 1.0):
        left = interrupted_program(before, PAGE, done, rng)
        for was, asked, now in zip(before, PAGE, left, strict=True):
            assert now & ~was == 0
            assert was & asked & ~now == 0
        assert (left == before) == (done == 0.0)
    assert left == bytes(was & asked for was, asked in zip(before, PAGE, strict=True))


def test_an_interrupted_erase_leaves_the_old_the_blank_and_much_between() -> None:
    rng = np.random.default_rng(2)
    left = [interrupted_erase(OLD, rng) for _ in range(60)]
    assert OLD in left
    assert b"\xff" * SECTOR in left
    assert len(set(left)) > 20


@pytest.mark.parametrize("kind", ["program", "erase"])
def test_the_loss_falls_into_the_operation_that_was_named(tmp_path: Path, kind: str) -> None:
    flash = Flash(tmp_path / "flash", 4 * SECTOR)
    loss = PowerLoss(3, "program" if kind == "program" else "erase", operation=2)
    flash.loss = loss
    flash.program(0, PAGE)
    flash.erase(SECTOR)
    assert loss.during == ""
    with pytest.raises(PowerLostError):
        flash.program(256, PAGE) if kind == "program" else flash.erase(2 * SECTOR)
    assert loss.during == kind
    assert flash.read(0, 256) == PAGE
    flash.close()


def test_the_same_seed_leaves_the_same() -> None:
    assert PowerLoss(7).left_of_erase(OLD) == PowerLoss(7).left_of_erase(OLD)
    assert PowerLoss(7).left_of_program(OLD, PAGE * 16) == PowerLoss(7).left_of_program(OLD, PAGE * 16)
