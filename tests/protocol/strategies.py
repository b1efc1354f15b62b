"""Hypothesis strategies made from the definitions: every value that a record can hold."""

from __future__ import annotations

import dataclasses
from typing import Any

from construct import Bytes, FormatField, GreedyBytes
from hypothesis import strategies as st
from runslate_protocol.constants import MAX_PAYLOAD
from runslate_protocol.frame import Frame
from runslate_protocol.messages import MESSAGES, Message
from runslate_protocol.record import Appended, ListAdapter, Record, RecordAdapter, TextAdapter

BITS = {"B": 8, "H": 16, "L": 32, "I": 32, "Q": 64, "b": 8, "h": 16}

message_types = st.sampled_from(list(MESSAGES.values()))
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def records(record: type[Record]) -> st.SearchStrategy[Any]:
    """Any instance of a record."""
    fields = {f.name: _values(f.metadata["wire"].subcon) for f in dataclasses.fields(record)}
    return st.builds(record, **fields)


def messages() -> st.SearchStrategy[Message]:
    """Any message."""
    return message_types.flatmap(records)


def frames() -> st.SearchStrategy[Frame]:
    """Any frame, its payload not necessarily a message."""
    return st.builds(
        Frame,
        type=st.integers(0, 255),
        payload=st.binary(max_size=MAX_PAYLOAD),
        boot_id=st.integers(0, (1 << 32) - 1),
        sequence=st.integers(0, 0xFFFF),
        address=st.integers(0, 255),
    )


def _values(subcon: Any) -> st.SearchStrategy[Any]:
    if isinstance(subcon, Appended):
        subcon = subcon.subcon
    if isinstance(subcon, FormatField):
        character = subcon.fmtstr[-1]
        bits = BITS[character]
        low = -(1 << bits - 1) if character.islower() else 0
        return st.integers(low, low + (1 << bits) - 1)
    if isinstance(subcon, TextAdapter):
        return text
    if isinstance(subcon, Bytes):
        return st.binary(min_size=subcon.length, max_size=subcon.length)
    if isinstance(subcon, RecordAdapter):
        return records(subcon.record)
    if isinstance(subcon, ListAdapter):
        return st.lists(records(subcon.record), max_size=8).map(tuple)
    return st.binary(max_size=600) if subcon is GreedyBytes else text
