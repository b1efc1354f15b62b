"""Golden vectors of every release: read the same for ever, written the same but for new fields."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from protocol.golden_files import all_golden, each
from runslate_protocol import (
    MESSAGES,
    REVISION,
    Event,
    EventKind,
    Frame,
    PageKind,
    build_mark,
    decode_frame,
    encode_frame,
    fingerprint,
    mark_sequence,
    message_named,
    pack_samples,
    parse_page,
    schema,
    unpack_samples,
)
from runslate_protocol.record import Record
from runslate_protocol.schema import broken_promises


def as_json(value: Any) -> Any:
    """A record's fields as the golden files write them."""
    if isinstance(value, Record):
        return {f.name: as_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def assert_holds(found: Any, stated: dict[str, Any]) -> None:
    """All stated fields are there with their values; fields appended since are not looked at."""
    fields = as_json(found)
    assert {name: fields[name] for name in stated} == stated


@pytest.mark.parametrize("vector", each("messages"))
def test_message(vector):
    payload, kind = bytes.fromhex(vector["payload"]), message_named(vector["name"])
    message = kind.decode(payload)
    assert vector["type"] == kind.TYPE
    assert_holds(message, vector["fields"])
    assert message.encode().startswith(payload)


@pytest.mark.parametrize("vector", each("messages"))
def test_frame(vector):
    envelope = {name: vector[name] for name in ("type", "boot_id", "sequence", "address")}
    frame = Frame(payload=bytes.fromhex(vector["payload"]), **envelope)
    raw = bytes.fromhex(vector["frame"])
    assert encode_frame(frame) == raw
    assert decode_frame(raw[:-1]) == frame


@pytest.mark.parametrize("vector", each("events"))
def test_event(vector):
    event = Event.decode(bytes.fromhex(vector["bytes"]))
    assert_holds(event, vector["fields"])
    assert EventKind(event.kind).name == vector["name"]
    assert event.encode().hex() == vector["bytes"]


@pytest.mark.parametrize("vector", each("pages"))
def test_page(vector):
    page = parse_page(bytes.fromhex(vector["bytes"]))
    assert_holds(page.header, vector["header"])
    assert PageKind(page.header.kind).name == vector["kind"]
    if vector["kind"] == "SAMPLES":
        samples = [tuple(row) for row in vector["samples"]]
        assert unpack_samples(page.payload, page.header.count, len(samples[0])) == samples
        assert pack_samples(samples) == page.payload
    elif vector["kind"] == "EVENTS":
        sequences, events = zip(*page.events(), strict=True)
        assert sequences == tuple(range(vector["first"], vector["first"] + len(events)))
        assert as_json(events) == vector["events"]
    else:
        facts = page.start() if vector["kind"] == "START" else page.end()
        assert_holds(facts, vector["facts"])


@pytest.mark.parametrize("vector", each("marks"))
def test_mark(vector):
    assert mark_sequence(bytes.fromhex(vector["bytes"])) == vector["sequence"]
    assert build_mark(vector["sequence"]).hex() == vector["bytes"]


def test_the_newest_file_covers_everything():
    golden = all_golden()[REVISION]
    assert {v["type"] for v in golden["messages"]} == set(MESSAGES)
    assert {v["name"] for v in golden["events"]} == {kind.name for kind in EventKind}
    assert {v["kind"] for v in golden["pages"]} == {kind.name for kind in PageKind}


def test_the_schema_is_the_one_of_its_revision():
    golden = all_golden()[REVISION]
    assert golden["schema"] == schema()
    assert golden["fingerprint"] == fingerprint()


def test_no_release_is_broken():
    for revision, golden in all_golden().items():
        assert broken_promises(golden["schema"], schema()) == [], f"v{revision}"
