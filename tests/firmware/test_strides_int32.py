"""No arithmetic of the detector leaves the board's 32 bits, whatever the sensor says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from firmware.strides_checked import write_checked
from firmware.strides_kit import shoe
from firmware.strides_vm import ROOT, detect, micropython
from numpy.typing import NDArray

SECONDS = 7
LONG = [(0.68 + 0.03 * (i % 4), 0.22 + 0.02 * (i % 3)) for i in range(10)]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the checked copy of the detector."""
    target = tmp_path_factory.mktemp("checked")
    assert write_checked(ROOT / "firmware", target) > 10
    return target


def extremes(period: int) -> list[NDArray[np.int16]]:
    """Signals that drive every filter to its ends."""
    n = 1200
    rng = np.random.default_rng(1)
    flip = np.where(np.arange(n) % 2, 32767, -32768)[:, None] * np.ones(6)
    slow = np.where(np.arange(n) // 150 % 2, 32767, -32768)[:, None] * np.ones(6)
    noise = rng.integers(-32768, 32768, (n, 6))
    hold = np.full((n, 6), -32768)
    run = shoe(LONG, stand_s=0.5).samples(period)[: SECONDS * 40_000 // period].astype(np.int64)
    # A runner beyond the sensor's scale reaches the states that noise does not.
    beyond = np.clip(run * 12, -32768, 32767)
    skewed = np.clip(run * np.array([9, 9, 9, 40, 40, 40]), -32768, 32767)
    return [x.astype(np.int16) for x in (flip, slow, noise, hold, beyond, skewed)]


@pytest.mark.parametrize("period", [384, 96, 24])
def test_extreme_signals_stay_within_the_boards_integers(checked: Path, period: int) -> None:
    # Up to the last 2.5 s of the 7.4 hours that a reel's ticks can count.
    start = 2**30 - 100_000 - max(1200 * period, SECONDS * 40_000)
    found = detect(extremes(period), period=period, first_tick=start, firmware=checked)
    assert sum(len(f.events) for f in found) > 0


def test_the_checked_copy_finds_the_same_as_the_kernels(checked: Path) -> None:
    samples = [shoe(LONG, noise=1.0).samples()]
    (kernels,) = detect(samples)
    (copy,) = detect(samples, firmware=checked)
    assert len(kernels.events) > 30
    assert (kernels.events == copy.events).all()


def test_the_check_sees_an_overflow(checked: Path, tmp_path: Path) -> None:
    probe = "from node.orientation import root\nfrom node.ranges import word\nword(root(9) << 30)\n"
    script = tmp_path / "probe.py"
    script.write_text(f"import sys\nsys.path.insert(0, {str(checked)!r})\n{probe}")
    command = [micropython(), str(script)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "does not fit 32 bits" in outcome.stderr + outcome.stdout
