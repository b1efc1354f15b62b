"""Frames in arbitrary chunks, with garbage between: the good ones arrive, the bad ones never."""

from __future__ import annotations

import binascii
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.strategies import frames, messages
from runslate_protocol import (
    MAX_FRAME,
    MAX_PAYLOAD,
    BadFrame,
    Deframer,
    Frame,
    PagePush,
    Ping,
    ProtocolError,
    cobs,
    decode_frame,
    encode_frame,
)

PING = Frame(Ping.TYPE, Ping(request_id=7, host_us=1_000_000).encode(), 0x2A11B0B5, 3)
PAGE = Frame(PagePush.TYPE, bytes(range(256)), 0x2A11B0B5, 4)


def feed_in_chunks(data: bytes, sizes: list[int]) -> tuple[list[Frame], Deframer]:
    """What a deframer delivers when `data` comes in chunks of these sizes, again and again."""
    deframer, delivered, at = Deframer(), [], 0
    while at < len(data):
        for size in sizes:
            delivered += deframer.feed(data[at : at + size])
            at += size
            assert deframer.waiting <= MAX_FRAME
    return delivered, deframer


chunk_sizes = st.lists(st.integers(1, 300), min_size=1, max_size=8)
garbage = st.binary(max_size=1500).map(lambda b: b + b"\0")


@given(st.lists(st.one_of(frames(), garbage), max_size=12), chunk_sizes)
def test_good_frames_arrive_in_order_whatever_stands_between(parts, sizes):
    data = b"".join(encode_frame(p) if isinstance(p, Frame) else p for p in parts)
    delivered, deframer = feed_in_chunks(data, sizes)
    assert delivered == [p for p in parts if isinstance(p, Frame)]
    assert deframer.counters.frames == len(delivered)


@given(messages())
def test_a_message_survives_its_frame(message):
    (frame,) = Deframer().feed(encode_frame(Frame(message.TYPE, message.encode())))
    assert frame.message() == message


@pytest.mark.parametrize("frame", [PING, PAGE], ids=["ping", "page"])
def test_no_flipped_bit_is_ever_delivered(frame):
    raw = encode_frame(frame)
    for bit in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        delivered = Deframer().feed(bytes(flipped) + b"\0" + encode_frame(PING))
        assert delivered == [PING], f"bit {bit}"


@given(frames(), st.data())
def test_no_corrupted_frame_is_delivered(frame, data):
    raw = encode_frame(frame)
    at = data.draw(st.integers(0, len(raw) - 2))
    noise = data.draw(st.binary(min_size=1, max_size=40))
    damaged = raw[:at] + noise + raw[at + len(noise) :]
    delivered = Deframer().feed(damaged + b"\0" + encode_frame(PING))
    assert delivered[-1] == PING
    assert all(f == frame for f in delivered[:-1])
    assert damaged[: len(raw)] == raw or len(delivered) == 1


@given(frames(), st.data())
def test_a_frame_cut_anywhere_costs_itself_alone(frame, data):
    raw = encode_frame(frame)
    cut = raw[: data.draw(st.integers(0, len(raw) - 2))]
    assert Deframer().feed(cut + b"\0" + encode_frame(PING)) == [PING]


def test_text_before_a_frame_costs_the_text_when_a_zero_comes_first():
    deframer = Deframer()
    text = b"Traceback (most recent call last):\r\n"
    assert deframer.feed(text + b"\0" + encode_frame(PING)) == [PING]
    assert (deframer.counters.frames, deframer.counters.bad) == (1, 1)
    assert deframer.last_bad.raw == text


def test_a_flood_without_a_delimiter_is_counted_once_and_not_hoarded():
    deframer = Deframer()
    for _ in range(100):
        assert deframer.feed(b"x" * 1000) == []
        assert deframer.waiting <= MAX_FRAME
    assert deframer.feed(b"the end of it\0" + encode_frame(PING)) == [PING]
    assert (deframer.counters.too_long, deframer.counters.bad) == (1, 1)


def test_the_longest_frame_passes_and_a_longer_one_does_not():
    longest = Frame(0x03, b"\xff" * MAX_PAYLOAD)
    raw = encode_frame(longest)
    assert len(raw) == MAX_FRAME + 1
    assert Deframer().feed(raw) == [longest]
    with pytest.raises(ProtocolError, match="641 bytes does not fit: 640 are allowed"):
        encode_frame(Frame(0x03, bytes(MAX_PAYLOAD + 1)))


def test_empty_frames_are_nothing():
    deframer = Deframer()
    assert deframer.feed(b"\0\0\0") == []
    assert deframer.counters.bad == 0


def with_crc(body: bytes) -> bytes:
    """Bytes as a frame's inside, without the delimiter."""
    return cobs.encode(body + binascii.crc32(body).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("raw", "reason", "sentence"),
    [
        (b"\x09abc", "cobs", "says 8 bytes follow, but 3 do"),
        (b"\x03ab", "too_short", "2 bytes do not hold a header and a CRC"),
        (with_crc(b"\x01" + bytes(7)), "too_short", "12 bytes do not hold a header and a CRC"),
        (b"y" * 657, "too_long", "no delimiter within 656 bytes"),
        (encode_frame(PING)[:-2] + b"\x01", "crc", "stated, .* computed"),
        (with_crc(b"\x02" + bytes(8)), "version", "protocol version 2 is not known here"),
        (with_crc(b"\x00" + bytes(8)), "version", "protocol version 0 is not known here"),
    ],
)
def test_a_bad_frame_says_why_and_is_counted(raw, reason, sentence):
    bad = decode_frame(raw)
    assert isinstance(bad, BadFrame)
    assert bad.reason == reason
    assert re.search(sentence, bad.sentence)
    deframer = Deframer()
    assert deframer.feed(raw + b"\0") == []
    assert getattr(deframer.counters, reason) == deframer.counters.bad == 1
    assert deframer.last_bad == bad


def test_header_values_that_do_not_fit_are_a_clear_error():
    with pytest.raises(ProtocolError, match=r"header of .*boot_id=4294967296"):
        encode_frame(Frame(1, b"", boot_id=1 << 32))
