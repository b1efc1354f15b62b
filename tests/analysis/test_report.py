"""The report: one file that needs nothing else and says what the data say."""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from analysis.synthetic import three_runners
from runslate.analysis.tables import TakeData
from runslate.analysis.take import analyse
from runslate.report import page, write_report
from runslate.report.document import take_document
from runslate.report.html import local_time

VOID = {"meta", "br"}


class Nesting(HTMLParser):
    """Fails on a tag that is closed out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def words_of(data: TakeData) -> str:
    document = Nesting()
    document.feed(page(data, analyse(data)))
    assert document.open == []
    return " ".join(" ".join(document.words).split())


def test_the_file_is_private_and_asks_for_nothing_from_outside(tmp_path: Path) -> None:
    data = three_runners()
    path = write_report(data, analyse(data), tmp_path / "take" / "report.html")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert not re.findall(r"""(?:src|href|@import|url\()\s*=?\s*["']?(?!#)[a-z/]""", text)
    assert "<script" not in text


def test_it_says_verdict_company_numbers_and_times() -> None:
    words = words_of(three_runners())
    assert "Mara did not run alone." in words
    assert "in a group with Ives and Tomas" in words
    assert "Saturday, 14 March 2026, 23:41:07" in words
    assert "final: drained and verified" in words
    assert "No gaps" in words


def test_a_hole_is_drawn_and_named() -> None:
    data = three_runners(flat_s=20.0)
    words = words_of(data)
    assert "the reel ended: low battery" in words
    assert "not known" in words
    assert 'class="unknown"' in page(data, analyse(data))


def test_provisional_is_said_first() -> None:
    words = words_of(replace(three_runners(), provisional=True))
    assert "Provisional. Mara did not run alone." in words
    assert "final" not in words


def test_names_are_text_and_never_markup() -> None:
    data = three_runners()
    name = '<b onclick="x">&Mara'
    renamed = replace(
        data,
        lead=name,
        cast=[name, "Ives", "Tomas"],
        **{
            column: {name if k == "Mara" else k: v for k, v in getattr(data, column).items()}
            for column in ("strides", "coverage", "samples")
        },
        nodes=[replace(n, runner=name if n.runner == "Mara" else n.runner) for n in data.nodes],
    )
    assert "<b onclick" not in page(renamed, analyse(renamed))
    assert "&Mara did not run alone." in words_of(renamed)


def test_a_take_of_nobody_has_a_report_too() -> None:
    data = three_runners()
    nothing = data.strides["Mara"].where(data.strides["Mara"].ic_us < 0)
    empty = replace(data, strides=dict.fromkeys(data.strides, nothing), samples={}, start_utc="")
    assert "Mara did not run." in words_of(empty)


def test_the_document_has_the_keys_that_others_rely_on() -> None:
    data = three_runners(flat_s=20.0)
    document = take_document(data, analyse(data))
    assert document["cast"] == ["Mara", "Ives", "Tomas"]
    assert document["gaps"][0]["start_s"] == 20.0
    assert {"kind", "runners", "start_s", "end_s", "share"} <= set(document["company"][0])
    assert {"strides", "cadence_spm", "gct_ms", "coverage"} <= set(document["runners"]["Ives"])
    assert document["runners"]["Ives"]["flight_ms"] is None


@pytest.mark.parametrize(("zone", "hour"), [("+01:00", 23), ("-03:30", 19), ("Europe/Berlin", 23), ("", 22)])
def test_wall_time_is_the_sets_own(zone: str, hour: int) -> None:
    start = local_time("2026-03-14T22:41:07+00:00", zone)
    assert start is not None
    assert start.hour == hour
