"""The whole firmware in its loop on the virtual board: what only a running node can show."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from runslate.sim import patient
from runslate.sim.clock import Wall
from runslate.sim.motion import Standing
from runslate.sim.node import NodeSpec, VirtualNode
from runslate_protocol import constants as c
from runslate_protocol import messages as m
from runslate_protocol.frame import Deframer, Frame, encode_frame
from runslate_protocol.page import parse_page

PATIENCE_S = 15.0
PACE = 6.0


class Talk:
    """A host of a few lines: requests, and what came between their replies."""

    def __init__(self, port: str) -> None:
        self._port = os.open(port, os.O_RDWR | os.O_NOCTTY)
        self._deframer = Deframer()
        self._next_id = 1
        self.heard: list[m.Message | m.Unknown] = []

    def close(self) -> None:
        os.close(self._port)

    def listen(self, seconds: float) -> list[m.Message | m.Unknown]:
        if not select.select([self._port], [], [], seconds)[0]:
            return []
        return [frame.message() for frame in self._deframer.feed(os.read(self._port, 65536))]

    def ask(self, request: m.Request[m.R]) -> m.R | m.Refusal:
        request = request.numbered(self._next_id)
        self._next_id += 1
        os.write(self._port, encode_frame(Frame(request.TYPE, request.encode())))
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            answer = None
            for message in self.listen(0.2):
                if isinstance(message, (m.Reply, m.Refusal)):
                    if message.request_id == request.request_id:
                        answer = message
                else:
                    self.heard.append(message)
            if answer is not None:
                return answer
        raise AssertionError(f"no answer to {request}")

    def hello(self) -> m.HelloReply:
        """Ask until the node has booted."""
        reply = self.ask(m.Hello(version_low=1, version_high=1))
        assert isinstance(reply, m.HelloReply)
        return reply

    def until(self, state: c.State) -> m.StatusReply:
        until = time.monotonic() + PATIENCE_S
        while (status := self.ask(m.Status())).state != state:
            assert time.monotonic() < until, status
            time.sleep(0.02)
        return status

    def start(self) -> m.StartReply:
        self.until(c.State.IDLE)
        reply = self.ask(m.Start(utc_ms=1_750_000_000_000, max_seconds=0))
        assert isinstance(reply, m.StartReply), reply
        return reply

    def pages(self, reel_id: int, count: int) -> list[bytes]:
        promised = self.ask(m.Pages(reel_id=reel_id, first=0, count=count)).count
        until = time.monotonic() + PATIENCE_S
        # The first pages can come in one piece with the reply.
        while len(self._heard_pages()) < promised and time.monotonic() < until:
            self.heard += self.listen(0.2)
        return self._heard_pages()

    def _heard_pages(self) -> list[bytes]:
        return [x.page for x in self.heard if isinstance(x, m.PagePush)]


def running(folder: Path, wall: Wall | None = None) -> Iterator[VirtualNode]:
    node = VirtualNode(NodeSpec("tag", Standing(600.0)), folder, wall=wall)
    node.start()
    yield node
    node.stop()


@pytest.fixture
def node(tmp_path) -> Iterator[VirtualNode]:
    yield from running(tmp_path)


@pytest.fixture
def talk(node) -> Iterator[Talk]:
    with closing(Talk(node.port)) as talk:
        yield talk


@pytest.fixture
def awaited(tmp_path) -> Iterator[VirtualNode]:
    """A node whose time stands still while the computer gives it no turn: it overruns by its own fault only."""
    yield from running(tmp_path, patient.PatientWall(PACE))


@pytest.fixture
def talk_to_awaited(awaited) -> Iterator[Talk]:
    with closing(Talk(awaited.port)) as talk:
        yield talk


def freeze(node: VirtualNode, seconds: float) -> None:
    """Stop the processor for a while, as a flash erase with interrupts off would."""
    assert node._vm is not None
    os.kill(node._vm.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(node._vm.pid, signal.SIGCONT)


def wait_for_samples(talk: Talk, samples: int) -> m.StatusReply:
    until = time.monotonic() + PATIENCE_S
    while (status := talk.ask(m.Status())).samples < samples:
        assert time.monotonic() < until, status
        time.sleep(0.05)
    return status


def test_overrun_is_counted_told_and_leaves_no_wrong_time(node, talk):
    talk.hello()
    talk.ask(m.Subscribe(events=1, pages=0))
    reel = talk.start()
    wait_for_samples(talk, 200)
    freeze(node, 1.2)  # the FIFO holds 0.58 s at 417 Hz
    before = talk.ask(m.Status()).samples
    wait_for_samples(talk, before + 300)
    stopped = talk.ask(m.Stop())
    pages = [parse_page(page) for page in talk.pages(reel.reel_id, stopped.pages)]
    assert pages[-1].end().overruns >= 1  # a busy computer may add some of its own
    heads = [page.header for page in pages if page.header.kind == 1]
    longest = 0
    for before, after in pairwise(heads):
        gap = after.tick - before.tick - 96 * before.count
        assert gap > 0 if after.flags & 1 else gap == 0
        longest = max(longest, gap)
    assert longest > 96 * 100
    gaps = [x.event for x in talk.heard if isinstance(x, m.EventPush) and x.event.kind == 8]
    assert gaps


def test_watchdog_ends_a_loop_without_progress(awaited, talk_to_awaited, monkeypatch):
    monkeypatch.setattr(patient, "PATIENCE_S", 0.5)
    talk = talk_to_awaited
    boot = talk.hello()
    reel = talk.start()
    wait_for_samples(talk, 300)
    freeze(awaited, 0.5 + 9.0 / PACE)
    talk.until(c.State.IDLE)
    again = talk.hello()
    assert again.reset_cause == c.ResetCause.WATCHDOG
    assert again.uid == boot.uid
    (entry,) = talk.ask(m.Reels()).reels
    assert (entry.reel_id, entry.closed, entry.reason) == (reel.reel_id, 0, 0)
    pages = talk.pages(reel.reel_id, entry.pages)
    assert [parse_page(page).header.index for page in pages] == list(range(entry.pages))


def test_part_is_known_after_a_reset_in_the_run(node, talk):
    talk.until(c.State.IDLE)
    assert talk.hello().imu == "LSM6DSO32"
    assert talk.ask(m.Get(key="part")).value == "LSM6DSO32"
    talk.start()
    node.kill()
    node.restart()
    assert talk.hello().imu == "LSM6DSO32"


def test_a_stalled_host_costs_no_sample(awaited, talk_to_awaited):
    talk = talk_to_awaited
    talk.hello()
    talk.ask(m.Subscribe(events=1, pages=1))
    talk.start()
    talk.ask(m.Echo(data=bytes(600)))
    stalled_until = awaited.clock.now() + 5.0
    while awaited.clock.now() < stalled_until:  # nothing is read
        time.sleep(0.05)
    status = talk.ask(m.Status())
    assert status.overruns == 0
    assert status.fifo_max < 350  # of 512 words: 0.1 s to the watermark, and what the wall lets a node be late
    assert status.samples > 1900


def test_recording_leaves_the_heap_as_it_was(talk_to_awaited):
    talk = talk_to_awaited
    talk.hello()
    talk.ask(m.Subscribe(events=1, pages=1))
    free = []
    for _ in range(3):  # at rest each STATUS comes after a collection; the first reel's detector stays
        talk.start()
        wait_for_samples(talk, 600)
        talk.ask(m.Stop())
        free.append(talk.ask(m.Status()).heap_free)
    assert free[1] - free[2] < 512  # a reel's entry, and the reply itself comes and goes
