"""Strides without a gyroscope: the beat and the impact, and nothing that they do not show."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from firmware.strides_kit import Shoe, shoe
from firmware.strides_vm import STRIDE, Found, detect, quantise

UNCERTAIN = 16
RUN = [(0.70 + 0.01 * (i % 3), 0.24) for i in range(30)]
FOLDER = Path(os.environ.get("RUNSLATE_DATA", ""))


def runner_with_swing() -> Shoe:
    """A shoe's swing, braking and landing make one hill of |a| a stride; the planar shoe swings too softly."""
    runner = shoe(RUN)
    for land in runner.contact:
        runner.accel[:, 2] += 4.0 * np.exp(-(((runner.t - land + 0.05) / 0.08) ** 2))
    return runner


def blind(samples: np.ndarray, noise: float = 0.0) -> Found:
    """What is found when the gyroscope is absent, or dead but for its noise."""
    samples = samples.copy()
    samples[:, 3:] = np.rint(4 + noise * np.random.default_rng(2).standard_normal((len(samples), 3)))
    (found,) = detect([samples])
    return found


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_the_beat_is_found_and_marked_uncertain(noise: float) -> None:
    runner = runner_with_swing()
    found = blind(runner.samples(), noise)
    strides = found.events[found.events["kind"] == STRIDE]
    assert len(strides) >= len(RUN) - 1
    assert (found.events["flags"] & UNCERTAIN).all()
    assert found.running[-20:].all()
    assert found.duration[2:-2].mean() == pytest.approx(np.mean([d for d, _ in RUN]), rel=0.005)
    assert np.median(np.abs(found.ic[:, None] - runner.contact).min(axis=1)) < 0.02


def test_no_contact_times_are_made_up() -> None:
    found = blind(runner_with_swing().samples())
    assert len(found.tc) == 0
    assert (found.gct == 0).all()


def test_a_live_gyroscope_ends_it() -> None:
    (found,) = detect([runner_with_swing().samples()])
    assert not (found.events["flags"] & UNCERTAIN).any()


@pytest.mark.data
@pytest.mark.skipif(not (FOLDER / "adept_outdoor_run").is_dir(), reason="RUNSLATE_DATA names no adept_outdoor_run.")
def test_cadence_of_an_outdoor_run() -> None:
    path = FOLDER / "adept_outdoor_run" / "run_shoe_a.csv.gz"
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    samples = quantise(table[:, 0], table[:, 1:4], np.zeros((len(table), 3)))
    found = blind(samples)
    errors = []
    facts = json.loads((path.parent / "run_shoe_a.json").read_text())
    for centre, cadence in facts["derived_reference"]["cadence_windows"]:  # 8 s, in which two tags of one runner agree
        mine = found.duration[(found.begin >= centre - 4) & (found.end <= centre + 4) & (found.duration < 1.4)]
        if mine.size >= 3:
            errors.append(120 / mine.mean() - cadence)
    assert len(errors) > 300
    assert np.median(np.abs(errors)) < 0.5
