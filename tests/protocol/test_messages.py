"""Every message, both ways: what one side writes the other reads, whatever else arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.strategies import message_types, messages, records
from runslate_protocol import MESSAGES, ProtocolError, Unknown, decode
from runslate_protocol.constants import REPLY_BIT, ErrorCode, name_of
from runslate_protocol.messages import (
    BoardTime,
    Get,
    HelloReply,
    Message,
    Ping,
    PingReply,
    ReelsReply,
    Refusal,
    Reply,
    Request,
    SelftestReply,
    Set,
    message_named,
)
from runslate_protocol.record import U8, U16, Appended, Record, wire
from runslate_protocol.schema import fields_of

NOON = BoardTime(wraps=0, us=0)


def takes_the_rest(message: type[Message]) -> bool:
    return ": rest" in fields_of(message)[-1]


def appended_size(message: Message) -> int:
    """Bytes at the end that an older peer does not send."""
    inner = (s.subcon for s in message.STRUCT.subcons)
    return sum(s.subcon.sizeof() for s in inner if isinstance(s, Appended))


@pytest.mark.parametrize("message_type", MESSAGES.values(), ids=lambda m: m.NAME)
@given(data=st.data())
def test_round_trip(message_type, data):
    message = data.draw(records(message_type))
    assert decode(message.TYPE, message.encode()) == message


@given(messages().filter(lambda m: not takes_the_rest(type(m))), st.binary(min_size=1, max_size=40))
def test_an_unknown_tail_is_ignored(message, tail):
    assert decode(message.TYPE, message.encode() + tail) == message


@given(messages().filter(lambda m: not takes_the_rest(type(m))), st.data())
def test_a_cut_message_is_a_clear_error(message, data):
    payload = message.encode()
    cut = payload[: data.draw(st.integers(0, len(payload) - 1 - appended_size(message)))]
    with pytest.raises(ProtocolError) as error:
        decode(message.TYPE, cut)
    assert message.NAME in str(error.value)
    assert "field" in str(error.value)
    assert (f"{len(cut)} bytes" if cut else "no bytes") in str(error.value)


@given(message_types, st.binary(max_size=300))
def test_any_bytes_are_a_message_or_an_error(message_type, payload):
    try:
        message = decode(message_type.TYPE, payload)
    except ProtocolError:
        return
    assert isinstance(message, message_type)


@given(st.integers(0, 255).filter(lambda t: t not in MESSAGES), st.binary(max_size=20))
def test_an_unknown_type_is_kept_as_it_is(type_id, payload):
    assert decode(type_id, payload) == Unknown(type_id, payload)


def test_requests_know_their_replies():
    requests = [m for m in MESSAGES.values() if issubclass(m, Request)]
    assert len(requests) == 18
    for request in requests:
        reply = request.reply()
        assert issubclass(reply, Reply)
        assert reply.TYPE == request.TYPE | REPLY_BIT
        assert fields_of(request)[0] == fields_of(reply)[0] == "request_id: u16"


def test_a_request_is_numbered_without_being_changed():
    ping = Ping(host_us=5)
    assert ping.numbered(9) == Ping(request_id=9, host_us=5)
    assert ping.request_id == 0


def test_names_find_their_messages():
    assert message_named("PING_REPLY") is PingReply
    with pytest.raises(ProtocolError, match="no message PONG; known are HELLO"):
        message_named("PONG")


def test_a_type_cannot_be_given_twice():
    with pytest.raises(ProtocolError, match="0x02 is taken by PING"):

        class Again(Message, type_id=0x02):
            pass


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (
            Ping(request_id=1, host_us=-1),
            r"PING \(0x02\) cannot be encoded: in field host_us: .* -1",
        ),
        (Ping(request_id=1 << 16, host_us=0), "in field request_id: .* 65536"),
        (Set(key="k" * 256, value=""), "in field key: 256 bytes of text, at most 255 fit"),
        (Get(key="\ud800"), "surrogates not allowed"),
        (
            ReelsReply(total=0, reels=(NOON,)),
            "in field reels.*a ReelEntry is expected, not BoardTime",
        ),
        (Ping(host_us="5"), "in field host_us"),
    ],
)
def test_values_that_do_not_fit_name_their_field(message, sentence):
    with pytest.raises(ProtocolError, match=sentence):
        message.encode()


def test_text_that_a_node_cut_inside_a_character_can_be_read():
    whole = Refusal(request_id=1, code=2, sentence="Łódź").encode()
    cut = whole[:3] + bytes([len(whole) - 5]) + whole[4:-1]
    assert Refusal.decode(cut).sentence == "Łód\ufffd"


def test_a_list_says_how_far_it_got():
    with pytest.raises(ProtocolError, match=r"in field checks\.items\.detail: .* expected 5, found 2"):
        SelftestReply.decode(b"\0\0\0\2\1a\1\5ab")


def test_board_time_counts_wraps():
    assert BoardTime(wraps=2, us=3).total_us == 2 * 2**30 + 3


def test_numbers_have_names_and_strangers_keep_their_number():
    assert name_of(ErrorCode, 3) == "wrong boot"
    assert name_of(ErrorCode, 99) == "unknown (99)"
    assert ErrorCode(3).doc.startswith("The request was meant for another boot")


def test_every_field_is_documented():
    for message in MESSAGES.values():
        assert message.__doc__.endswith((".", "?")), message
        for subcon in message.STRUCT.subcons:
            assert subcon.docs.endswith((".", "?")), (message, subcon.name)


def test_a_hello_of_a_newer_node_is_understood():
    hello = HelloReply.decode(b"\1\0" + b"\1\2" + bytes(29) + b"\0\0\0\0" + b"new fields")
    assert (hello.version_low, hello.version_high) == (1, 2)


class First(Record):
    a: int = wire(U8 * "As it was.")


class Second(Record):
    a: int = wire(U8 * "As it was.")
    b: int = wire(Appended(U16, 7) * "Appended later.", default=7)


def test_an_appended_field_has_its_default_in_an_older_payload():
    assert Second.decode(First(a=3).encode()) == Second(a=3, b=7)
    assert First.decode(Second(a=3, b=9).encode()) == First(a=3)
    assert Second.decode(Second(a=3, b=0).encode()).b == 0
    with pytest.raises(ProtocolError, match="in field b"):
        Second.decode(b"\3\1")
