"""Made and warped movement is what its truth says, and obeys physics where that can be checked."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from runslate.errors import RunslateError
from runslate.sim.course import Habits, Segment
from runslate.sim.motion import Playback, Truth
from runslate.sim.parametric import ParametricRunner
from runslate.sim.recording import Recording, recordings_folder
from runslate.sim.scene import demo_scene
from runslate.sim.warped import WarpedRunner, choose_source, load_sources

RATE_HZ = 1000.0


def runner(cadence: float = 170.0, speed: float = 3.5, seconds: float = 30.0, **options: object) -> ParametricRunner:
    segments = (
        Segment("stand", 2.0),
        Segment("run", seconds, cadence, speed, gct_ms=float(options.pop("gct_ms", 0.0))),  # type: ignore[arg-type]
        Segment("stand", 2.0),
    )
    return ParametricRunner(segments, **options)  # type: ignore[arg-type]


def check_order(truth: Truth) -> None:
    """Every IC is followed by its TC before the next IC; only a last contact may stay."""
    assert truth.ic_s.size == truth.tc_s.size == truth.running.size
    assert np.isfinite(truth.tc_s[:-1]).all()
    assert (truth.tc_s[:-1] > truth.ic_s[:-1]).all()
    assert (truth.tc_s[:-1] < truth.ic_s[1:]).all()


@pytest.mark.parametrize(("cadence", "gct"), [(150.0, 300.0), (170.0, 240.0), (190.0, 180.0)])
def test_truth_has_the_cadence_and_contact_time_asked_for(cadence: float, gct: float) -> None:
    truth = runner(cadence, gct_ms=gct).truth()
    check_order(truth)
    assert truth.cadence_spm() == pytest.approx(cadence, rel=0.005)
    assert np.nanmean(truth.gct_ms()) == pytest.approx(gct, rel=0.02)
    assert truth.strides() == pytest.approx(30.0 * cadence / 120.0, abs=2)
    ((start, end),) = truth.bouts
    assert 2.0 < start < 3.0
    assert 31.0 < end <= 32.5


def test_the_shoe_turns_back_and_stops_with_every_stride() -> None:
    """Over each stride the pitch returns, and integrating the force gives the speed asked for."""
    made = runner(speed=3.5)
    t = np.arange(0.0, made.duration_s, 1 / RATE_HZ)
    accel, gyro = made.sample(t)
    assert gyro is not None
    truth = made.truth()
    steady = truth.ic_s[6:-6] + 0.09  # the shoe is flat
    angle = np.cumsum(gyro, axis=0) / RATE_HZ
    at = (steady * RATE_HZ).astype(int)
    axis = np.linalg.svd(gyro, full_matrices=False)[2][0]
    assert abs(np.diff(angle[at] @ axis)).max() < 8.0
    flat = accel[at]
    assert np.median(np.linalg.norm(flat, axis=1)) == pytest.approx(1.0, abs=0.15)


def test_waveform_has_the_marks_that_detection_needs() -> None:
    made = runner(seconds=20.0)
    t = np.arange(0.0, made.duration_s, 1 / RATE_HZ)
    accel, gyro = made.sample(t)
    assert gyro is not None
    peak = np.linalg.norm(accel, axis=1)
    rate = np.linalg.norm(gyro, axis=1)
    truth = made.truth()
    for ic, tc in zip(truth.ic_s[4:-4], truth.tc_s[4:-4], strict=True):
        landing = peak[int((ic - 0.01) * RATE_HZ) : int((ic + 0.07) * RATE_HZ)]
        assert 5.0 < landing.max() < 32.0
        stance = rate[int((ic + 0.08) * RATE_HZ) : int((ic + 0.11) * RATE_HZ)]
        assert stance.min() < 120.0
        push = rate[int((tc - 0.08) * RATE_HZ) : int((tc + 0.01) * RATE_HZ)]
        assert push.max() > 350.0


def test_sampling_in_blocks_or_at_once_gives_the_same() -> None:
    one, two = runner(seconds=10.0), runner(seconds=10.0)
    t = np.arange(0.0, one.duration_s, 1 / 417.0)
    whole = one.sample(t)[0]
    parts = np.concatenate([two.sample(t[k : k + 100])[0] for k in range(0, t.size, 100)])
    assert np.array_equal(whole, parts)


def test_limp_fatigue_and_asymmetry_show_in_the_truth() -> None:
    even = runner(seed=4)
    tired = runner(seed=4, habits=Habits(fatigue=1.0))
    assert np.nanmean(tired.truth().gct_ms()[-10:]) > 1.04 * np.nanmean(even.truth().gct_ms()[-10:])
    sides = [
        np.nanmean(runner(habits=Habits(asymmetry_pct=10.0), foot=foot).truth().gct_ms()) for foot in ("left", "right")
    ]
    assert 200 * (sides[0] - sides[1]) / sum(sides) == pytest.approx(10.0, abs=2.0)
    limping = runner(foot="left", habits=Habits(limp_from_s=15.0)).truth()
    before, after = limping.ic_s < 15.0, limping.ic_s > 15.5
    gct = limping.tc_s - limping.ic_s
    assert np.nanmean(gct[after]) < 0.92 * np.nanmean(gct[before])


def test_after_a_fall_the_shoe_lies_on_its_side() -> None:
    made = runner(habits=Habits(fall_at_s=20.0))
    standing = made.sample(np.array([1.0]))[0][0]
    lying, rate = made.sample(np.array([25.0]))
    assert lying[0] @ standing < 0.5
    assert np.linalg.norm(lying[0]) == pytest.approx(1.0, abs=0.01)
    assert rate is not None
    assert abs(rate).max() < 1.0
    assert made.truth().ic_s.max() < 20.5
    assert made.truth().stumbles == (20.0,)


def test_walking_is_no_running() -> None:
    made = ParametricRunner((Segment("walk", 20.0, 110.0, 1.4), Segment("stand", 1.0)))
    truth = made.truth()
    check_order(truth)
    assert truth.ic_s.size > 15
    assert truth.strides() == 0
    assert truth.bouts == ()


def test_the_demo_scene_has_its_story() -> None:
    scene = demo_scene(40.0, seed=3)
    truth = {name: motion.truth() for name, motion in scene.motions().items()}
    lead, second, third = (truth[p.name] for p in scene.parts)
    assert lead.bouts[0][0] < second.bouts[0][0] - 5 < third.bouts[0][0] - 5
    assert second.bouts[0][1] < third.bouts[0][1] < lead.bouts[0][1]
    stride = 120.0 / lead.cadence_spm()
    lag = [(t - lead.ic_s[abs(lead.ic_s - t).argmin()]) / stride * 360 for t in second.ic_s]
    assert max(np.abs(lag)) < 30.0
    assert abs(third.cadence_spm() / lead.cadence_spm() - 1.0) > 0.06


@pytest.mark.parametrize(("runners", "seconds"), [(0, 40.0), (7, 40.0), (3, 5.0)])
def test_impossible_scenes_are_refused(runners: int, seconds: float) -> None:
    with pytest.raises(RunslateError, match="cannot be made"):
        demo_scene(seconds, 0, runners)


def write_recording(path: Path, columns: str, rows: list[str]) -> Path:
    with gzip.open(path, "wt") as file:
        file.write("\n".join((columns, *rows)) + "\n")
    return path


def test_a_recording_is_resampled_and_its_axes_are_turned(tmp_path: Path) -> None:
    rows = [f"{5 + k / 100},{k / 100},0,1,10,20,{k}" for k in range(101)]
    path = write_recording(tmp_path / "r.csv.gz", "t_s,ax,ay,az,gx,gy,gz", rows)
    accel, gyro = Recording(path, "-y+x+z").sample(np.array([0.005, 0.255]))
    assert accel == pytest.approx(np.array([[0.0, 0.005, 1.0], [0.0, 0.255, 1.0]]))
    assert gyro == pytest.approx(np.array([[-20.0, 10.0, 0.5], [-20.0, 10.0, 25.5]]))


def test_a_recording_without_gyroscope_says_so_and_plays(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "r.csv.gz", "t_s,ax,ay,az", ["0,0,0,1", "1,0,0,1", "2,0,0,1"])
    play = Playback(Recording(path), zero_s=1.0)
    assert not play.has_gyro
    accel, gyro = play.sample(np.array([0.0, 1.5, 9.0]))
    assert accel == pytest.approx(np.array([[0.0, 0.0, 1.0]] * 3))
    assert not gyro.any()


@pytest.mark.parametrize(
    ("columns", "rows", "reason"),
    [("t_s,ax,ay", ["0,0,0", "1,0,0"], "no column az"), ("t_s,ax,ay,az", ["0,0,0,x"], "could not")],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, columns: str, rows: list[str], reason: str) -> None:
    path = write_recording(tmp_path / "r.csv.gz", columns, rows)
    with pytest.raises(RunslateError, match=reason):
        Recording(path)


def test_senseless_axes_and_absent_files_are_refused(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "r.csv.gz", "t_s,ax,ay,az", ["0,0,0,1", "1,0,0,1"])
    with pytest.raises(RunslateError, match="axes"):
        Recording(path, "+x+x+z")
    with pytest.raises(RunslateError, match="not there"):
        Recording(tmp_path / "absent.csv.gz")


def test_warped_strides_without_data_name_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNSLATE_DATA", raising=False)
    with pytest.raises(RunslateError, match="RUNSLATE_DATA"):
        load_sources()


needs_data = pytest.mark.skipif(
    not os.environ.get("RUNSLATE_DATA"), reason="RUNSLATE_DATA names no folder of recordings"
)


@needs_data
@pytest.mark.data
@pytest.mark.parametrize("cadence", [150.0, 172.0, 185.0])
def test_warped_strides_keep_count_and_instants(cadence: float) -> None:
    source = choose_source(load_sources(recordings_folder()), cadence, seed=1)
    made = WarpedRunner((Segment("stand", 2.0), Segment("run", 20.0, cadence, 3.0), Segment("stand", 2.0)), source)
    truth = made.truth()
    check_order(truth)
    assert truth.cadence_spm() == pytest.approx(cadence, rel=0.01)
    t = np.arange(0.0, made.duration_s, 1 / RATE_HZ)
    accel, gyro = made.sample(t)
    assert gyro is not None
    # Joins are no impacts: the middle of each contact is quiet, and so is standing.
    size = np.linalg.norm(accel, axis=1)
    assert size[t < 1.9] == pytest.approx(1.0, abs=1e-6)
    flat = ((truth.ic_s + 0.42 * source.duty * 120.0 / cadence) * RATE_HZ).astype(int)
    assert np.median(abs(np.diff(size))[flat[:-1]]) < 0.1
    # One landing per stride, near its instant.
    jolt = [size[int((c - 0.05) * RATE_HZ) : int((c + 0.08) * RATE_HZ)].max() for c in truth.ic_s]
    assert min(jolt) > 2.5


@needs_data
@pytest.mark.data
def test_no_recording_is_stretched_beyond_belief() -> None:
    with pytest.raises(RunslateError, match="No recording runs near 90"):
        choose_source(load_sources(recordings_folder()), 90.0, seed=0)
