"""Incidents: from a tag's alarm to one page for the safety file."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from analysis.synthetic import contacts, join, strides
from matplotlib.backends.backend_agg import FigureCanvasAgg
from runslate.analysis.tables import Alarm, StrideTable
from runslate.errors import RunslateError
from runslate.incidents.evidence import Tapes
from runslate.incidents.happening import NOT_MEDICAL, happenings, measured, title
from runslate.incidents.hostlimps import host_limps
from runslate.incidents.pdf import sheet_figure
from runslate.incidents.record import acknowledge, clock_text, close, incident, incidents
from runslate.incidents.sheet import Facts
from runslate.library import Library
from runslate.summary import summarise
from runslate.take import Take

from host.commands import call
from host.takemaker import Runner, make_take

HIT, LIMP, FALL = 4, 5, 6
LIMPING = (LIMP, 11.25, (391, 350, 20, 1))
EARLIER = (LIMP, -0.9, (391, 350, 20, 1))
"""In the reel, but before the take."""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "lib")


@pytest.fixture
def take(library: Library) -> Take:
    runners = [Runner("Ada", [(2, 18)]), Runner("Ben", [(3, 17)], alarms=[EARLIER, LIMPING], loud=(11.0, 11.5))]
    take = make_take(library, "S1", 1, "Ada", runners)
    summarise(library, take, report=True)
    return take


def alarm(what: str, second: float, uid: str = "a", runner: str = "Ben", **numbers: int) -> Alarm:
    return Alarm(runner, uid, "left", "00000001", what, round(second * 1e6), round(second * 4e4), numbers)


def test_a_limp_becomes_an_incident_at_its_time(library: Library, take: Take) -> None:
    (found,) = incidents(library)
    assert (found.name, found.runner, found.take, found.scene) == ("I-0001", "Ben", "S1-1-T1", "S1")
    assert (found.title, found.state) == ("possible limp", "open")
    assert found.at_us == pytest.approx(11_250_000, abs=100)
    assert found.take_time in ("00:00:11.250", "00:00:11.249")
    assert found.utc.startswith("2026-05-01T10:01:11.2")
    assert "39.1 %" in found.measured
    assert "35.0 %" in found.measured


def test_collecting_again_adds_nothing(library: Library, take: Take) -> None:
    before = (library.path / "incidents.jsonl").read_bytes()
    summarise(library, take, report=True)
    assert (library.path / "incidents.jsonl").read_bytes() == before


def test_the_evidence_is_the_raw_data_around_it(library: Library, take: Take) -> None:
    with (library.path / "incidents" / "I-0001" / "evidence.csv").open() as file:
        rows = list(csv.DictReader(file))
    seconds = [float(row["seconds"]) for row in rows]
    assert seconds[0] == pytest.approx(-10, abs=0.01)
    assert seconds[-1] == pytest.approx(9.7, abs=0.6)  # the reel ends a second after the take
    assert len(rows) == pytest.approx((seconds[-1] - seconds[0]) / 96 / 25e-6, rel=0.001)
    loud = [float(row["seconds"]) for row in rows if float(row["az_g"]) > 10]
    assert -0.8 < loud[0] < loud[-1] < 0.8
    assert {row["tag"] for row in rows} == {take.cast[1].nodes[0].uid}


def test_it_is_in_the_report_and_at_its_top(library: Library, take: Take) -> None:
    report = (library.take_folder(take.name) / "report.html").read_text()
    assert "Ben: possible limp at 11.2 s." in report
    assert "not a medical device" in report


def test_nothing_befell_nobody_says_nothing(library: Library) -> None:
    take = make_take(library, "S2", 2, "Ada", [Runner("Ada", [(2, 18)])])
    document = summarise(library, take, report=True)
    assert document["incidents"] == []
    assert "Incidents" not in Path(document["report"]).read_text()
    assert not (library.path / "incidents.jsonl").exists()


def test_it_is_acknowledged_and_closed_by_people_and_stays(library: Library, take: Take) -> None:
    with pytest.raises(RunslateError, match="acknowledged"):
        close(library, "I-0001", "Cleo", "sent home", "see a doctor")
    assert acknowledge(library, "1", "Cleo", "ankle looked at").state == "acknowledged"
    done = call(
        "incidents", "close", "I-0001", "--by", "Cleo", "--action", "rested", "--follow-up", "run test", "--json",
        "--library", str(library.path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["state"] == "closed"
    page = Path(document["files"][0]).read_text()
    assert all(words in page for words in ("ankle looked at", "rested", "run test", "Cleo", "possible limp"))
    with pytest.raises(RunslateError, match="is closed"):
        acknowledge(library, "I-0001", "Dora", "")
    assert call("incidents", "list", "--open", "--json", "--library", str(library.path)).stdout.count("I-0001") == 0


def test_an_incident_that_does_not_exist_is_a_sentence(library: Library, take: Take) -> None:
    with pytest.raises(RunslateError, match="The last are I-0001"):
        incident(library, "I-0007")


def test_the_pdf_is_one_private_page(library: Library, take: Take) -> None:
    done = call("incidents", "show", "I-0001", "--pdf", "--json", "--library", str(library.path))
    assert done.returncode == 0, done.stderr
    path = Path(json.loads(done.stdout)["files"][1])
    data = path.read_bytes()
    assert data.startswith(b"%PDF")
    assert re.findall(rb"/Count (\d+)", data) == [b"1"]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("story", ["looked at", "a long story, " * 300])
def test_all_words_of_the_pdf_are_on_the_page_and_none_on_each_other(library: Library, take: Take, story: str) -> None:
    found = acknowledge(library, "I-0001", "Cleo", story)
    figure = sheet_figure(found, Tapes(library, take).around(found), Facts(library.id, "5ea1" * 16, "abc" * 8))
    figure.set_dpi(72)
    drawn = FigureCanvasAgg(figure).get_renderer()
    boxes = [(text.get_text(), text.get_window_extent(drawn)) for text in figure.texts if text.get_text()]
    boxes += [("picture", axes.get_tightbbox(drawn)) for axes in figure.axes]
    assert len(figure.axes) == 1
    said = " ".join(text for text, _ in boxes)
    assert all(words in said for words in ("possible limp", "not a medical device", "00:00:11.2", "Ben", story[:9]))
    for index, (words, box) in enumerate(boxes):
        assert box.x0 >= 0, words
        assert box.y0 >= 0, words
        assert box.x1 <= figure.bbox.x1, words
        assert box.y1 <= figure.bbox.y1, words
        assert not [other for other, at in boxes[index + 1 :] if box.overlaps(at)], words


def test_what_belongs_together_is_one_happening() -> None:
    alarms = [
        alarm("hit", 9.0, peak_mg=21_000, baseline_mg=9_000),
        alarm("fall", 10.0, peak_mg=21_000, tilt_deg=80, quiet_ms=1500, kind=2),
        alarm("fall", 10.3, uid="b", peak_mg=12_000, tilt_deg=40, quiet_ms=1400, kind=1),
        alarm("hit", 30.0, peak_mg=15_000, baseline_mg=9_000),
        alarm("limp", 31.0, contact_share=380, baseline_share=350, strides=20, level=1),
        alarm("limp", 55.0, contact_share=420, baseline_share=350, strides=20, level=2),
        alarm("limp", 31.0, runner="Cleo", contact_share=380, baseline_share=350, strides=20, level=1),
    ]
    found = happenings(alarms)
    assert [(h.runner, title(h), len(h.alarms)) for h in found] == [
        ("Ben", "possible fall", 3),
        ("Ben", "hit", 1),
        ("Ben", "possible limp, marked", 2),
        ("Cleo", "possible limp", 1),
    ]
    assert "42.0 %" in measured(found[2])
    assert found[0].start_us == 9_000_000


def both_feet(limp: bool) -> dict[str, StrideTable]:
    """Five minutes of one runner; from the fourth on, perhaps, the left foot stays 15 % longer on the ground."""
    left_s = contacts(0, 300, seed=3)
    left, right = strides(left_s, "left"), strides((left_s[:-1] + left_s[1:]) / 2, "right")
    longer = np.where((left.ic_us > 200_000_000) & limp, 1.15, 1.0)
    return {"Ben": join(replace(left, gct_ms=left.gct_ms * longer), right)}


def test_what_the_host_finds_in_both_feet_is_a_possible_limp_too() -> None:
    (found,) = happenings(host_limps(both_feet(limp=True), 0))
    assert found.start_us == pytest.approx(200e6, abs=15e6)
    assert title(found).startswith("possible limp")
    assert "the left foot stays longer on the ground" in measured(found)
    assert host_limps(both_feet(limp=False), 0) == []


def test_a_stumble_is_not_called_a_fall() -> None:
    (found,) = happenings([alarm("fall", 1.0, peak_mg=9_000, tilt_deg=4, quiet_ms=800, kind=1)])
    assert title(found) == "stumble"


def test_no_word_of_a_diagnosis() -> None:
    kinds = [
        alarm("hit", 0), alarm("limp", 100, level=1), alarm("limp", 300, level=2), alarm("fall", 500, kind=1),
        alarm("fall", 700, kind=2),
    ]  # fmt: skip
    said = " ".join(f"{title(h)} {measured(h)}" for h in happenings(kinds)).casefold()
    for word in ("injur", "sprain", "fracture", "broken", "pain", "medical"):
        assert word not in said
    assert "no diagnosis" in NOT_MEDICAL


def test_times_are_whole_numbers() -> None:
    assert clock_text(31 * 60_000_000 + 4_123_999) == "00:31:04.123"
    assert clock_text(0) == "00:00:00.000"
    assert clock_text(3 * 3_600_000_000 - 1) == "02:59:59.999"
