"""The bad link: by its seed, however the bytes come, and never more than it says."""

from __future__ import annotations

import itertools
import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runslate.discovery import find_ports
from runslate.link import Link
from runslate.node import Node
from runslate.port import PortGoneError, open_port
from runslate.proxy.listing import Listing
from runslate.proxy.relay import Proxy
from runslate.proxy.wire import KINDS, BadWire, Chances
from runslate.sim.registry import SimEntry, register
from runslate.sim.vm import Terminal
from runslate_protocol import Frame, encode_frame

from host.peer import Peer
from host.waiting import until

FRAMES = [encode_frame(Frame(0x40, bytes([n % 256]) * (n % 90 + 20), 7, n)) for n in range(400)]
SOME = b"".join(FRAMES[:120])
BAD = Chances(drop=0.1, flip=0.1, duplicate=0.1, insert=0.1, cut=0.1, stall=0.05, jitter=0.2, hangup=0.01)


def through(wire: BadWire, chunks: list[bytes]) -> bytes:
    return b"".join(delivery.data for chunk in chunks for delivery in wire.feed(chunk))


@settings(max_examples=40)
@given(st.lists(st.integers(1, len(SOME)), max_size=12), st.integers(0, 99))
def test_the_seed_decides_alone_however_bytes_are_chunked(cuts: list[int], seed: int) -> None:
    chunks = [SOME[a:b] for a, b in itertools.pairwise(sorted({0, len(SOME), *cuts}))]
    assert through(BadWire(BAD, seed, "x"), chunks) == through(BadWire(BAD, seed, "x"), [SOME])


def test_another_seed_or_direction_harms_other_frames() -> None:
    data = [b"".join(FRAMES)]
    made = {through(BadWire(BAD, seed, way), data) for seed in (1, 2) for way in ("to host", "to node")}
    assert len(made) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_happens_about_as_often_as_it_is_told_and_is_counted(kind: str) -> None:
    wire = BadWire(Chances(**{kind: 0.25}), 3, "x")
    deliveries = [delivery for frame in FRAMES for delivery in wire.feed(frame)]
    assert set(wire.counts) == {kind}
    assert 60 < wire.counts[kind] < 140
    changed = b"".join(delivery.data for delivery in deliveries) != b"".join(FRAMES)
    assert changed == (kind not in ("stall", "jitter", "hangup"))
    assert sum(delivery.late_s > 0 for delivery in deliveries) == wire.counts["stall"] + wire.counts["jitter"]
    assert sum(delivery.hangup for delivery in deliveries) == wire.counts["hangup"]


def test_a_wire_without_chances_changes_nothing() -> None:
    assert through(BadWire(Chances(), 1, "x"), FRAMES) == b"".join(FRAMES)


def test_what_is_no_frame_passes_after_a_pause() -> None:
    wire = BadWire(Chances(), 1, "x")
    assert wire.feed(b">>> ") == []
    assert wire.flush()[0].data == b">>> "
    assert through(wire, [b"x" * 5000]) == b"x" * 5000


def test_a_port_that_hangs_up_comes_back_under_another_name() -> None:
    fronts: list[str] = []
    with Proxy(Peer(), Chances(), away_s=0.05, on_front=fronts.append) as proxy:
        node = Node(Link(open_port(proxy.port)))
        proxy.hang_up()
        until(lambda: node.link.failed is not None)
        assert isinstance(node.link.failed, PortGoneError)
        until(lambda: len(fronts) == 3)
        assert fronts[1] == ""
        assert fronts[0] != fronts[2] == proxy.port
        before = node.link
        node.reopen(proxy.port)
        assert node.echo(b"here") == b"here"
        assert node.link is not before
        node.close()


def test_a_throttle_carries_its_baud_rate_and_not_more() -> None:
    data = bytes(range(1, 251))
    with Proxy(Peer(), Chances(), baud=57_600) as proxy:
        node = Node(Link(open_port(proxy.port)))
        began = time.monotonic()
        for _ in range(5):
            node.echo(data)
        took = time.monotonic() - began
        node.close()
    least = 5 * 2 * len(data) * 10 / 57_600
    assert took > 0.9 * least


def test_others_find_the_front_and_not_what_is_behind() -> None:
    with Listing("/dev/pts/99999", os.getpid(), "e600", "tag") as listing, Proxy(Peer(), Chances()) as proxy:
        listing.move(proxy.port)
        assert [(port.device, port.uid) for port in find_ports()] == [(proxy.port, "e600")]
        listing.move("")
        assert find_ports() == []
        listing.move(proxy.port)
        assert [port.device for port in find_ports()] == [proxy.port]
        listing.remove()
        assert find_ports() == []


def test_what_is_behind_a_front_that_is_away_is_not_found() -> None:
    behind = Terminal()
    register(SimEntry("tag", behind.port, os.getpid(), "e600"))
    with Listing(behind.port, os.getpid(), "e600", "tag") as listing:
        listing.move("")
        assert find_ports() == []
    assert [port.device for port in find_ports()] == [behind.port]
    behind.close()
