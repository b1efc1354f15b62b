"""What an emulated Pico hears on its pins: a treadmill's pulses, counted by the firmware, and timecode.

Stock MicroPython; what was sent and what was heard are compared edge by edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hil.bench import UID
from hil.images import find_image
from hil.picobench import FIRST_BOOT_S, PicoBench, erased
from hil.recording import drain, start_reel
from hil.targets import PICO
from runslate.belt import belt_speed
from runslate.firmware import firmware_path
from runslate.flash.build import build_files
from runslate.sim.belt import BeltProfile
from runslate.sim.pico.board import Device, EmulatedPico
from runslate.sim.pico.console import PicoConsole
from runslate.sim.pico.hall import HallSensor
from runslate.sim.pico.install import RawRepl
from runslate.sim.pico.ltc import BITS, SYNC, LtcLine, Timecode, edges
from runslate_protocol.constants import Reason, Role

pytestmark = [pytest.mark.pico, pytest.mark.timeout(PICO.test_timeout_s)]

HALL_PIN, LTC_PIN = 22, 7
RAMP = BeltProfile(((0.5, 0.0), (1.5, 6.0), (3.5, 12.0)), pulse_um=50_000)
LATE_US = 25.0
"""Between the start of the counter and the reading of the clock that belongs to it."""

COUNT = """
import micropython, rp2, time
from node.board.pulses import Pulses
pulses = Pulses(22)
flash = rp2.Flash()
page = bytearray(256)
def look(seconds):
    end = time.ticks_add(time.ticks_us(), round(seconds * 1e6))
    while time.ticks_diff(end, time.ticks_us()) > 0:
        flash.ioctl(6, 300)  # 45 ms without interrupts
        flash.writeblocks(300, page, 0)
    time.sleep_ms(1)
    micropython.heap_lock()
    pulses.read()
    micropython.heap_unlock()
    print(pulses.count, pulses.last_us, pulses.interval_us)
"""

LISTEN = """
import array, machine, time
seen = array.array("i", bytes(4 * %d))
at = 0
def note(pin):
    global at
    if at < %d:
        seen[at] = time.ticks_us()
        at += 1
line = machine.Pin(%d, machine.Pin.IN)
line.irq(note, machine.Pin.IRQ_RISING | machine.Pin.IRQ_FALLING, hard=True)
"""


def stock_board(devices: Sequence[Device]) -> tuple[EmulatedPico, RawRepl]:
    pico = EmulatedPico(find_image("stock"), devices=devices, uid=UID)
    pico.boot(FIRST_BOOT_S)
    repl = RawRepl(PicoConsole(pico))
    repl.enter()
    return pico, repl


def put(repl: RawRepl, *names: str) -> None:
    """Copy modules of the firmware onto a board."""
    files = build_files(firmware_path())
    repl.run("import os\nos.mkdir('node')\nos.mkdir('node/board')")
    for name in names:
        repl.run(f"f = open({name!r}, 'wb')\nf.write({files[name]!r})\nf.close()")


def test_pulses_are_counted_exactly_while_the_flash_is_erased() -> None:
    hall = HallSensor(RAMP, HALL_PIN)
    pico, repl = stock_board([hall])
    put(repl, "node/clock.mpy", "node/board/pulses.mpy")
    assert pico.now_us() < 0.5e6, "the belt moves before the board counts"
    repl.run(COUNT)
    for seconds in (0.6, 0.6, 0.6):
        count, last_us, interval_us = map(int, repl.run(f"look({seconds})").split())
        # One may have come since it was read.
        assert hall.pulses - 1 <= count <= hall.pulses
        assert last_us == pytest.approx(RAMP.pulse_s(count) * 1e6, abs=LATE_US)
        assert interval_us == pytest.approx(1e6 * (RAMP.pulse_s(count) - RAMP.pulse_s(count - 1)), abs=1.5)


def word_of(levels: Sequence[int]) -> list[int]:
    """Undo biphase mark: whole bits between changes are zeros, two halves a one."""
    short = min(levels)
    bits, halves = [], 0
    for length in levels:
        if length > 1.5 * short:
            bits.append(0)
        else:
            halves += 1
            if halves % 2 == 0:
                bits.append(1)
    return bits


@pytest.mark.parametrize(
    ("first", "rate"),
    [
        (Timecode(1_000, 24), Fraction(24)),
        (Timecode(90_000, 25), Fraction(25)),
        (Timecode(1_798, 30, drop=True), Fraction(30_000, 1001)),
        (Timecode(107_999, 30), Fraction(30)),
    ],
)
def test_timecode_is_heard_edge_by_edge(first: Timecode, rate: Fraction) -> None:
    line = LtcLine(first, rate, LTC_PIN, start_s=Fraction(1, 2))
    _, repl = stock_board([line])
    expected = edges(first, rate)
    words = [Timecode(first.number + n, first.fps, first.drop).word() for n in range(3)]
    wanted = sum(BITS + word.bit_count() for word in words) + 1
    repl.run(LISTEN % (wanted, wanted, LTC_PIN))
    assert line.changes == 0, "it began before the board listened"
    heard = [int(us) for us in repl.run("time.sleep_ms(700)\nprint(*seen)").split()]
    due_us = [float(next(expected) * 1_000_000) for _ in range(wanted)]
    assert np.diff(heard) == pytest.approx(np.diff(due_us), abs=12)
    bits = word_of([b - a for a, b in pairwise(heard)])
    assert bits == [word >> bit & 1 for word in words for bit in range(BITS)]
    assert all(word >> 64 == SYNC for word in words)


def test_labels_are_those_of_the_standard() -> None:
    def label(number: int, fps: int, drop: bool = False) -> str:
        return ":".join(f"{value:02}" for value in reversed(Timecode(number, fps, drop).fields()))

    assert [label(n, 30, True) for n in (1799, 1800, 17981, 17982)] == [
        "00:00:59:29",
        "00:01:00:02",
        "00:09:59:29",
        "00:10:00:00",
    ]
    assert label(24 * 3600 * 25 - 1, 25) == "23:59:59:24"
    # Every frame begins with the same level: an even number of changes, so of zeros.
    assert all((BITS - Timecode(n, fps).word().bit_count()) % 2 == 0 for fps in (24, 25, 30) for n in range(0, 9000, 7))


def test_a_board_at_a_treadmill_records_its_speed(tmp_path: Path) -> None:
    belt = BeltProfile(((0.0, 2.0), (20.0, 12.0)))
    image = find_image("runslate")
    bench = PicoBench(PICO.wiring, image, erased(image), [HallSensor(belt, HALL_PIN)])
    node = bench.connect()
    node.set("role", "belt")
    node.set("pulse_um", str(belt.pulse_um))
    node.reset()
    node = bench.connect()
    assert node.hello.role == Role.BELT
    reel_id = start_reel(node, bench, 4)
    bench.wait(5.0)
    reel, ledger = drain(node, tmp_path, reel_id)
    assert ledger.whole
    assert ledger.reason == Reason.MAX_SECONDS
    times_us, speeds, errors = belt_speed(reel)
    assert len(speeds) >= 3
    rises = np.polyfit((times_us - times_us[0]) / 1e6, speeds, 1)[0]
    assert rises == pytest.approx(0.5, rel=0.005)
    assert np.all(errors < 0.005 * speeds)
    bench.close()
