"""Power losses on the emulated Pico, one after the other on the same flash, and what must hold after each.

What the flash holds when the power goes is read here by the format's description, without the firmware: every
whole page in a sector with a mark and without a freed stamp must be drained after the next boot, bit for bit, and so
must every page that the board has sent as written. Nothing depends on the wall clock: a seed gives the same campaign
on every machine.
"""

from __future__ import annotations

import binascii
import random
import struct
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from runslate import pages
from runslate.sim.course import Segment
from runslate.sim.imu import Imu
from runslate.sim.nor import PowerLoss
from runslate.sim.parametric import ParametricRunner
from runslate.sim.pico.board import EmulatedPico
from runslate.sim.pico.bus import I2cImu
from runslate.sim.pico.images import RING_START, with_marks
from runslate.sim.pico.talk import NoAnswerError, RefusedError, Talk
from runslate_protocol import messages as wire
from runslate_protocol.page import PAGES_PER_SECTOR

END = 2048 * 1024
SECTOR, PAGE = 4096, 256
FREED_AT = 128

FIRST_BOOT_S = 60.0
BOOT_S = 10.0
"""Emulated time within which a node must answer after the power is back."""

KINDS = {"program": 30, "erase": 40, "instant": 20, "settings": 10}
"""What the losses are aimed at, and how many of a hundred."""

MANY_REELS = 4
"""When more reels are there, all are freed."""

MOST_ERASES = 6
"""Before the one that is interrupted, itself included: later ones are like these."""

ANY_SHARE = 0.25
"""Of the losses aimed at an erase: they may hit the programming around it as well."""

RUNNER = (Segment("stand", 0.5), Segment("run", 30.0, 168.0, 3.2))


@dataclass
class Tally:
    """What a campaign found."""

    losses: int = 0
    aimed: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    boots: int = 0
    reels: int = 0
    """Reels checked after losses; one is counted as often as it was checked."""
    pages: int = 0
    torn: int = 0
    """Reels with a torn page at the end."""
    boot_s_max: float = 0.0
    violations: list[str] = field(default_factory=list)


Found = dict[int, dict[int, bytes]]
"""Whole pages by reel and index."""


def pages_in(flash: bytes) -> Found:
    """All whole pages in sectors that count: with a mark, without a freed stamp."""
    found: Found = {}
    for start in range(RING_START, END, SECTOR):
        mark = flash[start : start + PAGE]
        if mark[:2] != b"\x5e\x01" or struct.unpack("<I", mark[6:10])[0] != binascii.crc32(mark[:6]):
            continue
        if mark[FREED_AT] != 0xFF:
            continue
        for at in range(start + PAGE, start + SECTOR, PAGE):
            page = flash[at : at + PAGE]
            if pages.page_is_good(page):
                found.setdefault(pages.reel_of(page), {})[pages.index_of(page)] = page
    return found


class Campaign:
    """A board that loses its power again and again.

    Args:
        image: the image with the firmware in it.
        seed: decides about everything.
    """

    def __init__(self, image: Path, seed: int) -> None:
        self.tally = Tally()
        self._random = random.Random(seed)
        imu = Imu(ParametricRunner(RUNNER, seed=seed), seed=seed, ppm=4300.0, start="record")
        self.pico = EmulatedPico(image, devices=[I2cImu(imu, 0, 6)], uid=struct.pack("<Q", seed + 1))
        self.pico.power_cycle(with_marks(self.pico.flash_contents()))
        self._talk = Talk(self.pico)
        self._sent: Found = {}
        self._names = {"tag"}
        self._torn: set[int] = set()
        self._begin()

    def _begin(self) -> None:
        """The first boot makes the file system; then the sensor is told apart and a first reel is there."""
        self._talk.greet(FIRST_BOOT_S)
        self._talk.request(wire.Set(key="name", value="tag"))
        self._talk.request(wire.Start(utc_ms=1, max_seconds=1))
        self.pico.run_for(2.0)
        self._talk.listen()

    def run(self, losses: int) -> Tally:
        """Lose the power so many times."""
        for _ in range(losses):
            self.once()
        return self.tally

    def once(self) -> None:
        """Lose the power once and check what is left."""
        tally = self.tally
        kind = self._random.choices(list(KINDS), list(KINDS.values()))[0]
        loss = getattr(self, f"_aim_at_{kind}")()
        self._lose(loss)
        tally.losses += 1
        tally.aimed[kind] += 1
        tally.hit[loss.during or "idle"] += 1
        before = len(tally.violations)
        self._check()
        for number in range(before, len(tally.violations)):
            tally.violations[number] = f"loss {tally.losses} ({kind}, {loss}): {tally.violations[number]}"

    def _lose(self, loss: PowerLoss) -> None:
        # What the board sends while it runs towards the loss it has written before.
        self._talk.pages.clear()
        self._kept = b""
        self.pico.on_power_loss = self._note
        self.pico.lose_power(loss, 5.0)
        for page in self._talk.pages:
            self._sent.setdefault(pages.reel_of(page), {})[pages.index_of(page)] = page

    def _note(self, flash: bytes) -> None:
        self._talk.listen()
        self._kept = flash

    def _seed(self) -> int:
        return self._random.getrandbits(32)

    def _aim_at_program(self) -> PowerLoss:
        self._record()
        return PowerLoss(self._seed(), "program", self._random.randint(1, 20), self._random.random())

    def _aim_at_erase(self) -> PowerLoss:
        """Free a reel or all of them: stamps, then per sector a page of zeros, the erase and the mark."""
        entries = self._talk.reels()
        some = entries if len(entries) > MANY_REELS else entries[:1]
        if not some:
            return self._aim_at_program()
        sectors = min(MOST_ERASES, sum(max(1, -(-entry.pages // PAGES_PER_SECTOR)) for entry in some))
        loss = PowerLoss(self._seed(), "erase", self._random.randint(1, sectors), self._random.random())
        if self._random.random() < ANY_SHARE:
            loss.kind, loss.operation = None, self._random.randint(1, 4 * sectors)
        self._sent = {reel: sent for reel, sent in self._sent.items() if reel not in [entry.reel_id for entry in some]}
        for entry in some[:-1]:
            self._talk.request(self._receipt(entry))
        self._talk.ask(self._receipt(some[-1]))
        return loss

    @staticmethod
    def _receipt(entry: wire.ReelEntry) -> wire.Receipt:
        return wire.Receipt(library_id=b"campaign", reel_id=entry.reel_id, pages=entry.pages)

    def _aim_at_instant(self) -> PowerLoss:
        if self._random.random() < 0.7:
            self._record()
        at_ns = self.pico.clock_ns + self._random.uniform(0.0, 1.5) * 1e9
        return PowerLoss(self._seed(), at_ns=at_ns)

    def _aim_at_settings(self) -> PowerLoss:
        self._names.add(name := f"tag {self.tally.losses}")
        self._talk.ask(wire.Set(key="name", value=name))
        return PowerLoss(self._seed(), None, self._random.randint(1, 4), self._random.random())

    def _record(self) -> None:
        """Start a reel whose pages come as they are written."""
        try:
            self._talk.request(wire.Start(utc_ms=2 + self.tally.losses, max_seconds=4))
        except RefusedError:
            self.pico.run_for(5.0)  # sectors are being erased
            self._talk.request(wire.Start(utc_ms=2 + self.tally.losses, max_seconds=4))
        self._talk.request(wire.Subscribe(events=0, pages=1))

    # What must hold

    def _check(self) -> None:
        tally = self.tally
        began_us = self.pico.now_us()
        self._talk = Talk(self.pico)
        try:
            hello = self._talk.greet(BOOT_S)
        except NoAnswerError:
            tally.violations.append("the node did not boot")
            raise
        tally.boots += 1
        tally.boot_s_max = max(tally.boot_s_max, (self.pico.now_us() - began_us) / 1e6)
        self._must(not hello.crash, f"a crash is noted: {hello.crash}")
        name = self._talk.request(wire.Get(key="name")).value
        self._must(name in self._names, f"the setting reads {name!r}")
        self._names = {name}
        expected = pages_in(self._kept)
        for reel, sent in self._sent.items():
            for index, page in sent.items():
                self._must(expected.get(reel, {}).get(index) == page, f"page {index} was sent and is not in flash")
        self._check_reels(expected)
        self._sent = expected

    def _check_reels(self, expected: Found) -> None:
        tally = self.tally
        there = {entry.reel_id: entry for entry in self._talk.reels()}
        for reel, whole in expected.items():
            self._must(reel in there, f"reel {reel:08x} with {len(whole)} pages is not listed")
        for reel, entry in there.items():
            drained = {pages.index_of(page): page for page in self._talk.fetch(entry)}
            self._must(drained == expected.get(reel), f"reel {reel:08x} was drained otherwise than flash holds it")
            if drained:
                gaps = set(range(min(drained), max(drained) + 1)) - set(drained)
                self._must(not gaps, f"pages {sorted(gaps)} are missing inside reel {reel:08x}")
            self._must(entry.torn <= 1, f"{entry.torn} torn pages in reel {reel:08x}")
            tally.reels += 1
            tally.pages += len(drained)
            if entry.torn:
                self._torn.add(reel)
        tally.torn = len(self._torn)

    def _must(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.tally.violations.append(sentence)
