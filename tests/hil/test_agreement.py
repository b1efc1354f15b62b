"""The emulated Pico and the virtual node, fed with the same register stream, record the same.

Left out: what the board's own clock says (anchors, temperature, how late an event was told).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hil.bench import UID, Bench, make_runner
from hil.images import find_image
from hil.picobench import PicoBench, erased
from hil.recording import assert_unbroken, drain, start_reel
from hil.targets import PICO, SEED
from hil.virtualbench import VirtualBench
from runslate.reel import EVENT_IC, EVENT_STRIDE, EVENT_TC, Reel
from runslate.sim import registers as reg
from runslate.sim.imu import Imu

pytestmark = [pytest.mark.pico, pytest.mark.timeout(PICO.test_timeout_s)]

RECORDED_S = 9.0
ZERO_TICK = 960
"""Oscillator count at which every recording begins: a multiple of the samples' period."""


class SameEveryTime(Imu):
    """A part whose oscillator reads the same whenever its FIFO is enabled, so that a recording can be repeated.

    Noise, sample grid and movement then depend on nothing but the time since that moment.
    """

    _shift = 0

    def _tick(self, t_s: float) -> int:
        return super()._tick(t_s) - self._shift

    def next_int1_s(self, t_s: float) -> float:
        return super().next_int1_s(t_s - self._shift / self._rate) + self._shift / self._rate

    def _restart_fifo(self, t_s: float) -> None:
        if reg.fifo_plan(self._registers) is not None:
            self._shift += self._tick(t_s) - ZERO_TICK
            self._stamp_zero = ZERO_TICK
        super()._restart_fifo(t_s)

    def _play(self, enabled: bool, t_s: float) -> None:
        super()._play(enabled, t_s)
        if enabled:
            self.playback.zero_s = ZERO_TICK / self._rate


def same_every_time(old: Imu) -> Imu:
    imu = SameEveryTime(make_runner(), seed=SEED, ppm=4300.0, start="record", on_play=old._on_play)
    old.__class__, old.__dict__ = SameEveryTime, imu.__dict__
    return old


@pytest.fixture
def benches(tmp_path: Path) -> Iterator[tuple[Bench, Bench]]:
    image = find_image("runslate")
    virtual = VirtualBench(tmp_path)
    virtual.connect()
    same_every_time(virtual.imu)
    pico = PicoBench(PICO.wiring, image, erased(image))
    same_every_time(pico.imu)
    yield virtual, pico
    for bench in (virtual, pico):
        bench.come_to_rest()
        bench.close()


def record(bench: Bench, folder: Path) -> Reel:
    node = bench.connect()
    assert node.hello.uid == UID
    reel_id = start_reel(node, bench)
    bench.wait(RECORDED_S)
    node.stop()
    return drain(node, folder, reel_id)[0]


def test_pico_and_virtual_node_record_the_same(benches: tuple[Bench, Bench], tmp_path: Path) -> None:
    virtual, pico = (record(bench, tmp_path / name) for bench, name in zip(benches, "vp", strict=True))
    ours, theirs = assert_unbroken(virtual), assert_unbroken(pico)
    common = min(len(ours.ticks), len(theirs.ticks))
    assert common > 0.9 * RECORDED_S * 417
    assert np.array_equal(ours.ticks[:common], theirs.ticks[:common])
    assert np.array_equal(ours.values[:common], theirs.values[:common])
    last_tick = int(ours.ticks[common - 1]) - 2 * 40_000  # what the last two seconds decide differs with the end
    for kind in (EVENT_IC, EVENT_TC, EVENT_STRIDE):
        one, other = (events_of(reel, kind, last_tick) for reel in (virtual, pico))
        assert len(one) > 5
        assert one == other


def events_of(reel: Reel, kind: int, last_tick: int) -> list[tuple[int, ...]]:
    """Tick, flags and values of a kind's events; how late a contact was told (its second value) left out."""
    found = reel.events[(reel.events["kind"] == kind) & (reel.events["tick"] < last_tick)]
    values = [0] if kind == EVENT_IC else [0, 1, 2, 3, 4]
    return [(int(e["tick"]), int(e["flags"]), *(int(e["p"][i]) for i in values)) for e in found]
