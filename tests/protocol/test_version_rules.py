"""What may change between releases, and what the generator refuses."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from runslate_protocol import REVISION, fingerprint
from runslate_protocol.schema import broken_promises, schema

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = f"tests/protocol/golden/v{REVISION}.json"
FILES = ("firmware/node/wire.py", "docs/protocol.md", GOLDEN)

OLD = {
    "message 0x01 HELLO": ["request_id: u16", "low: u8"],
    "message 0x42 LOG": ["level: u8", "text: rest as text"],
    "record Event": ["kind: u8", "tick: u32"],
    "enum State": ["0 IDLE", "1 RECORDING"],
}


def changed(name: str, fields: list[str] | None) -> dict[str, list[str]]:
    """OLD with one layout changed, or taken away."""
    new = {**OLD, name: fields or []}
    return new if fields else {n: f for n, f in OLD.items() if n != name}


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        {**OLD, "message 0x02 PING": ["request_id: u16"]},
        changed("message 0x01 HELLO", ["request_id: u16", "low: u8", "high: u8"]),
        changed("enum State", ["0 IDLE", "1 RECORDING", "2 PREPARING"]),
    ],
    ids=["same", "new message", "appended field", "appended number"],
)
def test_appending_is_allowed(new):
    assert broken_promises(OLD, new) == []


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (changed("message 0x42 LOG", None), "message 0x42 LOG is gone"),
        (changed("message 0x01 HELLO", ["request_id: u16"]), "only appending is allowed"),
        (changed("message 0x01 HELLO", ["low: u8", "request_id: u16"]), "only appending"),
        (changed("message 0x01 HELLO", ["request_id: u16", "low: u16"]), "only appending"),
        (changed("enum State", ["0 IDLE", "2 RECORDING"]), "enum State had"),
        (changed("record Event", [*OLD["record Event"], "more: u8"]), "record Event cannot grow"),
        (changed("message 0x42 LOG", [*OLD["message 0x42 LOG"], "more: u8"]), "LOG cannot grow"),
    ],
)
def test_everything_else_is_refused(new, sentence):
    (broken,) = broken_promises(OLD, new)
    assert sentence in broken


def test_the_fingerprint_is_a_small_integer_that_sees_every_change():
    assert 0 < fingerprint() < 1 << 30
    for name, fields in schema().items():
        if fields:
            other = {**schema(), name: [*fields[:-1], fields[-1] + "x"]}
            assert fingerprint(other) != fingerprint(), name


def generate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools/generate_wire.py"), "--root", str(root)]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    """A folder with the generated files alone."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_generated_files_are_fresh():
    result = generate(ROOT, "--check")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("name", FILES[:2])
def test_a_stale_file_is_named_and_then_written(copy, name):
    (copy / name).write_text("stale")
    result = generate(copy, "--check")
    assert (result.returncode, result.stderr) == (1, f"{name} is stale: run `make wire`.\n")
    assert (copy / name).read_text() == "stale"
    assert generate(copy).returncode == 0
    assert (copy / name).read_bytes() == (ROOT / name).read_bytes()


def test_a_missing_golden_file_is_written(copy):
    (copy / GOLDEN).unlink()
    assert generate(copy, "--check").returncode == 1
    assert generate(copy).returncode == 0
    assert (copy / GOLDEN).read_bytes() == (ROOT / GOLDEN).read_bytes()


def test_a_released_golden_file_is_never_overwritten(copy):
    changed = (copy / GOLDEN).read_text().replace('"host_us": 0', '"host_us": 1')
    (copy / GOLDEN).write_text(changed)
    result = generate(copy)
    assert result.returncode == 1
    assert f"{GOLDEN} is released and would change" in result.stderr
    assert "raise REVISION" in result.stderr
    assert (copy / GOLDEN).read_text() == changed


def test_an_older_release_is_held_to_its_promises(copy):
    old = (copy / GOLDEN).read_text().replace('"host_us: u64"]', '"host_us: u64", "gone: u8"]', 1)
    (copy / GOLDEN).with_name("v0.json").write_text(old)
    (copy / FILES[0]).write_text("stale")
    result = generate(copy)
    assert result.returncode == 1
    assert "v0.json is broken: message 0x02 PING had" in result.stderr
    assert (copy / FILES[0]).read_text() == "stale"
