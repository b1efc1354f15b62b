"""The link over a wire that drops, repeats and garbles."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from runslate import hostclock
from runslate.errors import RunslateError
from runslate.fetch import fetch_runs
from runslate.link import Link, RestartedError, SilentError
from runslate.node import Node
from runslate.port import PortGoneError
from runslate_protocol import Echo, ErrorCode, Event, Message, Pages, Refusal, Start, Status

from host import pagemaker
from host.peer import Peer, hello
from host.waiting import until


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def link(peer: Peer) -> Iterator[Link]:
    made = Link(peer)
    made.round_trip.add(0.01)
    yield made
    made.close()


def some_loss(seed: int, share: float) -> Callable[[bytes], list[bytes]]:
    """A wire that loses, damages, repeats and prefixes frames, each with this share."""
    rng = random.Random(seed)

    def mangle(frame: bytes) -> list[bytes]:
        draw = rng.random() / share
        if draw < 1:
            return []
        if draw < 2:
            at = rng.randrange(len(frame))
            return [frame[:at] + bytes([frame[at] ^ 0x55]) + frame[at + 1 :]]
        if draw < 3:
            return [frame, frame]
        if draw < 4:
            return [bytes(rng.randrange(256) for _ in range(30)), b"\0", frame]
        return [frame]

    return mangle


@pytest.mark.parametrize("seed", range(3))
def test_every_request_is_answered_rightly_over_a_bad_wire(peer: Peer, link: Link, seed: int) -> None:
    peer.to_node, peer.to_host = some_loss(seed, 0.06), some_loss(seed + 100, 0.06)
    for length in (1, 63, 64, 511, 512, 600):
        data = bytes(i % 251 for i in range(length))
        assert link.request(Echo(data=data), timeout=0.04, tries=12).data == data


def test_a_lost_reply_is_asked_for_again_under_the_same_id_and_executed_once(peer: Peer, link: Link) -> None:
    lost = iter([[], []])
    peer.to_host = lambda frame: next(lost, [frame])
    known = vars(link.round_trip).copy()
    assert link.request(Start(utc_ms=0, max_seconds=0), timeout=0.05).reel_id == 1
    assert vars(link.round_trip) == known  # which sending was answered is not known: nothing to learn from
    sent = [message for message in peer.seen if isinstance(message, Start)]
    assert len(sent) == 3
    assert len({message.request_id for message in sent}) == 1
    assert peer.starts == 1


def test_timeouts_follow_the_measured_round_trip(peer: Peer, link: Link) -> None:
    slow = Link(Peer())
    for _ in range(20):
        slow.round_trip.add(0.9)
    assert slow.round_trip.timeout > 0.9
    assert link.round_trip.timeout < 0.5
    slow.close()


def test_silence_is_an_error_that_names_the_request(peer: Peer, link: Link) -> None:
    with pytest.raises(SilentError, match="STATUS"):
        link.request(Status(), timeout=0.02, tries=3)


def test_events_come_in_order_each_once_and_are_acknowledged(peer: Peer, link: Link) -> None:
    got: list[int] = []
    link.on_event = lambda sequence, event, at: got.append(sequence)
    for sequence in (0, 1, 3, 3, 2, 1, 5):
        peer.push_event(sequence)
    until(lambda: len(got) == 4)
    assert got == [0, 1, 2, 3]
    assert peer.acknowledged == 4
    peer.push_event(4)
    until(lambda: len(got) == 6)
    assert got == [0, 1, 2, 3, 4, 5]


def test_a_host_that_joins_late_misses_none_of_what_the_node_resends(peer: Peer, link: Link) -> None:
    """The first frame of the window was lost: nothing may be acknowledged past it."""
    got: list[int] = []
    link.on_event = lambda sequence, event, at: got.append(sequence)
    for sequence in (41, 42, 40, 41, 42, 40):
        peer.push_event(sequence)
    until(lambda: len(got) == 3)
    assert got == [40, 41, 42]


def test_events_that_the_node_forgot_do_not_stop_the_others(peer: Peer, link: Link) -> None:
    got: list[int] = []
    link.on_event = lambda sequence, event, at: got.append(sequence)
    for sequence in (0, 1, 9, 9, 9, 9, 9):
        peer.push_event(sequence)
    until(lambda: 9 in got)
    assert got == [0, 1, 9]
    assert link.events.lost == 7


def test_a_restart_is_noticed_by_who_waits(peer: Peer, link: Link) -> None:
    Node(link)
    peer.boot_id = 78
    threading.Timer(0.05, lambda: peer.push_event(0)).start()
    began = time.monotonic()
    with pytest.raises(RestartedError, match="restarted"):
        link.request(Status(), timeout=5)
    assert time.monotonic() - began < 3


def test_after_a_restart_a_new_greeting_works_and_events_begin_anew(peer: Peer, link: Link) -> None:
    node = Node(link)
    got: list[Event] = []
    link.on_event = lambda sequence, event, at: got.append(event)
    peer.push_event(0)
    peer.boot_id = 78
    node.greet()
    assert node.boot_id == 78
    peer.push_event(0)
    until(lambda: len(got) == 2)
    assert len(got) == 2


def test_a_vanished_port_ends_waiting_at_once(peer: Peer, link: Link) -> None:
    threading.Timer(0.05, peer.unplug).start()
    began = time.monotonic()
    with pytest.raises(PortGoneError):
        link.request(Status(), timeout=5)
    assert time.monotonic() - began < 3
    with pytest.raises(PortGoneError):
        link.request(Echo(data=b"x"))


def test_closing_ends_all_waiting(peer: Peer, link: Link) -> None:
    """Ctrl-C while draining must not wait for time-outs."""
    threading.Timer(0.05, link.close).start()
    began = time.monotonic()
    with pytest.raises(PortGoneError, match="closed"):
        link.request(Status(), timeout=5)
    assert time.monotonic() - began < 3


def test_fetching_over_a_bad_wire_brings_only_good_pages_of_the_reel(peer: Peer, link: Link) -> None:
    made = pagemaker.small_reel(pages=40)
    peer.pages = dict(enumerate(made))
    node = Node(link)
    peer.to_host = some_loss(5, 0.04)
    came, promised = node.fetch(7, 0, len(made))
    assert promised == len(made)
    assert 0 < len(came) < promised
    assert set(came) <= set(made)


class Served(Peer):
    """A node that takes no request for pages at the first so many tries: it serves four already."""

    refusals = 0

    def _reply(self, message: Message) -> Message | None:
        if not isinstance(message, Pages) or self.refusals == 0:
            return super()._reply(message)
        self.refusals -= 1
        return Refusal(request_id=message.request_id, code=ErrorCode.BAD_VALUE, sentence="Four requests are served.")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    monkeypatch.setattr(hostclock, "sleep", lambda seconds: None)
    with closing(Node(Link(Served(dict(enumerate(pagemaker.small_reel(pages=4))))))) as node:
        yield node


def test_a_node_that_serves_other_requests_is_asked_again(served: Node) -> None:
    served.link.port.refusals = 64
    (answer,) = fetch_runs(served, 7, [(0, 3)])
    assert list(answer.pages) == [0, 1, 2, 3]


def test_a_node_that_takes_no_request_for_pages_is_not_asked_for_ever(served: Node) -> None:
    served.link.port.refusals = 10**6
    with pytest.raises(RunslateError, match="takes no request for pages: Four requests"):
        next(fetch_runs(served, 7, [(0, 3)]))


def test_a_node_of_another_protocol_version_is_refused_with_the_cure(
    peer: Peer, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("host.peer.hello", lambda request_id: hello(request_id, 7, 9))
    with pytest.raises(RunslateError, match=r"protocol 7 to 9.*update Runslate"):
        Node(link)
