"""Shot logs: alone in frame against alone among the cast."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.shots.log import Clock, ShotRow, parse_shots
from runslate.shots.store import shots_of, store_shots
from runslate.summary import summarise
from runslate.take import Take, parse_status

from host.commands import call
from host.takemaker import Runner, make_take

HEAD = "start,end,runners\n"
NO_CLOCK = Clock()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "lib")


@pytest.fixture
def take(library: Library) -> Take:
    """Ada runs from 2 to 18 s, Ben with her from 6 to 12 s."""
    return make_take(library, "S1", 1, "Ada", [Runner("Ada", [(2, 18)]), Runner("Ben", [(6, 12)])])


def shots(take: Take, text: str, library: Library, clock: Clock = NO_CLOCK) -> dict[str, Any]:
    path = library.path.with_name("shots.csv")
    path.write_text(text)
    store_shots(library, take, path, clock)
    return summarise(library, take, report=True)


def test_without_a_log_the_verdict_is_among_the_cast(library: Library, take: Take) -> None:
    document = summarise(library, take)
    assert document["verdict"]["scope"] == "among the cast"
    assert document["verdict"]["answer"] == "not alone"
    assert "no shot log" in document["verdict"]["scope_sentence"]
    assert document["frame"] is None


def test_who_ran_along_out_of_the_picture_leaves_the_lead_alone_in_frame(take: Take, library: Library) -> None:
    document = shots(take, HEAD + "0,20,ADA\n14,20,Ben\n", library)
    assert document["verdict"]["headline"] == "Ada ran alone in frame."
    assert [(s["kind"], s["runners"]) for s in document["frame"]] == [("alone", [])]
    assert "with" in {s["kind"] for s in document["company"]}  # among the cast as before
    report = (library.take_folder(take.name) / "report.html").read_text()
    assert "Judged in frame" in report
    assert "Among the cast, seen or not" in report


def test_who_ran_along_in_the_picture_is_told_to_the_frame(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "shots.csv"
    path.write_text(HEAD + "01:00:00:00,01:00:08:10,Ada; Ben\n01:00:08:10,01:00:20:00,Ada\n")
    options = ["--rate", "25", "--start-timecode", "01:00:00:00"]
    done = call("shots", take.name, "--csv", str(path), "--json", *options)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["verdict"]["headline"] == "Ada did not run alone in frame."
    (stretch,) = [s for s in document["frame"] if s["kind"] == "with"]
    assert stretch["start_s"] == pytest.approx(6.0, abs=0.1)
    assert stretch["end_s"] == 8.4


def test_somebody_in_the_picture_without_a_tag_is_unknown(take: Take, library: Library) -> None:
    document = shots(take, HEAD + "0,5,Ada\n5,6,Ada;Extra\n", library)
    assert document["verdict"]["answer"] == "unknown"
    assert document["frame"][-1]["unseen"] == ["Extra"]


def test_where_the_lead_is_never_in_the_picture_nobody_ran_in_frame(take: Take, library: Library) -> None:
    document = shots(take, HEAD + "0,20,Ben\n", library)
    assert document["verdict"]["headline"] == "Ada did not run in frame."


def test_a_dark_tag_matters_only_while_its_runner_is_in_the_picture(library: Library) -> None:
    flat = [Runner("Ada", [(2, 18)]), Runner("Ben", flat_s=8)]
    take = make_take(library, "S2", 2, "Ada", flat)
    assert shots(take, HEAD + "0,20,Ada\n0,6,Ben\n", library)["verdict"]["answer"] == "alone"
    assert shots(take, HEAD + "0,20,Ada;Ben\n", library)["verdict"]["answer"] == "unknown"


def test_times_are_whole_microseconds() -> None:
    text = "end,start,runners,rate\n10:00:01:00,10:00:00:01,Ada,23.976\n0.1,0,,\n"
    assert parse_shots(text, "x", Clock("", "10:00:00:00")) == [
        ShotRow(0, 100_000, ()),
        ShotRow(41_708, 1_001_000, ("Ada",)),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("start,end\n0,1\n", ["line 1", "`runners`"]),
        (HEAD + "0,1,Ada\n1,x,Ada\n", ["line 3", "`end`", "`x`"]),
        (HEAD + "2,1,Ada\n", ["line 2", "`end`", "not after"]),
        (HEAD + "0,1\n", ["line 2", "fewer fields"]),
        (HEAD + "0,1,Ada,Ben\n", ["line 2", "more or fewer"]),
        (HEAD + "00:00:00:00,00:00:01:00,Ada\n", ["line 2", "`start`", "--rate"]),
        (HEAD + '0,1,"Ada\n', ["line 2", "Quotes"]),
    ],
)
def test_a_broken_line_is_named(text: str, words: list[str]) -> None:
    with pytest.raises(RunslateError) as caught:
        parse_shots(text, "shots.csv", Clock())
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize("mark", [";", "\t"])
def test_another_separator_than_the_comma_is_named(mark: str) -> None:
    with pytest.raises(RunslateError, match=f"separated by {'a tab' if mark != ';' else '`;`'}.*with commas"):
        parse_shots(HEAD.replace(",", mark) + f"0{mark}1{mark}Ada\n", "shots.csv", Clock())


def stored(take: Take, rows: str, tmp_path: Path) -> str:
    """What the command says of a log that it stores."""
    path = tmp_path / "shots.csv"
    path.write_text(HEAD + rows)
    done = call("shots", take.name, "--csv", str(path), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frame"] is not None
    return done.stderr


@pytest.mark.parametrize("row", ["-1,4,Ada", "18,25,Ada", "30,40,Ada"])
def test_a_shot_outside_the_take_is_stored_and_said(take: Take, tmp_path: Path, row: str) -> None:
    start, end, _ = row.split(",")
    said = stored(take, f"5,20,Ada\n{row}\n", tmp_path)
    assert "Not wholly inside S1-1-T1, which begins at 0 and ends at 20.000 s" in said
    assert f"{start}.000 to {end}.000 s. What" in said
    assert "Nobody" not in said


def test_a_log_of_nobody_of_the_cast_is_stored_and_said(take: Take, tmp_path: Path) -> None:
    assert "Nobody of the cast of S1-1-T1 (Ada, Ben)" in stored(take, "0,20,Zed\n", tmp_path)


def test_a_log_that_fits_is_stored_without_a_word(take: Take, tmp_path: Path) -> None:
    assert stored(take, "0,20,ada\n4,8,\n", tmp_path) == ""


def test_names_that_were_not_separated_are_refused(take: Take, library: Library) -> None:
    with pytest.raises(RunslateError, match="separated by `;`"):
        shots(take, HEAD + "0,20,ada ben\n", library)
    assert not (library.take_folder(take.name) / "shots.json").exists()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"rows": [{"start_us": "x"}]}', b"\xff"])
def test_a_damaged_log_is_said_and_the_verdict_is_among_the_cast(
    take: Take, library: Library, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = library.take_folder(take.name) / "shots.json"
    path.write_bytes(content)
    assert shots_of(library, take) is None
    assert str(path) in caplog.text
    assert "among the cast" in caplog.text


def test_a_broken_log_leaves_the_older_one(take: Take, library: Library, tmp_path: Path) -> None:
    shots(take, HEAD + "0,20,Ada\n", library)
    before = (library.take_folder(take.name) / "shots.json").read_bytes()
    broken = tmp_path / "broken.csv"
    broken.write_text(HEAD + "0,x,Ada\n")
    with pytest.raises(RunslateError, match="line 2"):
        store_shots(library, take, broken, NO_CLOCK)
    assert (library.take_folder(take.name) / "shots.json").read_bytes() == before


@pytest.mark.parametrize(("said", "stored"), [("circle", "circle"), ("NG", "no good"), ("false-start", "false start")])
def test_a_status_is_read_as_people_write_it(said: str, stored: str) -> None:
    assert parse_status(said) == stored


def test_the_status_is_kept(take: Take, library: Library) -> None:
    assert call("takes", "status", take.name, "circle").returncode == 0
    assert library.take(take.name).status == "circle"
    with pytest.raises(RunslateError, match="circle, hold, no good, false start"):
        parse_status("great")
