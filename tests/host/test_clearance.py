"""Clearances: the history that stays, and takes that somebody ran in without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from runslate import hostclock
from runslate.analysis.tables import Permit
from runslate.clearance.live import LiveClearance, of_last_reel
from runslate.clearance.log import Act, Word, clearance_chain, note, state_of
from runslate.errors import RunslateError
from runslate.library import Library
from runslate.rig import Rig
from runslate.sim.course import Segment
from runslate.sim.node import NodeSpec
from runslate.sim.parametric import ParametricRunner
from runslate.sim.sim import Sim
from runslate.summary import summarise
from runslate_protocol.events import Event, EventKind

from host.commands import call
from host.quick import quick_sim
from host.takemaker import Runner, make_take

EARLY = "2026-04-01T10:00:00+00:00"
BETWEEN = "2026-05-01T10:01:30+00:00"
"""After the take number 1 of `takemaker` begins, before number 2."""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "lib")


def say(library: Library, act: Act, candidate: str = "Ben", scene: str = "S1", at: str = EARLY) -> None:
    note(library, Word(act, candidate, "Ada", scene, "Ada", "so she said", at))


def state(library: Library, candidate: str = "ben", scene: str = "s1", at: str | None = None) -> str:
    return state_of(clearance_chain(library).entries(), candidate, "ADA", scene, at)[0]


def both_run(library: Library, scene: str = "S1", number: int = 1, *more: Runner) -> dict[str, object]:
    """A take of Ada with Ben for six seconds, summed up."""
    runners = [Runner("Ada", [(2, 18)]), Runner("Ben", [(6, 12)], foot="right"), *more]
    return summarise(library, make_take(library, scene, number, "Ada", runners), report=True)


def test_the_first_no_stays_in_the_history(library: Library) -> None:
    for act in ("ask", "refuse", "ask", "grant"):
        say(library, act)
    assert state(library) == "granted"
    done = call("clear", "list", "--json", "--library", str(library.path))
    listed = json.loads(done.stdout)
    assert [entry["act"] for entry in listed["entries"]] == ["ask", "refuse", "ask", "grant"]
    assert listed["entries"][1]["why"] == "so she said"
    assert listed["verified"]


def test_a_narrow_terminal_leaves_dates_whole_and_one_line_is_one(library: Library) -> None:
    note(library, Word("refuse", "Ben", "Ada", "S1", "Ada", "nobody runs on screen with me, and never will", EARLY))
    done = call("clear", "list", "--library", str(library.path))
    assert "2026-04-01 10:00  refuse" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\n1 line, unchanged" in done.stdout


def test_the_command_notes_who_what_and_when(tmp_path: Path) -> None:
    words = ["--candidate", "Ben", "--lead", "Ada", "--scene", "4A", "--by", "Ada", "--why", "he is too slow"]
    done = call("clear", "refuse", *words, "--at", "2026-05-01T14:30+02:00", "--json")
    assert done.returncode == 0, done.stderr
    entry = json.loads(done.stdout)
    assert (entry["state"], entry["at"], entry["scene"]) == ("refused", "2026-05-01T12:30:00+00:00", "4A")
    assert call("clear", "refuse", *words, "--at", "yesterday").returncode == 1


def test_a_word_counts_from_its_own_moment_and_for_its_scene(library: Library) -> None:
    say(library, "grant", at=BETWEEN)
    say(library, "refuse", scene="S2")
    assert state(library, at=EARLY) == "never asked"
    assert state(library) == "granted"
    assert state(library, scene="s2") == "refused"
    assert state(library, "cleo") == "never asked"
    say(library, "grant", "Cleo", scene="all")
    assert state(library, "Cleo", "whatever") == "granted"


def test_only_the_lead_clears_and_a_misspelled_lead_is_noticed(library: Library) -> None:
    both_run(library)
    words = ["--candidate", "Ben", "--scene", "S1", "--why", "the office said so"]
    refused = call("clear", "grant", *words, "--lead", "Ada", "--by", "Dora")
    assert refused.returncode == 1
    assert "--by Ada" in refused.stderr
    assert state(library) == "never asked"
    assert "is the name right?" in call("clear", "grant", *words, "--lead", "Adda", "--by", "adda").stderr
    right = call("clear", "grant", *words, "--lead", "ada", "--by", "Ada")
    assert right.returncode == 0
    assert "is the name right?" not in right.stderr
    assert state(library) == "granted"


def test_to_ask_again_takes_no_yes_away(library: Library) -> None:
    say(library, "grant", at=EARLY)
    say(library, "ask", at=BETWEEN)
    assert state(library) == "granted"


def test_a_revoke_needs_a_grant(library: Library) -> None:
    say(library, "refuse")
    with pytest.raises(RunslateError, match="no clearance"):
        say(library, "revoke")
    assert len(clearance_chain(library).entries()) == 1


def test_without_a_log_nobody_is_called_uncleared(library: Library) -> None:
    document = both_run(library)
    assert document["clearance"] == {"kept": False, "permits": {}, "uncleared": []}
    assert document["alerts"] == []


def test_an_uncleared_third_runner_is_named_on_screen_and_in_the_report(library: Library) -> None:
    say(library, "grant")
    document = both_run(library, "S1", 2, Runner("Cleo", [(8, 15)]))
    (found,) = document["clearance"]["uncleared"]  # type: ignore[index]
    assert (found["runner"], found["state"]) == ("Cleo", "never asked")
    assert found["seconds"] == pytest.approx(7, abs=0.8)
    why = "nobody had asked when the take began"
    assert document["alerts"] == [f"Cleo ran with Ada for {found['seconds']:.1f} s without clearance ({why})."]
    report = Path(str(document["report"])).read_text()
    assert "Cleo ran with Ada" in report
    assert "Ben ran with Ada" not in report
    shown = call("report", "S1-1-T2", "--library", str(library.path))
    assert "Cleo ran with Ada" in shown.stdout


def test_a_grant_after_the_take_does_not_clear_it_but_the_next(library: Library) -> None:
    say(library, "refuse")
    say(library, "grant", at=BETWEEN)
    assert both_run(library, "S1", 1)["alerts"]
    assert not both_run(library, "S1", 2)["alerts"]
    say(library, "revoke", at="2026-05-01T10:02:30+00:00")
    assert "revoked by Ada" in str(both_run(library, "S1", 3)["alerts"])


def test_who_only_stood_by_needs_no_clearance(library: Library) -> None:
    say(library, "refuse", "Cleo")
    say(library, "grant")
    assert not both_run(library, "S1", 2, Runner("Cleo"))["alerts"]


def test_a_changed_log_clears_nobody_and_stops_no_report(library: Library) -> None:
    say(library, "grant")
    chain = clearance_chain(library)
    chain.path.write_bytes(chain.path.read_bytes().replace(b"so she said", b"so he says."))
    assert "the clearance log was changed" in str(both_run(library, "S1", 2)["alerts"])
    assert call("clear", "list", "--library", str(library.path)).returncode == 1


def live(**states: str) -> LiveClearance:
    table = {name: Permit(name, state, "Ada") for name, state in states.items()}
    return LiveClearance("Ada", table, {"a": "Ada", "b": "Ben", "c": "Cleo"})


def feed(watched: LiveClearance, uid: str, start_s: float, end_s: float) -> None:
    for number in range(int((end_s - start_s) / 0.7)):
        at_us = round((start_s + 0.7 * number) * 1e6)
        watched.add(uid, (at_us, at_us + 700_000))


def test_live_it_is_told_once_and_called_provisional() -> None:
    watched = live(Ben="refused", Cleo="granted")
    feed(watched, "a", 0, 10)
    feed(watched, "c", 0, 10)
    assert watched.news() == []
    feed(watched, "b", 5, 10)
    (line,) = watched.news()
    assert line.startswith("Provisional: Ben ran with Ada")
    assert "refused by Ada" in line
    assert watched.news() == []


def test_live_a_touch_shorter_than_the_times_are_sure_is_not_told() -> None:
    watched = live(Ben="refused")
    feed(watched, "a", 0, 7)
    feed(watched, "b", 5.5, 12)
    assert watched.news(slack_s=0.5) == []


def test_live_a_link_that_delivers_late_and_in_bursts_does_not_hide_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ada's strides come at once, Ben's in lumps of eight."""
    watched, clock = live(Ben="refused"), 0
    monkeypatch.setattr("runslate.hostclock.now_us", lambda: clock)
    strides = [(uid, 100_000 + 28_000 * number) for number in range(16) for uid in ("a", "b")]
    for uid, tick in sorted(strides, key=lambda s: (s[1] // 224_000 + 1) * 224_000 if s[0] == "b" else s[1] + 28_000):
        sent = (tick // 224_000 + 1) * 224_000 if uid == "b" else tick + 28_000
        clock = 7_000_000 + 25 * sent
        watched.hear(SimpleNamespace(uid=uid), 0, Event(kind=EventKind.STRIDE, flags=1, tick=tick, p0=28_000))  # type: ignore[arg-type]
    (line,) = watched.news()
    seconds = float(line.split(" for ")[1].split(" s ")[0])
    assert seconds == pytest.approx(16 * 0.7, abs=3)  # by arrival alone it would be some 2 s


def test_without_permits_nobody_is_watched() -> None:
    watched = LiveClearance("Ada", None, {"a": "Ada", "b": "Ben"})
    feed(watched, "a", 0, 10)
    feed(watched, "b", 0, 10)
    assert watched.news() == []


def test_events_of_an_earlier_reel_are_not_taken_for_this_one() -> None:
    def event(kind: EventKind, **numbers: int) -> tuple[Event, dict[str, object]]:
        return Event(kind=kind, flags=1, tick=0, **numbers), {}

    old, start, new = event(EventKind.STRIDE), event(EventKind.REEL, p0=1), event(EventKind.STRIDE, p1=7)
    assert of_last_reel([old, start, new]) == [start, new]
    assert of_last_reel([old, new]) == [old, new]


@contextmanager
def running_tags(folder: Path) -> Iterator[Sim]:
    """Emulated tags with genuine firmware on the shoes of Ada and Ben, who run as soon as a reel records."""
    course = (Segment("run", 30, cadence_spm=172, speed_mps=3.2),)
    specs = [
        NodeSpec(name, ParametricRunner(course, "left", seed), runner=name, foot="left", seed=seed, start="record")
        for seed, name in enumerate(("Ada", "Ben"), 1)
    ]
    with quick_sim(specs, folder) as sim:
        with Rig.find(list(sim.ports.values())) as rig:
            for node in rig.nodes:
                node.set("runner", node.name)
        yield sim


def test_with_a_link_the_cut_says_it_at_once_and_the_drain_finally(tmp_path: Path, library: Library) -> None:
    say(library, "refuse", scene="all")
    with running_tags(tmp_path / "sim"):
        assert call("roll", "--lead", "Ada").returncode == 0
        hostclock.sleep(5)  # the take itself
        cut = call("cut")
        drained = call("drain", "--json")
        audited = call("audit", str(library.path), "--lead", "ada", "--json")
    assert "Provisional: Ben ran with Ada" in cut.stderr
    (take,) = json.loads(drained.stdout)["takes"]
    assert take["provisional"] is False
    assert take["alerts"][0].startswith("Ben ran with Ada")
    (exception,) = json.loads(audited.stdout)["exceptions"]
    assert (exception["kind"], exception["partners"]) == ("pair", ["Ben"])
    assert "Ben [not cleared]" in exception["evidence"]


def test_while_it_records_the_screen_says_it(tmp_path: Path, library: Library) -> None:
    say(library, "refuse", scene="all")
    with running_tags(tmp_path / "sim"):
        done = call("record", "--seconds", "14", "--lead", "Ada")
    assert "Provisional: Ben ran with Ada" in done.stderr
    assert done.stderr.count("Provisional: Ben") == 1
    assert "Ben ran with Ada for" in done.stdout
