"""Privacy: one person leaves a library without a trace, and nobody else loses a byte."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from pyarrow import parquet
from runslate.audit import shelf
from runslate.chain import Chain
from runslate.clearance.log import Word, clearance_chain, note
from runslate.cli import app
from runslate.cli.common import spelled
from runslate.errors import RunslateError
from runslate.files import append_lines, write_json
from runslate.incidents.keep import write_sheet
from runslate.incidents.record import acknowledge, incident, incidents
from runslate.library import Library
from runslate.privacy import journal, sweep
from runslate.privacy.consent import consents, note_consent
from runslate.privacy.export import export_take
from runslate.privacy.names import Name
from runslate.privacy.purge import purge
from runslate.shots.log import Clock
from runslate.shots.store import store_shots
from runslate.summary import summarise
from runslate.verify import verify_reels
from typer.testing import CliRunner

from host.takemaker import Runner, make_take

GONE = "Zoë"
LIMP = (5, 11.0, (391, 350, 20, 1))


def fill(library: Library) -> None:
    """Takes, clearances, incidents, consents and other files of Ada, Zoë and Zoë Lund."""
    zoe = Runner(GONE, [(5, 15)], alarms=[LIMP])
    ada, lund = Runner("Ada", [(2, 18)], alarms=[LIMP]), Runner("Zoë Lund", [(6, 12)], foot="right")
    for number, cast in enumerate(([ada, zoe], [ada, zoe, lund], [zoe], [ada, lund]), 1):
        make_take(library, "S1", number, GONE if cast == [zoe] else "Ada", cast)
    late = library.take("S1-1-T2")
    late.notes = ["zoë was late", "wind from the left"]
    library.save_take(late)
    csv = library.path.with_name("shots.csv")
    csv.write_text("start,end,runners\n0,20,Ada;zoë\n")
    store_shots(library, late, csv, Clock())
    for take in library.takes():
        summarise(library, take, report=True)
    for candidate, by, why in ((GONE, "Ada", "she is new"), ("Zoë Lund", GONE, "asked by Zoë herself")):
        note(library, Word("refuse", candidate, "Ada", "S1", by, why, "2026-04-01T10:00:00+00:00"))
    note_consent(library, GONE, GONE, "this production")
    note_consent(library, "Ada", "Ada", "safety file")
    theirs = next(each for each in incidents(library) if each.runner == "Ada")
    write_sheet(library, acknowledge(library, theirs.name, GONE, "looked at it"), pdf=True)
    for candidate in (GONE, "Zoë Lund"):
        Chain(library.path / "qualify" / "attempts.jsonl").append({"candidate": candidate, "measured": {"m_s": 4.25}})
    append_lines(library.path / "attempts.jsonl", [{"candidate": GONE, "ok": 1}, {"candidate": "Zoë Lund", "ok": 0}])
    write_json(library.path / "bests.json", {"fastest": {"runner": "ZOË", "m_s": 7.1}, "longest": {"runner": "Ada"}})
    (library.path / "Zoë.txt").write_text("7.1 m/s")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = Library(tmp_path_factory.mktemp("privacy") / "lib")
    fill(library)
    return library.path


@pytest.fixture
def library(filled: Path, tmp_path: Path) -> Library:
    shutil.copytree(filled, tmp_path / "lib")
    return Library(tmp_path / "lib")


def texts(path: Path) -> Iterator[str]:
    """Everything readable in a file, whatever packs it."""
    yield str(path)
    if path.suffix == ".parquet":
        yield str(parquet.read_table(path).to_pydict())
    else:
        yield path.read_bytes().decode("utf-8", "replace")


def traces(library: Library) -> list[str]:
    """Files that still say Zoë and do not mean Zoë Lund; raw bytes, packed tables and escapes alike."""
    found = []
    for path in sorted(library.path.rglob("*")):
        if path.is_file():
            words = "".join(texts(path)).casefold().replace("zoë lund", "").replace(r"zo\u00eb lund", "")
            if any(form in words for form in ("zoë", r"zo\u00eb", "zo&euml;")):
                found.append(str(path.relative_to(library.path)))
    return found


def raw(library: Library) -> dict[str, str]:
    return {p.parent.name: sha256(p.read_bytes()).hexdigest() for p in library.path.glob("reels/*/pages.log")}


def check_gone(library: Library, before: dict[str, str]) -> None:
    assert traces(library) == []
    after = raw(library)
    assert len(after) == len(before) - 3
    assert all(before[name] == digest for name, digest in after.items())
    assert journal.unfinished(library) is None
    assert all(result["verified"] for result in verify_reels(library, None))


def test_before_the_purge_the_name_is_in_many_files(library: Library) -> None:
    assert len(traces(library)) > 15


def test_purge_leaves_no_byte_and_everybody_elses_pages(library: Library) -> None:
    before = raw(library)
    receipt = purge(library, "zoë")
    check_gone(library, before)
    assert (receipt["reels_deleted"], receipt["takes_deleted"], receipt["incidents_deleted"]) == (3, 1, 2 + 1)
    assert receipt["takes_made_anew"] == ["S1-1-T1", "S1-1-T2"]
    assert receipt["other_reels_unchanged"] == raw(library)
    kept = next((library.path / "receipts").iterdir())
    assert json.loads(kept.read_text()) == receipt


def test_a_take_run_with_the_purged_does_not_become_one_run_alone(library: Library) -> None:
    purge(library, GONE)
    take = library.take("S1-1-T1")
    assert [member.runner for member in take.cast] == ["Ada", "(purged 1)"]
    document = summarise(library, take)
    assert document["verdict"]["answer"] == "unknown"
    assert {case.name: case for case in shelf.cases(library, library.takes(), "Ada")}["S1-1-T1"].present == (
        "(purged 1)",
    )
    report = (library.take_folder(take.name) / "report.html").read_text()
    assert "(purged 1)" in report
    assert library.take("S1-1-T2").notes == ["wind from the left"]


def test_what_is_of_others_stays(library: Library) -> None:
    ada = [each for each in incidents(library) if each.runner == "Ada"]
    purge(library, GONE)
    assert [each.name for each in incidents(library)] == [each.name for each in ada]
    assert incident(library, ada[0].name).history[0]["by"] == "(purged)"
    assert (library.path / "incidents" / ada[0].name / "sheet.pdf").exists()
    assert set(consents(library)) == {"Ada"}
    acts = clearance_chain(library).entries()
    assert [entry.text("candidate") for entry in acts] == ["(purged)", "Zoë Lund"]
    assert (library.path / "attempts.jsonl").read_text().count("candidate") == 1
    hers, theirs = Chain(library.path / "qualify" / "attempts.jsonl").entries()
    assert (hers.fields["candidate"], hers.fields["measured"]) == ("(purged)", "(purged)")
    assert theirs.fields["measured"] == {"m_s": 4.25}
    assert json.loads((library.path / "bests.json").read_text()) == {"longest": {"runner": "Ada"}}
    assert "Zoë Lund" in [member.runner for member in library.take("S1-1-T4").cast]


class PowerLossError(Exception):
    """The computer stops here."""


STEPS = [2, 12, 30, *(pytest.param(step, marks=pytest.mark.long) for step in (1, 3, 4, 5, 6, 8, 10, 15, 20, 25))]


@pytest.mark.parametrize("step", STEPS)
def test_interrupted_anywhere_it_completes_when_repeated(
    library: Library, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    before, count = raw(library), 0

    def failing(real: Any) -> Any:
        def call(*words: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                raise PowerLossError
            return real(*words, **options)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing(os.replace))
        patch.setattr(os, "rmdir", failing(os.rmdir))
        patch.setattr(Path, "unlink", failing(Path.unlink))
        with pytest.raises(PowerLossError):
            purge(library, GONE)
    if journal.unfinished(library) is not None and step > 1:
        with pytest.raises(RunslateError, match="purge of Zoë was interrupted"):
            purge(library, "Ada")
    purge(library, GONE)
    check_gone(library, before)


def test_nobody_of_this_name_is_a_sentence_and_changes_nothing(library: Library) -> None:
    before = sorted(library.path.rglob("*"))
    with pytest.raises(RunslateError, match="Runners of its takes: Ada, Zoë, Zoë Lund"):
        purge(library, "Zoe")
    assert sorted(library.path.rglob("*")) == before


def test_a_damaged_table_makes_nobody_known(library: Library) -> None:
    path = library.take_folder("S1-1-T2") / "strides.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RunslateError, match="Runners of its takes"):
        purge(library, "Zoe")


def test_a_damaged_take_is_mended_before_anybody_is_purged(library: Library) -> None:
    torn = library.take_folder("S1-1-T2") / "take.json"
    torn.write_bytes(torn.read_bytes()[:200])
    before = raw(library)
    with pytest.raises(RunslateError, match=r"S1-1-T2/take\.json can't be read"):
        purge(library, GONE)
    assert raw(library) == before
    assert journal.unfinished(library) is None


def test_damaged_tables_and_shot_logs_hinder_no_purge(library: Library) -> None:
    """Nobody can tell what they say: they go, and what can be made anew is."""
    before = raw(library)
    for name in ("S1-1-T2/strides.parquet", "S1-1-T2/shots.json", "S1-1-T4/strides.parquet"):
        path = library.path / "takes" / name
        path.write_bytes(path.read_bytes()[:100])
    purge(library, GONE)
    check_gone(library, before)
    assert parquet.read_table(library.take_folder("S1-1-T4") / "strides.parquet").num_rows > 0


def test_a_rolling_take_is_not_purged(library: Library) -> None:
    take = library.take("S1-1-T1")
    take.end_us = None
    library.save_take(take)
    with pytest.raises(RunslateError, match="still rolls"):
        purge(library, GONE)


def test_the_command_asks_first_and_warns_of_what_tags_may_hold(library: Library) -> None:
    store = next(store for store in library.reels() if store.reel_id == 3001)
    ledger = store.ledger()
    ledger.receipted = False
    store.save_ledger(ledger)
    words = ["runner", "purge", GONE, "--library", str(library.path)]
    asked = CliRunner().invoke(app, words, input="n\n")
    assert asked.exit_code == 1
    assert f"{GONE} was in takes with others (S1-1-T1, S1-1-T2)" in asked.stderr
    assert "becomes `unknown`" in asked.stderr
    assert traces(library)
    done = CliRunner().invoke(app, [*words, "--yes", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["nodes_that_may_still_hold_pages"] == [store.uid]
    assert f"The node {store.uid}" in done.stderr
    assert traces(library) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("with Al from", True), ("AL", True), ('{"runner": "al"}', True), ("alone", False), ("Al Green", False),
        ("also", False), ("pal", False), ("Al and Al Green", True),
    ],
)  # fmt: skip
def test_a_name_is_found_as_a_word_only(text: str, found: bool) -> None:
    assert Name("Al", ["Al Green", "Ada"]).is_in(text) is found


def test_a_name_that_is_a_word_is_purged_by_its_own_spelling(tmp_path: Path) -> None:
    """`Will` and `will` are two things to a report; `Left` would be in all of them."""
    library = Library(tmp_path / "lib")
    make_take(library, "S1", 1, "Ada", [Runner("Ada", [(2, 18)]), Runner("Contact", [(5, 15)])])
    summarise(library, library.take("S1-1-T1"), report=True)
    with pytest.raises(RunslateError, match="can't be told from other words"):
        purge(library, "contact")
    make_take(library, "S1", 9, "Ada", [Runner("Ada", [(2, 18)]), Runner("Runner", [(5, 15)])])
    with pytest.raises(RunslateError, match="every report or incident says it"):
        purge(library, "Runner")
    make_take(library, "Ben", 2, "Ada", [Runner("Ada", [(2, 18)]), Runner("ben", [(5, 15)])])
    with pytest.raises(RunslateError, match="the takes Ben-1-T2 are called so too"):
        purge(library, "ben")
    make_take(library, "S3", 3, "Ada", [Runner("Ada", [(2, 18)]), Runner("ANYBODY", [(5, 15)])])
    summarise(library, library.take("S3-1-T3"), report=True)
    assert purge(library, "anybody")["reels_deleted"] == 1
    report = (library.take_folder("S3-1-T3") / "report.html").read_text()
    assert "anybody who wore no tag" in report
    assert "ANYBODY" not in report


def test_a_name_that_the_readme_says_as_a_word_leaves_the_readme_alone(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib")
    readme = library.path / "README.txt"
    assert Name("Chapter").is_in(readme.read_text())
    make_take(library, "S1", 1, "Ada", [Runner("Ada", [(2, 18)]), Runner("Chapter", [(5, 15)])])
    before = readme.read_bytes()
    assert purge(library, "Chapter")["reels_deleted"] == 1
    assert readme.read_bytes() == before
    readme.write_bytes(before + b"Zo\xc3\xab ran in S1.")
    assert sweep.tells(readme, Name(GONE), library.path)


def test_a_name_is_found_however_it_was_escaped() -> None:
    name = Name("Zoë & Co")
    assert name.is_in(json.dumps({"x": "zoë & co"}))
    assert name.is_in("<b>Zoë &amp; Co</b>")
    assert name.is_in(normalize("NFD", "zoë & co"))
    assert not name.is_in("Zoe")
    quoted = Name('Zoë "Z" Öz')
    assert all(quoted.is_in(json.dumps({"by": quoted.name}, ensure_ascii=ascii_only)) for ascii_only in (True, False))


def test_weiss_is_not_weiß(tmp_path: Path) -> None:
    """Two people, although capitals would spell them alike."""
    library = Library(tmp_path / "lib")
    cast = [Runner("Weiss", [(2, 18)]), Runner("Weiß", [(5, 15)], foot="right")]
    summarise(library, make_take(library, "S1", 1, "Weiss", cast), report=True)
    kept = library.take("S1-1-T1").cast[0].nodes[0].uid
    receipt = purge(library, spelled(library, "weiß"))
    assert [name[:16] for name in receipt["other_reels_unchanged"]] == [kept]
    assert [member.runner for member in library.take("S1-1-T1").cast] == ["Weiss", "(purged 1)"]
    assert not [path for path in library.path.rglob("*") if path.is_file() and "Weiß".encode() in path.read_bytes()]


def test_an_export_under_pseudonyms_names_nobody_and_keeps_the_numbers(library: Library, tmp_path: Path) -> None:
    take = library.take("S1-1-T2")
    plain = summarise(library, take)
    key, written = export_take(library, take, tmp_path / "out")
    assert sorted(key.values()) == ["Runner 1", "Runner 2", "Runner 3"]
    said = "".join(text for path in written for text in texts(path))
    uids = [node.uid for member in take.cast for node in member.nodes]
    for word in ("Ada", "Zoë", "2026-05-01", "10:02", *uids):
        assert word not in said, word
    document = json.loads((tmp_path / "out" / "take.json").read_text())
    assert document["runners"][key["Ada"]]["strides"] == plain["runners"]["Ada"]["strides"]
    for field in ("kind", "start_s", "end_s"):
        assert [s[field] for s in document["company"]] == [s[field] for s in plain["company"]]
    for name, facts in plain["runners"].items():
        assert document["runners"][key[name]]["coverage"] == facts["coverage"]
    with pytest.raises(RunslateError, match="exists"):
        export_take(library, take, tmp_path / "out")


def test_an_export_tells_no_time_of_day(library: Library, tmp_path: Path) -> None:
    take = library.take("S1-1-T2")
    assert take.end_us is not None
    export_take(library, take, tmp_path / "out")
    columns = parquet.read_table(tmp_path / "out" / "strides.parquet").to_pydict()
    instants = [at for name in columns if name.endswith("_us") for at in columns[name] if at is not None]
    assert instants
    assert max(map(abs, instants)) <= take.end_us - take.start_us
    numbers = re.findall(r"-?\d+(?:\.\d+)?", (tmp_path / "out" / "take.json").read_text())
    assert max(abs(float(number)) for number in numbers) <= take.end_us - take.start_us


def test_a_purge_is_not_done_while_any_file_still_tells_the_name(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    (library.path / "notes").write_text(f"{GONE} at seven")
    with monkeypatch.context() as patch:
        patch.setattr(sweep, "take_out", lambda *_: None)
        with pytest.raises(RunslateError, match=r"still named in .*notes"):
            purge(library, GONE)
    assert purge(library, GONE)["receipt"]
    assert not traces(library)


def test_consent_is_kept_per_runner_and_can_be_withdrawn(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib")
    note_consent(library, "Ada", "Ada", "this production")
    note_consent(library, "Ada", "Ada", "this production", given=False)
    assert not consents(library)["Ada"].given
    done = CliRunner().invoke(app, ["runner", "list", "--json"])
    assert json.loads(done.stdout)["runners"][0]["consent"]["given"] is False
    with pytest.raises(RunslateError, match="empty"):
        note_consent(library, "Ada", " ", "x")
