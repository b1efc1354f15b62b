"""From the sensor's registers to Parquet: real firmware on emulated nodes, real serial ports."""

from __future__ import annotations

import json
import os
import signal
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from runslate import hostclock
from runslate.collect import take_tables
from runslate.drain import drain_node, fetch_missing, write_ledger
from runslate.library import Library
from runslate.link import RefusedError
from runslate.node import Node
from runslate.nodetime import node_time
from runslate.reel import Reel
from runslate.rig import Rig
from runslate.rolling import start_reel
from runslate.sim.course import Segment
from runslate.sim.node import NodeSpec, VirtualNode
from runslate.sim.parametric import ParametricRunner
from runslate.sim.pico.images import FS_SECTORS
from runslate.sim.sim import Sim
from runslate.summary import summarise
from runslate.take import Take
from runslate.verify import verify_reel
from runslate_protocol.constants import State

from host.commands import call, run, start
from host.quick import quick_sim
from host.waiting import until

RUN = (Segment("run", 30, cadence_spm=172, speed_mps=3.2),)


def spec(name: str, seed: int = 1) -> NodeSpec:
    """A node on a running shoe; the movement begins with the recording."""
    motion = ParametricRunner(RUN, foot="left", seed=seed)
    return NodeSpec(name, motion, runner=name, foot="left", seed=seed, start="record")


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Sim]:
    with Sim([spec("mary"), spec("bob", 2)], tmp_path / "sim") as running:
        yield running


@pytest.fixture
def mary(tmp_path: Path) -> Iterator[VirtualNode]:
    with Sim([spec("mary")], tmp_path / "sim") as running:
        yield running.nodes["mary"]


@pytest.fixture
def quick_mary(tmp_path: Path) -> Iterator[VirtualNode]:
    with quick_sim([spec("mary")], tmp_path / "sim") as running:
        yield running.nodes["mary"]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "lib")


def record(node: Node, seconds: float) -> int:
    """Record on one node; gives the reel's id. The sleep is the recording itself."""
    reel_id = start_reel(node, 0).reel_id
    hostclock.sleep(seconds)
    node.stop()
    return reel_id


def test_record_finds_two_nodes_and_ends_with_a_verified_take_in_parquet(sim: Sim) -> None:
    done = run("record", "--seconds", "6", "--lead", "mary", "--json")
    assert done.returncode == 0, done.stderr
    take = json.loads(done.stdout)
    assert (take["take"], take["lead"], take["cast"]) == ("S1-1-T1", "mary", ["bob", "mary"])
    assert (take["provisional"], take["lost_pages"], take["gaps"]) == (False, 0, [])
    assert 0 < take["time_uncertainty_us_p95"] < 10_000
    for runner in take["runners"].values():
        assert runner["coverage"] == 1.0
        assert runner["strides"] == pytest.approx(6 * 172 / 120, abs=1.5)
        assert runner["cadence_spm"] == pytest.approx(172, rel=0.02)
    verified = call("takes", "verify", "--json")
    assert verified.returncode == 0, verified.stdout
    folder = Path(take["library"]) / "takes" / take["take"]
    rows = duckdb.sql(
        f"select runner, count(*), median(duration_ms), min(ic_us), max(ic_us) "
        f"from '{folder}/strides.parquet' group by runner order by runner"
    ).fetchall()
    assert [row[0] for row in rows] == ["bob", "mary"]
    for runner, count, duration_ms, first_us, last_us in rows:
        assert count == take["runners"][runner]["strides"]
        assert duration_ms == pytest.approx(120_000 / 172, rel=0.02)
        saved = json.loads((folder / "take.json").read_text())
        assert saved["start_us"] <= first_us <= last_us < saved["end_us"]
    for name in ("mary", "bob"):
        with_reel = Node.open(sim.ports[name])
        assert with_reel.reels() == []  # the receipt has freed the space
        with_reel.close()


def test_strides_lie_where_they_happened_on_the_common_time_line(quick_mary: VirtualNode, library: Library) -> None:
    with Rig.find([quick_mary.port], library) as rig:
        rig.start()
        take = rig.roll(library.new_take("S1", "1"))
        hostclock.sleep(6)
        rig.cut(take)
        rig.drain()
    data = take_tables(library, take)
    quick_mary.write_truth()
    truth = json.loads(quick_mary.truth_file.read_text())
    assert_clock_statement_holds(quick_mary, library, take)
    began_us = (truth["epoch_monotonic_s"] + truth["plays_scene_s"][0]) * 1e6
    contacts = began_us + np.array(truth["motion"]["ic_s"]) * 1e6
    found = data.strides[data.lead].ic_us
    offsets = np.array([contacts[np.argmin(np.abs(contacts - ic))] - ic for ic in found])
    # The zero crossing precedes the contact by a constant; its spread is the detector's.
    assert np.abs(np.median(offsets)) < 80_000
    assert np.abs(offsets - np.median(offsets)).max() < 40_000
    assert data.nodes[0].rate_hz == pytest.approx(1e6 / (96 * 25) * (1 + truth["sensor_ppm"] * 1e-6), rel=2e-3)


def assert_clock_statement_holds(mary: VirtualNode, library: Library, take: Take) -> None:
    """The emulation knows when each anchor was read; the fit must find it as well as it says."""
    (member,) = take.cast
    store = library.reel(member.nodes[0].uid, member.nodes[0].reel_id)
    reel = Reel.load(store)
    clocks = node_time(reel, store.clock(), take)
    ticks, board_us = reel.anchors()
    scene_s = mary.board.ticks.scene_s(board_us - mary.board.ticks.ticks_us(0.0))
    error_us = clocks.to_host(ticks) - (mary.epoch_s + scene_s) * 1e6
    assert np.percentile(np.abs(error_us), 95) <= clocks.uncertainty_us(ticks)


def test_power_lost_in_mid_reel_gives_a_verified_reel_that_states_its_gap(
    quick_mary: VirtualNode, library: Library
) -> None:
    with Rig.find([quick_mary.port], library) as rig:
        rig.start()
        take = rig.roll(library.new_take("S1", "1"))
        hostclock.sleep(4)
        quick_mary.kill()
        killed_us = hostclock.now_us()
        hostclock.sleep(1)
        quick_mary.restart()
        assert until(lambda: any("restarted" in str(problem) for problem in rig.problems), 60)
        rig.cut(take, stop=False)
        results = rig.drain()
    (result,) = results
    assert "not closed (power loss or reset)" in " ".join(result.notes)
    store = library.reel(result.uid, result.reel_id)
    verified = verify_reel(store)
    assert verified["verified"], verified
    assert not verified["closed"]
    document = summarise(library, take)
    assert not document["provisional"]
    (gap,) = [gap for gap in document["gaps"] if gap["end_s"] > 4]
    killed_s = (killed_us - take.start_us) / 1e6
    page_s = Reel.load(store).page_ms / 1000
    # The samples of the page that was being filled, and of the FIFO that was not read yet.
    assert killed_s - 2 * page_s - 0.6 < gap["start_s"] < killed_s + 0.05
    assert "power lost" in gap["reason"]
    assert document["runners"]["mary"]["coverage"] < 1


def test_an_interrupted_drain_goes_on_and_a_second_one_changes_nothing(
    quick_mary: VirtualNode, library: Library
) -> None:
    node = Node.open(quick_mary.port)
    record(node, 3)
    (entry,) = node.reels()
    half = entry.pages // 2
    pages, _ = node.fetch(entry.reel_id, 0, half)
    store = library.reel(node.uid, entry.reel_id)
    store.append(pages)
    (result,) = drain_node(node, library)
    assert (result.state, result.fetched, result.pages) == (
        "whole",
        entry.pages - half,
        entry.pages,
    )
    content = store.read()
    assert drain_node(node, library) == []
    assert store.read() == content
    assert verify_reel(store)["verified"]
    node.close()


def test_nothing_is_freed_before_the_library_has_all(quick_mary: VirtualNode, library: Library) -> None:
    node = Node.open(quick_mary.port)
    reel_id = record(node, 2)
    (entry,) = node.reels()
    store = library.reel(node.uid, reel_id)
    fetched, refused = fetch_missing(node, store, entry)
    ledger = write_ledger(store, node.facts(), entry, node.boot_id, refused)
    assert (fetched, ledger.whole) == (entry.pages, True)
    assert node.reels() == [entry]  # reading never erases
    node.set("library", "1122334455667788")
    (result,) = drain_node(node, library)
    assert result.freed_pages == 0
    assert "belongs to another library" in " ".join(result.notes)
    assert node.reels() == [entry]
    node.close()


def test_ctrl_c_in_a_rolling_take_cuts_it_and_says_what_to_do(mary: VirtualNode) -> None:
    process = start("record", "--seconds", "60", "--json")
    lib = Path(os.environ["RUNSLATE_LIBRARY"])
    assert until(lambda: any(lib.glob("takes/*/take.json")), 20)
    time.sleep(1.5)  # the take itself
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert out == ""
    assert "runslate drain" in err
    assert "Traceback" not in err
    drained = call("drain", "--json")
    assert drained.returncode == 0, drained.stderr
    (take,) = json.loads(drained.stdout)["takes"]
    assert not take["provisional"]
    assert take["runners"]["mary"]["coverage"] == 1.0


def test_roll_and_cut_in_processes_of_their_own(mary: VirtualNode) -> None:
    stranger = call("roll", "--lead", "nobody")
    assert stranger.returncode == 1
    assert "Connected runners: mary." in stranger.stderr
    rolled = run("roll", "--scene", "S7", "--lead", "MARY", "--json")
    assert rolled.returncode == 0, rolled.stderr
    assert json.loads(rolled.stdout)["lead"] == "mary"
    again = call("roll")
    assert again.returncode == 1
    assert "S7-1-T1 rolls already" in again.stderr
    time.sleep(2)
    cut = run("cut", "--json")
    assert cut.returncode == 0, cut.stderr
    assert json.loads(call("takes", "list", "--json").stdout)["takes"][0]["provisional"]
    drained = json.loads(call("drain", "--json").stdout)
    assert [reel["state"] for reel in drained["reels"]] == ["whole"]
    shown = json.loads(call("takes", "show", "S7-1-T1", "--json").stdout)
    assert not shown["provisional"]
    assert shown["seconds"] == pytest.approx(
        json.loads(cut.stdout)["end_us"] / 1e6 - json.loads(rolled.stdout)["start_us"] / 1e6,
        abs=0.01,
    )


def test_a_reel_that_outlived_its_cut_is_stopped_by_the_next_one(quick_mary: VirtualNode, tmp_path: Path) -> None:
    assert call("roll").returncode == 0
    shelf = Library(Path(os.environ["RUNSLATE_LIBRARY"]))
    (take,) = shelf.takes()
    # As a `cut` leaves it that was killed between its mark and the tags.
    assert take.start_us is not None
    take.end_us = take.start_us + 1_000_000
    shelf.save_take(take)
    Library(tmp_path / "other")
    foreign = call("cut", "--library", str(tmp_path / "other"))
    assert foreign.returncode == 1
    assert "No take rolls" in foreign.stderr
    cut = call("cut", "--json")
    assert cut.returncode == 0, cut.stderr
    assert json.loads(cut.stdout) == {"take": None, "stopped": ["mary"]}
    drained = json.loads(call("drain", "--json").stdout)
    assert [reel["state"] for reel in drained["reels"]] == ["whole"]


def test_settings_self_test_lamp_and_doctor(mary: VirtualNode) -> None:
    assert call("node", "set", "runner", "Mary Ann").returncode == 0
    (facts,) = json.loads(call("node", "info", "--json").stdout)["nodes"]
    assert facts["runner"] == "Mary Ann"
    assert facts["seconds_left"] > 200
    checked = json.loads(call("node", "selftest", "--json").stdout)
    assert checked["passed"], checked
    assert call("node", "lamp", "on").returncode == 0
    assert mary.board.lamp
    refused = call("node", "set", "no_such_setting", "1")
    assert refused.returncode == 1
    assert "no_such_setting" in refused.stderr
    doctor = json.loads(call("doctor", "--json").stdout)
    assert doctor["healthy"], [check for check in doctor["checks"] if not check["passed"]]


def test_a_node_without_a_runner_is_a_note_and_an_emulated_one_needs_no_stamp(mary: VirtualNode) -> None:
    for key in ("runner", "foot"):
        assert call("node", "set", key, "").returncode == 0
    done = call("doctor")
    assert done.returncode == 0, done.stdout
    (cure,) = [line for line in done.stdout.splitlines() if "pairing:" in line]
    assert "runslate node set runner" in cure
    assert "node pair" not in cure
    (check,) = [c for c in json.loads(call("doctor", "--json").stdout)["checks"] if c["check"] == "pairing"]
    assert (check["passed"], check["note"]) == (True, True)


class FromTheFuture:
    """A request that this firmware can't know."""

    TYPE, NAME = 0x3E, "FUTURE"

    def numbered(self, request_id: int) -> FromTheFuture:
        self.request_id = request_id
        return self

    def encode(self) -> bytes:
        return struct.pack("<HI", self.request_id, 1)


def test_an_unknown_message_is_refused_in_a_sentence_and_loses_nothing(
    quick_mary: VirtualNode, library: Library
) -> None:
    node = Node.open(quick_mary.port)
    start_reel(node, 0)
    with pytest.raises(RefusedError, match="does not know message type 0x3e") as refused:
        node.link.request(FromTheFuture())  # type: ignore[arg-type, var-annotated]
    assert refused.value.code == 1
    hostclock.sleep(1)
    node.stop()
    (result,) = drain_node(node, library)
    assert result.state == "whole"
    node.close()


def test_a_full_flash_is_told_and_loses_nothing(tmp_path: Path, library: Library) -> None:
    small = spec("mary")
    small.flash_bytes = (FS_SECTORS + 8) * 4096
    with quick_sim([small], tmp_path / "sim") as running:
        node = Node.open(running.ports["mary"])
        start_reel(node, 0)
        assert until(lambda: node.status().state != State.RECORDING, 60)
        (entry,) = node.reels()
        assert (entry.closed, entry.reason) == (1, 2)
        with pytest.raises(RefusedError, match=r"(?i)flash"):
            node.start()
        (result,) = drain_node(node, library)
        assert (result.state, result.reason) == ("whole", "flash full")
        assert verify_reel(library.reel(node.uid, result.reel_id))["verified"]
        node.close()
