"""The commands on one emulated take: score, energy, bar, profile and qualify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from host.commands import call
from host.quick import quick_demo


def answer(library: Path, *words: str) -> dict[str, Any]:
    done = call(*words, "--library", str(library), "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music") / "library"
    with quick_demo():
        answer(folder, "demo", "--seconds", "20", "--seed", "4", "--runners", "1")
    return folder


def test_a_take_becomes_notes_clicks_and_a_curve(library: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"take{suffix}" for suffix in (".mid", ".wav", ".csv", ".svg")]
    options = [word for path in files for word in ("-o", str(path))]
    found = answer(library, "score", "DEMO-1-T1", *options)
    assert all(path.stat().st_size > 500 for path in files)
    assert found["notes"]["Ada"] > 30
    assert found["beat"] is None
    tempo = sorted(bpm for _, bpm in found["bpm"] if bpm)[len(found["bpm"]) // 2]
    near, far = (
        answer(library, "score", "DEMO-1-T1", "--tempo", f"{tempo * factor:.2f}")["beat"] for factor in (1, 1.1)
    )
    assert near["share"] > far["share"]
    assert far["on_beat"] is False


def test_the_energy_curve_is_drawn(library: Path, tmp_path: Path) -> None:
    picture = tmp_path / "energy.svg"
    found = answer(library, "energy", "DEMO-1-T1", "DEMO-1-T1", "-o", str(picture))
    assert [take["take"] for take in found["takes"]] == ["DEMO-1-T1"] * 2
    assert found["takes"][0]["runners"]["Ada"]["mean_g"] > 0.5
    assert picture.read_text().startswith("<svg xmlns")


def test_the_bar_holds_the_takes_bests(library: Path) -> None:
    found = answer(library, "bar", "--runner", "Ada")
    assert found["takes"] == 1
    record = found["records"]["longest_sprint"]["record"]
    assert (record["runner"], record["take"]) == ("Ada", "DEMO-1-T1")
    assert 12 < record["value"] < 20


def test_the_lead_meets_the_own_profile_and_an_attempt_is_kept(library: Path, tmp_path: Path) -> None:
    profile = tmp_path / "own.toml"
    made = answer(library, "profile", "own", "DEMO-1-T1", "-o", str(profile))
    display = f"{1.1 * made['targets']['speed']['mean']:.2f} m/s"
    options = ("qualify", "--candidate", "Ada", "--against", str(profile))
    tried = answer(library, *options, "--take", "DEMO-1-T1", "--display", display)
    assert [attempt["met"] for attempt in tried["attempts"]] == [True]
    assert tried["recommended"] is False
    assert any("No belt node" in note for note in tried["notes"])
    assert answer(library, *options)["met"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("score", "DEMO-1-T1", "-o", "take.mp3"), "can't be written"),
        (("score", "DEMO-1-T1", "--runner", "Zed"), "Zed is not in the cast"),
        (("bar", "--runner", "Zed"), "There is no result of Zed"),
        (("energy", "DEMO-1-T9"), "There is no take"),
        (("profile", "empty"), "A profile needs numbers"),
    ],
)
def test_a_wrong_wish_is_answered_with_a_sentence(library: Path, words: tuple[str, ...], said: str) -> None:
    done = call(*words, "--library", str(library), "--json")
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stdout == ""
