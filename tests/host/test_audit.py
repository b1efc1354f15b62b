"""The audit: one engine for catalogues and for libraries of measured takes."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from runslate.audit import catalogue, shelf
from runslate.audit.case import Case
from runslate.audit.count import Audit, audit
from runslate.audit.document import audit_document
from runslate.audit.interval import clopper_pearson
from runslate.audit.picture import audit_picture
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.rules.kinds import Alone, Apart, AtMost
from scipy.stats import binomtest

from host.commands import call, run
from host.takemaker import Runner, make_take

HEAD = "title,year,series,lead,company,partners,evidence\n"


def counted(text: str, lead: str = "Ann") -> Audit:
    rows = catalogue.parse_catalogue(HEAD + text, "x.csv")
    lead = catalogue.spelled(rows, lead, "x.csv")
    return audit(catalogue.cases(rows, lead), Alone(lead), lead)


@pytest.fixture(scope="module")
def filmography() -> dict[str, object]:
    done = call("audit", "filmography", "--lead", "tom CRUISE", "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_career_behind_it_all(filmography: dict[str, object]) -> None:
    assert (filmography["lead"], filmography["total"], filmography["holds"], filmography["unknown"]) == (
        "Tom Cruise", 9, 3, 0,
    )  # fmt: skip
    exceptions = filmography["exceptions"]
    assert [e["kind"] for e in exceptions].count("pair") == 4
    assert [e["kind"] for e in exceptions].count("group") == 2
    assert {p for e in exceptions if e["kind"] == "pair" for p in e["partners"]} == {
        "Robert Duvall", "Cameron Diaz", "Cobie Smulders", "Annabelle Wallis",
    }  # fmt: skip
    assert all(e["evidence"] for e in exceptions)


def test_always_is_said_of_the_one_series_and_of_no_other(filmography: dict[str, object]) -> None:
    groups = filmography["by"]
    assert {name for name, group in groups.items() if group["word"] == "always"} == {"Mission: Impossible"}
    assert (groups["Mission: Impossible"]["holds"], groups["Mission: Impossible"]["total"]) == (3, 3)
    assert groups["Jack Reacher"]["word"] == "never"
    assert groups["Knight and Day"]["word"] == "never"
    assert "" not in groups


@pytest.mark.parametrize(("holds", "total"), [(3, 9), (0, 4), (4, 4), (1, 2), (17, 40)])
def test_the_interval_is_the_exact_one(holds: int, total: int) -> None:
    exact = binomtest(holds, total).proportion_ci(0.95, "exact")
    assert clopper_pearson(holds, total) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_unknown_rows_stay_out_of_the_count() -> None:
    found = counted("A,2001,S,Ann,alone,,\nB,2002,S,Ann,unknown,,\nC,2003,S,Ann,,,\nD,2004,S,Ann,pair,Bo,seen\n")
    document = audit_document(found, "series")
    assert (document["total"], document["holds"], document["unknown"]) == (2, 1, 2)
    assert [case["title"] for case in document["unknown_cases"]] == ["B", "C"]
    assert document["by"]["S"]["word"] == "sometimes"


def test_whom_an_unknown_row_names_may_have_run_and_breaks_nothing() -> None:
    found = counted("A,2001,S,Ann,unknown,Bo,rushes\nB,2002,S,Ann,pair,Bo,seen\n")
    assert (found.tally.holds, found.tally.total, found.tally.unknown) == (0, 1, 1)
    assert found.by("partner")["Bo"].unknown == 1


def test_one_scene_is_no_habit_and_a_tie_no_majority() -> None:
    words = {name: t.word for name, t in counted(
        "A,,One,Ann,alone,,\nB,,Tie,Ann,alone,,\nC,,Tie,Ann,group,,\nD,,Most,Ann,alone,,\nE,,Most,Ann,alone,,\n"
        "F,,Most,Ann,pair,,\nG,,Dark,Ann,unknown,,\nH,,,Ann,alone,,\n"
    ).by("series").items()}  # fmt: skip
    assert words == {
        "One": "once", "Tie": "sometimes", "Most": "mostly", "Dark": "unknown", "H": "once",
    }  # fmt: skip


def test_no_row_at_all_counts_nothing() -> None:
    document = audit_document(counted(""), "series")
    assert (document["total"], document["holds"], document["interval_95"]) == (0, 0, [0.0, 1.0])
    assert document["by"] == {}
    assert document["exceptions"] == []


def test_a_lead_of_no_row_is_an_error_that_names_the_leads() -> None:
    with pytest.raises(RunslateError, match="Its leads: Ann, Bo"):
        counted("A,,,Ann,alone,,\nB,,,Bo,alone,,\n", "Cid")


def test_the_only_lead_need_not_be_named_and_of_several_one_has_to_be(tmp_path: Path) -> None:
    assert "Tom Cruise runs alone: in 3 of 9" in call("audit", "filmography").stdout
    table = tmp_path / "two.csv"
    table.write_text(HEAD + "A,2001,,Ada,alone,,\nB,2002,,Bea,pair,Ada,\n")
    said = call("audit", str(table))
    assert said.returncode == 1
    assert "Ada, Bea" in said.stderr
    assert "--lead" in said.stderr


def test_other_leads_have_their_own_count() -> None:
    text = "A,,,Ann,alone,,\nB,,,Bo,pair,Ann,\nC,,,bo,alone,,\n"
    assert [counted(text, lead).tally.holds for lead in ("ANN", "Bo")] == [1, 1]
    assert counted(text, "Bo").tally.total == 2


def test_by_partner_counts_each_partner_once_and_no_lonely_row() -> None:
    groups = counted("A,,,Ann,group,Bo; Cid,\nB,,,Ann,pair,Bo,\nC,,,Ann,alone,,\n").by("partner")
    assert {name: tally.total for name, tally in groups.items()} == {"Bo": 2, "Cid": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A,2001,S,Ann,pear,,\n", ["line 2", "`company`", "`pear`"]),
        ("A,2001,S,Ann,alone,,\nB,20x1,S,Ann,alone,,\n", ["line 3", "`year`", "`20x1`"]),
        ("A,2001,S,Ann,alone\n", ["line 2", "`partners`"]),
        ("A,2001,S,Ann,alone,,x,y\n", ["line 2", "8 fields"]),
        (",2001,S,Ann,alone,,\n", ["line 2", "`title`"]),
        ("A,2001,S,,alone,,\n", ["line 2", "`lead`"]),
        ("A,2001,S,Ann,alone,Bo,\n", ["line 2", "`partners`", "alone"]),
        ("A,2001,S,Ann,pair,ann,\n", ["line 2", "`partners`", "ann"]),
        ("A,2001,S,Ann,group,Bo;bo,\n", ["line 2", "`partners`", "bo"]),
        ("A,２００１,S,Ann,alone,,\n", ["line 2", "`year`"]),
        ('A,2001,S,"Ann,alone,,\n', ["line 2", "Quotes"]),
        ('"A\nB",2001,S,Ann,alone,,\nC,2001,S,Ann,pear,,\n', ["line 4", "`company`"]),
    ],
)
def test_a_broken_row_is_an_error_that_names_line_and_column(text: str, words: list[str]) -> None:
    with pytest.raises(RunslateError) as caught:
        counted(text)
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("title,year,lead\n")
    done = run("audit", str(path), "--lead", "x")
    assert done.returncode == 1
    assert "column `series`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_heading_may_have_spaces_and_capitals_but_no_column_twice() -> None:
    rows = catalogue.parse_catalogue(HEAD.replace(",", ", ").title() + "A,2001,S,Ann,alone,,\n", "x.csv")
    assert rows[0].company == "alone"
    with pytest.raises(RunslateError, match="`title`, stands twice"):
        catalogue.parse_catalogue("title," + HEAD + "A,B,2001,S,Ann,alone,,\n", "x.csv")


def test_neither_a_library_nor_a_catalogue_is_said_to_be_neither(tmp_path: Path) -> None:
    done = call("audit", str(tmp_path / "story"), "--lead", "x")
    assert done.returncode == 1
    assert f"neither a library nor a catalogue at {tmp_path / 'story'}" in done.stderr
    assert "filmography" in done.stderr


def test_a_catalogue_with_semicolons_is_told_so() -> None:
    with pytest.raises(RunslateError, match=r"`title`.*separated by `;`"):
        catalogue.parse_catalogue(HEAD.replace(",", ";") + "A;2001;S;Ann;alone;;\n", "x.csv")


def test_the_picture_names_every_case_and_needs_nothing_else() -> None:
    rows = catalogue.read_catalogue(catalogue.catalogue_path("filmography"))
    found = audit(catalogue.cases(rows, "Tom Cruise"), Alone("Tom Cruise"), "Tom Cruise")
    picture = audit_picture(found, "series")
    assert picture.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert all(row.title in picture for row in rows)
    assert "3 of 9" in picture
    assert "always: 3 of 3" in picture


def test_the_picture_tells_all_of_a_long_evidence_and_of_a_crowd() -> None:
    crowd, seen = [f"Runner{n}" for n in range(12)], " ".join(f"word{n}" for n in range(40))
    picture = audit_picture(counted(f"A,,,Ann,group,{'; '.join(crowd)},{seen}\n"), "series")
    written = re.findall(r"<text[^>]*>([^<]*)</text>", picture)
    assert all(word in " ".join(written).replace(",", "").split() for word in (*crowd, *seen.split()))


COMPANY = ("alone", "pair", "group", "flat", "flat and pair")


def cast_of(kind: str, rng: random.Random) -> list[Runner]:
    """Three runners whose company of the lead is known."""
    start = rng.uniform(1.0, 3.0)
    ada = Runner("Ada", [(start, start + rng.uniform(10, 14))])
    ben, cleo = Runner("Ben", foot="right"), Runner("Cleo", foot="right")
    if kind in ("pair", "group", "flat and pair"):
        ben.runs = [(start + rng.uniform(1, 3), start + rng.uniform(6, 9))]
    if kind == "group":
        cleo.runs = [(start + rng.uniform(1, 3), start + rng.uniform(6, 9))]
    if kind == "alone" and rng.random() < 0.5:
        cleo.runs = [(start + 15.0, start + 17.0)]  # runs when the lead stands
    if kind.startswith("flat"):
        cleo.flat_s = start + rng.uniform(3, 6)
    return [ada, ben, cleo]


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> tuple[Library, dict[str, str]]:
    """A library of 40 takes in four scenes with known company."""
    library = Library(tmp_path_factory.mktemp("audit") / "lib")
    truth, rng = {}, random.Random(7)
    for number in range(1, 41):
        kind = COMPANY[number % 5] if number > 10 else "alone"
        take = make_take(library, f"S{(number - 1) // 10 + 1}", number, "Ada", cast_of(kind, rng))
        truth[take.name] = kind
    return library, truth


@pytest.fixture(scope="module")
def measured(shot: tuple[Library, dict[str, str]]) -> list[Case]:
    library, _ = shot
    return shelf.cases(library, shelf.countable(library, "ada"), "Ada")


def test_forty_takes_of_known_company_are_all_judged_right(
    shot: tuple[Library, dict[str, str]], measured: list[Case]
) -> None:
    _, truth = shot
    found = audit(measured, Alone("Ada"), "Ada")
    told = {
        each.case.name: each.kind if each.finding.answer == "broken" else each.finding.answer for each in found.judged
    }
    words = {"alone": "holds", "pair": "pair", "group": "group", "flat": "unknown", "flat and pair": "pair"}
    assert told == {name: words[kind] for name, kind in truth.items()}
    assert len(found.unknowns) == list(truth.values()).count("flat") > 3
    assert all("Cleo" in unseen.finding.moments[0].unseen for unseen in found.unknowns)
    assert found.by("scene")["S1"].word == "always"
    spans = [moment.span_s for case in measured for moment in case.moments("Ada")]
    assert all(span and 0.0 <= span[0] < span[1] <= 20.0 for span in spans)  # seconds of the take
    document = audit_document(found, "series")
    pairs = [e for e in document["exceptions"] if e["kind"] == "pair"]
    assert {tuple(e["partners"]) for e in pairs} == {("Ben",)}
    assert all("among the cast" in e["evidence"] and "with Ben" in e["evidence"] for e in pairs)


def test_other_rules_are_judged_on_the_same_takes(shot: tuple[Library, dict[str, str]], measured: list[Case]) -> None:
    _, truth = shot
    rules = (Apart("Ada", "Cleo"), AtMost(2))
    apart, crowd = (audit_document(audit(measured, rule, "Ada"), "series") for rule in rules)
    groups = sorted(name for name, kind in truth.items() if kind == "group")
    assert sorted(e["take"] for e in apart["exceptions"]) == groups
    assert apart["unknown"] == sum(kind.startswith("flat") for kind in truth.values())
    assert sorted(e["take"] for e in crowd["exceptions"]) == groups
    assert crowd["unknown"] == sum(kind == "flat and pair" for kind in truth.values())


def test_rules_of_a_file_take_the_place_of_the_usual_one(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nkind = "at most"\nrunners = 2\n[[rule]]\nkind = "apart"\nother = "Cameron Diaz"\n')
    done = call("audit", "filmography", "--lead", "tom cruise", "--rules", str(rules), "--json")
    assert done.returncode == 0, done.stderr
    crowd, apart = json.loads(done.stdout)["rules"]
    assert (crowd["total"], crowd["holds"], [e["kind"] for e in crowd["exceptions"]]) == (9, 7, ["group"] * 2)
    assert [e["title"] for e in apart["exceptions"]] == ["Knight and Day"]


def test_a_false_start_and_a_rolling_take_are_not_counted(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib")
    for number in (1, 2, 3):
        take = make_take(library, "S1", number, "Ada", [Runner("Ada", [(2, 15)])])
        take.status = "false start" if number == 2 else "hold"
        take.end_us = None if number == 3 else take.end_us
        library.save_take(take)
    assert [take.name for take in shelf.countable(library, "Ada")] == ["S1-1-T1"]
    with pytest.raises(RunslateError, match="Runners of its takes: Ada"):
        shelf.known_lead(library, shelf.countable(library, "Ben"), "Ben")
    assert shelf.known_lead(library, shelf.countable(library, "ada"), "ada") == "Ada"
