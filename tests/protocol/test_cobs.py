"""Our COBS against the definition and against the cobs package."""

from __future__ import annotations

import pytest
from cobs import cobs as reference
from hypothesis import given
from hypothesis import strategies as st
from runslate_protocol import cobs

# Runs around 254 bytes are where encoders differ; uniform bytes never reach them.
lengths = st.one_of(st.sampled_from([0, 1, 253, 254, 255, 507, 508, 509]), st.integers(0, 520))
runs = st.lists(lengths.map(lambda n: b"x" * n), max_size=4).map(b"\0".join)
data = st.one_of(st.binary(max_size=700), runs)


@given(data)
def test_it_encodes_as_the_reference_does(plain):
    assert cobs.encode(plain) == reference.encode(plain)


@given(data)
def test_round_trip_without_zeros_at_the_promised_cost(plain):
    coded = cobs.encode(plain)
    assert 0 not in coded
    assert len(coded) - len(plain) <= max(1, (len(plain) + 253) // 254)
    assert cobs.decode(coded) == plain


@given(st.binary(min_size=1, max_size=400))
def test_it_decodes_or_refuses_what_the_reference_does(coded):
    try:
        plain = reference.decode(coded)
    except reference.DecodeError:
        with pytest.raises(cobs.CobsError):
            cobs.decode(coded)
    else:
        assert cobs.decode(coded) == plain


@pytest.mark.parametrize("tail", [b"", b"\x01"])
def test_an_empty_block_behind_a_full_one_changes_nothing(tail):
    assert cobs.decode(b"\xff" + b"x" * 254 + tail) == b"x" * 254


@pytest.mark.parametrize(
    ("coded", "sentence"),
    [
        (b"\x05ab", "The block at byte 0 says 4 bytes follow, but 2 do"),
        (b"\x02a\x00", "A zero byte stands inside a frame, in the block at byte 2"),
        (b"\x03a\x00", "A zero byte stands inside a frame, in the block at byte 0"),
    ],
)
def test_errors_say_where(coded, sentence):
    with pytest.raises(cobs.CobsError, match=sentence):
        cobs.decode(coded)
