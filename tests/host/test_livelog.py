"""An event is acknowledged only when it is in a file: a killed host loses none that its node has forgotten."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from runslate.library import Library
from runslate.link import Link
from runslate.livelog import LiveLog
from runslate.node import Node
from runslate.rig import Rig
from runslate_protocol import Echo, Event

from host.peer import Peer
from host.waiting import until

EVENT = Event(kind=3, flags=1, tick=1000, p0=400, p1=250, p2=150, p3=9, p4=5)
UID = bytes(range(8)).hex()


@pytest.fixture
def log(tmp_path: Path) -> LiveLog:
    made = LiveLog([UID])
    made.library = Library(tmp_path / "lib")
    return made


def stored(log: LiveLog) -> list[int]:
    assert log.library is not None
    return [line["sequence"] for line in log.library.reel(UID, 7).events()]


def test_an_event_of_a_known_reel_is_in_the_file_when_it_may_be_acknowledged(log: LiveLog) -> None:
    log.know(UID, 7)
    assert log.add_event(UID, 5, 0, EVENT, 1)
    assert stored(log) == [0]


def test_while_a_reel_is_being_started_nothing_is_acknowledged_and_nothing_lost(log: LiveLog) -> None:
    log.starting(UID)
    assert not log.add_event(UID, 5, 3, EVENT, 1)
    log.know(UID, 7, first_event=3)
    assert log.add_event(UID, 5, 4, EVENT, 2)
    assert stored(log) == [3, 4]


def test_events_of_earlier_reels_do_not_get_into_this_one(log: LiveLog) -> None:
    assert log.add_event(UID, 5, 1, EVENT, 1)
    log.know(UID, 7, first_event=2)
    log.add_event(UID, 5, 2, EVENT, 1)
    assert stored(log) == [2]


@pytest.fixture
def peer() -> Iterator[tuple[Peer, Link]]:
    made = Peer()
    link = Link(made)
    link.round_trip.add(0.01)
    yield made, link
    link.close()


def test_what_is_not_stored_is_not_acknowledged_until_a_later_one_is(peer: tuple[Peer, Link]) -> None:
    node, link = peer
    answers = iter([False, False, True])
    got: list[int] = []

    def sink(sequence: int, _event: Event, _at: int) -> bool:
        got.append(sequence)
        return next(answers)

    link.on_event = sink
    for sequence in (0, 1):
        node.push_event(sequence)
    until(lambda: len(got) == 2)
    assert node.acknowledged == 0
    node.push_event(2)
    until(lambda: node.acknowledged == 3)
    assert node.acknowledged == 3


def test_a_silent_node_holds_up_no_other(tmp_path: Path) -> None:
    quiet, lively = Peer(), Peer()
    nodes = [Node(Link(quiet)), Node(Link(lively))]
    nodes[1].hello = nodes[1].hello.__class__(**{**vars(nodes[1].hello), "uid": b"another!"})
    quiet.to_node = lambda _frame: []
    with Rig(nodes) as rig:
        began = time.monotonic()
        done = rig.each(lambda node: (node.link.request(Echo(data=b"x"), tries=4), time.monotonic() - began))
    assert list(done) == [nodes[1].uid]
    assert done[nodes[1].uid][1] < 1.0
