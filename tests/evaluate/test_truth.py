"""Every data set's words for what is true are understood, and times are counted from its first sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluate.made import runner, write
from runslate.errors import RunslateError
from runslate.evaluate.recordings import Item, Labelled, find, read
from runslate.evaluate.truth import Known, known
from runslate.sim.recording import Table


def known_of(truth: dict[str, Any], zero_s: float = 0.0, columns: dict[str, np.ndarray] | None = None) -> Known:
    table = Table(zero_s, np.arange(0.0, 10.0, 0.01), columns or {})
    facts = {"activity": "walk", "placement": "left foot", "truth": truth}
    return known(Labelled(Item("set", Path("a.csv.gz")), table, facts))


def test_strides_of_cameras() -> None:
    row = {"t_start": 3.0, "t_end": 3.8, "stride_length_m": 1.2}
    found = known_of({"strides_from_vicon": [row, {"t_start": 3.8, "t_end": 4.6}]}, zero_s=1.0)
    assert np.allclose(found.start_s, [2.0, 2.8])
    assert np.allclose(found.end_s, [2.8, 3.6])
    assert found.length_m[0] == 1.2
    assert np.isnan(found.length_m[1])


def test_annotated_instants_stand_in_where_cameras_give_no_strides() -> None:
    found = known_of({"strides_from_vicon": [], "stride_instants_annotated_s": [1.0, 2.0, 9.0]})
    assert (found.start_s.tolist(), found.end_s.tolist()) == ([1.0], [2.0])


def test_swings_of_the_tagged_foot_become_contacts() -> None:
    truth = {"left_swing_s": [[1.0, 1.5], [2.2, 2.7]], "right_swing_s": [[1.6, 2.0]], "u_turn_s": [4, 5]}
    found = known_of(truth)
    assert found.ic_s.tolist() == [1.5, 2.7]
    assert found.tc_s[0] == 2.2
    assert np.isnan(found.tc_s[1])
    assert found.whole
    assert not found.both_feet


def test_a_force_plate_without_a_list_of_contacts_is_read_itself() -> None:
    t = np.arange(0.0, 10.0, 0.01)
    force = np.where((t % 1.0 > 0.5) & (t % 1.0 < 0.8), 2.0, 0.0)
    found = known_of({}, columns={"fn_bw": force})
    assert np.allclose(found.ic_s % 1.0, 0.5, atol=0.011)
    assert np.allclose((found.tc_s - found.ic_s), 0.3, atol=0.025)


def test_a_foot_pod_gives_means_distance_and_the_clock_between() -> None:
    rows = [{"t_s": float(n), "distance_m": 3.5 * n, "stance_time_ms": 600.0 if n < 3 else 220.0} for n in range(20)]
    means = {"speed_mps": 3.5, "cadence_spm": 170.0, "stance_time_ms": 221.0}
    truth = {"pod_1hz": rows, "mean": means, "time_map": "t_pod = 9.0 + 1.0275 * t_imu (fit)", "strides_counted": 25}
    found = known_of(truth)
    assert found.clock == 1.0275
    assert (found.gct_ms, found.cadence_spm, found.speed_mps, found.count) == (221.0, 170.0, 3.5, 25)
    assert found.distance_m == pytest.approx(3.5 * 19)
    assert found.steady_s == (3.0, 19.0)


def test_what_nobody_knows_is_empty() -> None:
    found = known_of({"kind": "none: negative class"})
    assert found.start_s.size == found.ic_s.size == len(found.windows) == 0
    assert found.cadence_spm is found.gct_ms is found.distance_m is None


@pytest.mark.parametrize(
    ("placement", "place"),
    [("foot: top of the right shoe", "shoe"), ("left hip (belt)", "elsewhere"), ("lower back (L5)", "sacrum"),
     ("sacrum (waistband, back)", "sacrum"), ("leg", "leg"), (None, "shoe")],
)  # fmt: skip
def test_where_the_sensor_was(placement: str | None, place: str) -> None:
    table = Table(0.0, np.arange(2.0), {})
    assert Labelled(Item("set", Path("a")), table, {"placement": placement}).place == place


@pytest.mark.parametrize(
    ("activity", "runs"),
    [("run_outdoor (with stops)", True), ("treadmill_run", True), ("jog", True), ("Sprint start", True),
     ("walk", False), ("walk 10 m, turn: negative class for running", False), ("not running", False), ("", None)],
)  # fmt: skip
def test_whether_somebody_runs(activity: str, runs: bool | None) -> None:
    table = Table(0.0, np.arange(2.0), {})
    assert Labelled(Item("set", Path("a")), table, {"activity": activity}).runs is runs


def test_sets_are_folders_and_a_folder_may_be_one(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write(tmp_path / name, "one", runner(1.0))
    (tmp_path / "a" / "table.csv").write_text("x,y\n1,2\n")  # no recording: nothing describes it
    assert [item.set for item in find(tmp_path)] == ["a", "b"]
    assert [item.file for item in find(tmp_path / "b")] == ["one.csv.gz"]
    with pytest.raises(RunslateError, match="no set called c"):
        find(tmp_path, "c")
    with pytest.raises(RunslateError, match="There is no folder"):
        find(tmp_path / "nowhere")


def test_broken_files_are_told_of_in_a_sentence(tmp_path: Path) -> None:
    path = write(tmp_path, "one", runner(1.0))
    whole = path.read_bytes()
    for data in (b"no gzip", whole[: len(whole) // 2], b""):
        path.write_bytes(data)
        with pytest.raises(RunslateError, match="is not a recording"):
            read(Item("set", path))
    path.write_bytes(whole)
    path.with_name("one.json").write_text("{")
    with pytest.raises(RunslateError, match="it is no JSON"):
        read(Item("set", path))
    path.unlink()
    path.with_name("one.json").write_text('{"columns": []}')
    (lost,) = find(tmp_path)
    with pytest.raises(RunslateError, match="is not there"):
        read(lost)
