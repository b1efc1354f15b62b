"""`runslate evaluate` as people and scripts use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evaluate.made import runner, write
from host.commands import run
from runslate.errors import RunslateError
from runslate.evaluate.run import chosen

KEYS = {
    "recordings", "stride_f1", "stride_precision", "stride_recall", "stride_time_err_pct",
    "stride_length_err_pct_median", "stride_length_err_pct_p90", "ic_bias_ms", "ic_sd_ms", "tc_bias_ms", "tc_sd_ms",
    "gct_bias_ms", "gct_rmse_ms", "gct_mae_ms", "cadence_err_pct", "distance_err_pct", "speed_err_pct",
    "false_strides_per_min", "class_accuracy",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("recordings")
    write(root / "roads", "run", runner(10.0))
    write(root / "halls", "walk", runner(10.0, "walk", 110.0, 1.4), activity="walk")
    for number in range(4):  # enough that it is worth two processes
        write(root / "roads", f"run {number}", runner(6.0, cadence=160.0 + 5.0 * number))
    write(root / "halls", "hip", runner(2.0, "walk", 110.0, 1.4), activity="walk", placement="left hip")
    return root


def evaluated(*words: str) -> dict[str, Any]:
    done = run("evaluate", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def document(folder: Path) -> dict[str, Any]:
    return evaluated(str(folder))


def test_every_set_has_every_figure_and_so_has_every_recording(document: dict[str, Any]) -> None:
    assert set(document["sets"]) == {"halls", "roads", "pooled"}
    for figures in document["sets"].values():
        assert set(figures) >= KEYS
    for row in document["recordings"]:
        assert set(row) >= (KEYS - {"recordings"}) | {"set", "file"}


def test_figures_are_those_of_what_was_played(document: dict[str, Any]) -> None:
    roads, halls = document["sets"]["roads"], document["sets"]["halls"]
    assert roads["stride_f1"] == roads["running_f1"] == roads["class_accuracy"] == 1.0
    assert roads["false_strides_per_min"] is None
    assert halls["false_strides_per_min"] == 0.0
    assert (halls["recordings"], halls["scored"]) == (2, 1)
    (hip,) = [row for row in document["recordings"] if row["file"] == "hip.csv.gz"]
    assert hip["detector"] is None
    assert "hip" in hip["note"]
    assert hip["stride_f1"] is None


def test_a_second_run_says_the_same_to_the_last_digit(folder: Path, document: dict[str, Any]) -> None:
    assert evaluated(str(folder)) == document


def test_one_set_only_and_a_folder_that_is_a_set(folder: Path, document: dict[str, Any]) -> None:
    assert {item.item.set for item in chosen(folder, "roads")} == {"roads"}
    assert evaluated(str(folder / "halls"))["sets"]["halls"] == document["sets"]["halls"]


def test_people_get_tables_pictures_and_sentences(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "set"
    write(broken, "run", runner(6.0), activity="walk")  # a label that cannot be met: the worst recording
    (broken / "cut.csv.gz").write_bytes(b"\x1f\x8b broken")
    done = run("evaluate", str(broken), "--pictures", str(tmp_path / "pictures"))
    assert done.returncode == 1
    assert "stride_f1" in done.stdout
    assert "cut.csv.gz is not a recording" in done.stderr
    assert "Traceback" not in done.stderr
    (picture,) = (tmp_path / "pictures").iterdir()
    assert picture.read_text().startswith("<svg xmlns")
    assert "run.csv.gz" in picture.read_text()


def test_what_cannot_be_evaluated_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNSLATE_DATA", raising=False)
    done = run("evaluate")
    assert done.returncode == 1
    assert "No folder of recordings was named" in done.stderr
    assert "Traceback" not in done.stderr


def test_emulated_sets_are_named_where_an_unknown_one_is_asked_for() -> None:
    with pytest.raises(RunslateError, match=r"no emulated set called emulated_flying.*emulated_falls"):
        chosen(None, "emulated_flying")
    with pytest.raises(RunslateError, match="need a folder of them"):
        chosen(None, "emulated_warped")


def test_two_hours_are_played_only_when_they_are_asked_for() -> None:
    assert "emulated_hours" not in {work.item.set for work in chosen(None, "emulated")}
    assert {work.item.set for work in chosen(None, "emulated_hours")} == {"emulated_hours"}
