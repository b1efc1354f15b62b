"""The sweep: boot the firmware in every state, and say what must hold and did not."""

from __future__ import annotations

import binascii
import json
import struct
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any

from firmware.vmkit import FIRMWARE, SCRIPTS, micropython
from runslate import pages
from runslate.pages import KIND_SAMPLES

from host.powerloss.session import STORAGE, Life
from host.powerloss.states import RING, SECTOR, Pages, Replay, State, pages_in

TICK_MS = 0.025
HEAP = "6m"
AGAIN = 12


@dataclass
class Result:
    """What a sweep found; times in milliseconds of sensor time."""

    states: int = 0
    by_phase: Counter[str] = field(default_factory=Counter)
    by_form: Counter[str] = field(default_factory=Counter)
    booted: int = 0
    lost_again: int = 0
    """States in which the boot lost its power too."""
    reels_checked: int = 0
    pages_checked: int = 0
    missing_ms: list[float] = field(default_factory=list)
    """Per state of a reel that recorded: samples since its beginning that the sensor had taken and flash had not."""
    preroll_ms: list[float] = field(default_factory=list)
    """The same of what went before a reel that has pre-roll: that is in memory until the reel has caught up."""
    violations: list[str] = field(default_factory=list)

    @property
    def missing_ms_max(self) -> float:
        """The worst state."""
        return max(self.missing_ms, default=0.0)


class Booter:
    """The firmware in one process of the VM, with a flash that we change."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[bytes] = process.stdin
        self._out: IO[bytes] = process.stdout

    def put(self, address: int, data: bytes) -> None:
        """Let the flash hold these bytes from an address on."""
        if data:
            self._in.write(b"W" + struct.pack("<IH", address, len(data)) + data)

    def boot(self, lost_again: int = 0) -> dict[str, Any]:
        """Boot, and give what the node found; with `lost_again` the boot after one that lost its power there."""
        self._in.write(b"B" + struct.pack("<H", lost_again))
        self._in.flush()
        line = self._out.readline()
        assert line.startswith(b"{"), line
        return dict(json.loads(line))


@contextmanager
def booter(log: IO[bytes]) -> Iterator[Booter]:
    """Start the VM that boots the firmware; its errors go to `log`."""
    command = [micropython(), "-X", f"heapsize={HEAP}", str(SCRIPTS / "boots.py"), str(FIRMWARE), str(STORAGE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as process:
        try:
            yield Booter(process)
        finally:
            with suppress(BrokenPipeError):  # what waits in the buffer reaches nobody
                process.stdin.close()
            process.kill()


def sweep(life: Life, log: IO[bytes], seed: int = 1, every: int = 1) -> Result:
    """Boot in every state that power loss in each `every`-th operation can leave."""
    result = Result()
    replay = Replay(life, STORAGE)
    with booter(log) as vm:
        known = 0
        for state in replay.states(seed, every):
            for operation in life.operations[known : state.number]:  # bring the VM's flash up to here
                start = operation.address
                end = start + (SECTOR if operation.kind == "erase" else len(operation.data))
                vm.put(start, bytes(replay.image[start:end]))
            known = state.number
            _check(vm, replay, state, result)
    return result


def _check(vm: Booter, replay: Replay, state: State, result: Result) -> None:
    address, data = state.changed
    before = bytes(replay.image[address : address + len(data)])
    vm.put(address, data)
    replay.image[address : address + len(data)] = data
    # Every fifth boot loses its power too, in one of its first operations.
    lost_again = 1 + result.states // 5 % AGAIN if result.states % 5 == 4 else 0
    report = vm.boot(lost_again)
    result.lost_again += lost_again > 0
    result.states += 1
    result.by_phase[state.operation.phase] += 1
    result.by_form[state.form.split()[0]] += 1
    wrong = list(_wrong(report, replay, state, result))
    where = f"operation {state.number} ({state.operation.phase}, {state.operation.kind}, {state.form})"
    result.violations += [f"{where}: {sentence}" for sentence in wrong]
    vm.put(address, before)
    replay.image[address : address + len(data)] = before


def _wrong(report: dict[str, Any], replay: Replay, state: State, result: Result) -> Iterator[str]:
    if "error" in report:
        yield f"no boot: {report['error']}"
        return
    result.booted += 1
    # While the file system is made for the first time there is nothing to lose, and saying so does no harm.
    if report["crash"] or (report["lost"] and state.operation.phase != "first boot"):
        yield f"told of a loss: {report['lost']} {report['crash']}"
    name = report["settings"]["name"]
    if name not in replay.life.names_at(state.number):
        yield f"the setting reads {name!r}"
    there = all_pages(replay.image)
    for key, page in replay.promised.items():
        if there.get(key) != page:
            yield f"page {key[1]} of reel {key[0]:08x} is gone from flash"
    expected = _sums(there)
    for moment in ("reels", "later"):
        found = {reel: (count, crc) for reel, (count, crc, _, _) in report[moment].items() if count}
        if found != expected:
            yield f"{moment}: the node lists {found}, flash holds {expected}"
    torn = [reel for reel, (_, _, torn, _) in report["reels"].items() if torn > 1]
    if torn:
        yield f"more than one torn page in {torn}"
    result.reels_checked += len(expected)
    result.pages_checked += len(there)
    _measure(there, state, replay.begun, result)


def all_pages(image: bytearray) -> Pages:
    """Read all whole pages of the ring by the format's description."""
    found: Pages = {}
    for sector in range(RING, STORAGE, SECTOR):
        found |= pages_in(image, sector)
    return found


def _sums(there: Pages) -> dict[str, tuple[int, int]]:
    """Count and checksum of each reel's pages in order, as the VM's script makes them."""
    sums: dict[str, tuple[int, int]] = {}
    for (reel, _), page in sorted(there.items()):
        count, crc = sums.get(f"{reel:08x}", (0, 0))
        sums[f"{reel:08x}"] = (count + 1, binascii.crc32(page, crc))
    return sums


def _measure(there: Pages, state: State, begun: dict[int, int], result: Result) -> None:
    """What the sensor had taken in the reel that this operation belongs to, and flash does not hold."""
    operation = state.operation
    if operation.kind != "program" or operation.address < RING or not pages.page_is_good(operation.data):
        return
    reel = pages.reel_of(operation.data)
    table, _ = pages.split_pages(b"".join(page for (of, _), page in sorted(there.items()) if of == reel))
    head = pages.headers(table)
    samples = head[head["kind"] == KIND_SAMPLES]
    end = int(samples[-1]["tick"]) + int(samples[-1]["count"]) * int(samples[-1]["period"]) if len(samples) else 0
    start = begun.get(reel, operation.tick)
    result.missing_ms.append((operation.tick - max(end, start)) * TICK_MS)
    result.preroll_ms.append(max(0, start - end) * TICK_MS)
