"""Identity, echo, settings, self test and lamp."""

from __future__ import annotations

import random
from collections.abc import Callable

from hil.bench import Bench
from hil.recording import need_sensor
from hil.targets import SEED, Target
from runslate.node import Node
from runslate_protocol import MAX_ID, fingerprint
from runslate_protocol.constants import Capability, LampMode


def test_identity(node: Node, bench: Bench) -> None:
    hello = node.hello
    assert 1 <= node.boot_id <= MAX_ID
    assert hello.fingerprint == fingerprint()
    assert hello.firmware
    assert hello.board
    assert hello.crash == ""
    assert hello.max_payload >= 2 + 600
    assert hello.capabilities & Capability.REELS
    if bench.uid is not None:
        assert hello.uid == bench.uid
    again = node.greet()
    assert again.uid == hello.uid
    assert again.time.total_us > hello.time.total_us


def test_sensor_is_named(node: Node) -> None:
    need_sensor(node)
    assert node.hello.imu in ("LSM6DSO32", "LSM6DSOX")


def test_echo_of_every_length(node: Node, target: Target) -> None:
    """Lengths cross the USB edges at 64 and 512 bytes; contents hold Ctrl-C and zeros."""
    rng = random.Random(SEED)
    for length in target.echo_lengths:
        data = rng.randbytes(length)
        assert node.echo(data) == data
    for byte in (0x00, 0x03, 0x04, 0xFF):
        assert node.echo(bytes([byte]) * 300) == bytes([byte]) * 300
    assert node.link.counters["crc"] == 0


def test_settings_round_trip_and_outlive_a_reset(node: Node, bench: Bench) -> None:
    before = str(node.settings()["runner"])
    try:
        assert node.set("runner", "Zoë \U0001f45f") == "Zoë \U0001f45f"
        assert node.settings(fresh=True)["runner"] == "Zoë \U0001f45f"
        first_boot = node.boot_id
        node.reset()
        node = bench.connect()
        assert node.boot_id != first_boot
        assert node.get("runner") == "Zoë \U0001f45f"
    finally:
        node.set("runner", before)


def test_self_test_passes(node: Node, bench: Bench) -> None:
    need_sensor(node)
    bench.rest()
    reply = node.selftest()
    failed = [f"{check.name}: {check.detail}" for check in reply.checks if not check.passed]
    assert failed == []
    assert reply.passed
    assert len(reply.checks) >= 3


def test_lamp_goes_on_and_off(node: Node, bench: Bench, need: Callable[[str], None]) -> None:
    node.lamp(LampMode.BLINK)
    bench.wait(0.5)
    node.lamp(LampMode.AUTO)
    need("see lamp")
    for mode, lit in ((LampMode.ON, True), (LampMode.OFF, False)):
        node.lamp(mode)
        bench.wait(0.2)
        assert bench.lamp() == lit
    node.lamp(LampMode.AUTO)
