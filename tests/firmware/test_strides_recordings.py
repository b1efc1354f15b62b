"""The stride detector on MicroPython, against open recordings of people."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from firmware.strides_kit import score

FOLDER = Path(os.environ.get("RUNSLATE_DATA", ""))

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not os.environ.get("RUNSLATE_DATA") or not FOLDER.is_dir(),
        reason="RUNSLATE_DATA does not name a folder of recordings; set it to test on them.",
    ),
]

Pair = tuple[score.Recording, score.Found]


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """Every recording of a shoe, with what was found in it."""
    everything = list(score.recordings(FOLDER))
    results = score.detect([score.quantise(r.t, r.accel, r.gyro) for r in everything])
    return list(zip(everything, results, strict=True))


def of_kind(pairs: list[Pair], activity: str) -> list[Pair]:
    """Those of one activity; a test without any would show nothing."""
    chosen = [(r, f) for r, f in pairs if r.facts["activity"] == activity]
    if not chosen:
        pytest.skip(f"the folder holds no recording of {activity}")
    return chosen


def tally(pairs: list[Pair], only_running: bool = False) -> score.Tally:
    """Strides found within those that cameras saw."""
    total = score.Tally()
    for recording, found in pairs:
        start, end = score.vicon_strides(recording)
        closed = found.end[found.running] if only_running else found.end
        if start.size:
            total += score.count_within(start, end, closed)
    return total


def test_strides_of_joggers(pairs: list[Pair]) -> None:
    jogs = of_kind(pairs, "jog")
    assert tally(jogs).f1 >= 0.995
    assert tally(jogs, only_running=True).f1 >= 0.97


def test_stride_times_of_joggers(pairs: list[Pair]) -> None:
    errors = [score.stride_time_error_pct(*score.vicon_strides(r), f) for r, f in of_kind(pairs, "jog")]
    assert np.median(np.abs(errors)) <= 1.0


def test_an_outdoor_run(pairs: list[Pair]) -> None:
    ((recording, found),) = of_kind(pairs, "run_outdoor")
    swings = recording.facts["truth"]["strides_instrumented_foot_counted_offline"]
    assert abs(len(found.ic) - swings) <= 1
    assert abs(len(found.begin) - swings) <= 1
    assert found.running.all()
    pod = recording.facts["truth"]["stryd_mean_over_steady_part"]
    steady = (found.begin > 6) & (found.begin < 44)
    # The recording's clock ran 2.75 % slow against the pod's.
    cadence = 120 / found.duration[steady].mean() / 1.0275
    assert cadence == pytest.approx(pod["cadence_spm"], rel=0.01)
    assert found.gct[steady].mean() * 1e3 == pytest.approx(pod["stance_time_ms"], rel=0.06)


def test_walkers_are_found_and_never_run(pairs: list[Pair]) -> None:
    walks = [(r, f) for r, f in pairs if not r.runs]
    minutes = sum(r.t[-1] - r.t[0] for r, _ in walks) / 60
    assert sum(f.running.sum() for _, f in walks) <= 0.1 * minutes
    assert tally(of_kind(pairs, "walk")).f1 >= 0.96


def test_every_trial_is_labelled_right(pairs: list[Pair]) -> None:
    wrong = [r.name for r, f in pairs if not score.labelled_right(r, f)]
    assert len(wrong) <= 0.03 * len(pairs), wrong
