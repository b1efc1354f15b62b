"""Pages and their samples: whole ones are read, torn ones never are."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.strategies import records
from runslate_protocol import (
    EVENTS_PER_PAGE,
    PAGE_ROOM,
    PAGE_SIZE,
    EndFacts,
    Event,
    PageError,
    PageHeader,
    PageKind,
    ProtocolError,
    StartFacts,
    build_mark,
    build_page,
    mark_sequence,
    pack_samples,
    parse_page,
    unpack_samples,
)
from runslate_protocol.page import PAGE_FORMAT, PAGE_MAGIC, PAGE_MARK_SIZE
from runslate_protocol.samples import unzigzag, zigzag

i16 = st.integers(-32768, 32767)


def header(kind: PageKind, payload: bytes, count: int = 0) -> PageHeader:
    return PageHeader(
        kind=kind,
        boot_id=1,
        reel_id=2,
        index=3,
        tick=4,
        period=96,
        count=count,
        used=len(payload),
        anchor_tick=5,
        anchor_us=6,
        anchor_wraps=7,
    )


@st.composite
def pages(draw):
    """A header and a payload that fit each other."""
    payload = draw(st.binary(max_size=PAGE_ROOM))
    made = dataclasses.replace(draw(records(PageHeader)), magic=PAGE_MAGIC, format=PAGE_FORMAT, used=len(payload))
    return made, payload


@given(pages())
def test_round_trip(made):
    data = build_page(*made)
    assert len(data) == PAGE_SIZE
    page = parse_page(data)
    assert (page.header, page.payload) == made


@given(pages(), st.integers(0, 8 * PAGE_SIZE - 1))
def test_a_flipped_bit_is_found(made, bit):
    data = bytearray(build_page(*made))
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(PageError) as error:
        parse_page(bytes(data))
    assert error.value.reason == "torn"


@given(pages(), st.integers(0, PAGE_SIZE - 1))
def test_a_write_that_power_loss_cut_off_is_torn_or_blank(made, cut):
    whole = build_page(*made)
    data = whole[:cut].ljust(PAGE_SIZE, b"\xff")
    if data != whole:
        with pytest.raises(PageError) as error:
            parse_page(data)
        assert error.value.reason == ("torn" if cut else "blank")


def test_unused_payload_is_left_erased():
    assert build_page(header(PageKind.SAMPLES, b"ab"), b"ab")[38:252] == b"\xff" * 214


@pytest.mark.parametrize(("size", "reason"), [(255, "length"), (0, "length")])
def test_a_page_has_its_size(size, reason):
    with pytest.raises(PageError, match=f"these are {size}") as error:
        parse_page(bytes(size))
    assert error.value.reason == reason


def test_a_page_of_another_format_is_foreign():
    other = dataclasses.replace(header(PageKind.SAMPLES, b""), format=2)
    with pytest.raises(PageError, match="not of format 1"):
        parse_page(build_page(other, b""))


@pytest.mark.parametrize("payload", [b"x" * (PAGE_ROOM + 1), b"four"])
def test_a_payload_that_does_not_fit_its_header_is_refused(payload):
    with pytest.raises(ProtocolError, match="its header says 3, at most 216 fit"):
        build_page(header(PageKind.SAMPLES, b"abc"), payload)


def test_a_page_gives_only_what_it_holds():
    page = parse_page(build_page(header(PageKind.END, b""), b""))
    with pytest.raises(ProtocolError, match="Page 3 holds end, not start"):
        page.start()


@given(records(StartFacts).filter(lambda facts: len(facts.encode()) <= PAGE_ROOM))
def test_start_facts(facts):
    payload = facts.encode()
    assert parse_page(build_page(header(PageKind.START, payload), payload)).start() == facts


@given(records(EndFacts))
def test_end_facts(facts):
    payload = facts.encode()
    assert parse_page(build_page(header(PageKind.END, payload), payload)).end() == facts


@given(st.lists(records(Event), max_size=EVENTS_PER_PAGE), st.integers(0, 1 << 31))
def test_events(events, first):
    payload = first.to_bytes(4, "little") + b"".join(e.encode() for e in events)
    page = parse_page(build_page(header(PageKind.EVENTS, payload, len(events)), payload))
    assert page.events() == [(first + i, event) for i, event in enumerate(events)]


def test_more_events_stated_than_there_are():
    page = parse_page(build_page(header(PageKind.EVENTS, bytes(20), count=2), bytes(20)))
    with pytest.raises(ProtocolError, match="states more events than it holds"):
        page.events()


@st.composite
def motions(draw):
    """Samples that move a little, a lot or not at all, in three or six channels."""
    channels = draw(st.sampled_from([3, 6]))
    step = draw(st.sampled_from([0, 3, 200, 40000]))
    rows = draw(st.lists(st.tuples(*[st.integers(-step, step)] * channels), max_size=30))
    samples = [draw(st.tuples(*[i16] * channels))]
    for row in rows:
        moved = (a + d for a, d in zip(samples[-1], row, strict=True))
        samples.append(tuple((v + 0x8000) % 0x10000 - 0x8000 for v in moved))
    return samples


@given(motions())
def test_samples_come_back_exactly(samples):
    payload = pack_samples(samples)
    assert unpack_samples(payload, len(samples), len(samples[0])) == samples


@given(motions(), st.data())
def test_cut_samples_are_an_error(samples, data):
    payload = pack_samples(samples)
    cut = data.draw(st.integers(0, len(payload) - 1))
    for wrong in (payload[:cut], payload + b"\0"):
        with pytest.raises(ProtocolError, match="do not hold"):
            unpack_samples(wrong, len(samples), len(samples[0]))


def test_a_block_byte_by_byte():
    # Differences 1, -1 on x, 0 on y, 300 then 0 on z: codes 2 1, none, 600 0; widths 2, 0, 10.
    payload = pack_samples([(5, 6, 7), (6, 6, 307), (5, 6, 307)])
    assert payload.hex(" ") == "05 00 06 00 07 00 02 0a 86 25 00"


def test_a_resting_sensor_costs_only_its_widths():
    assert len(pack_samples([(1, 2, 3, 4, 5, 6)] * 9)) == 12 + 3


@given(i16, i16)
def test_zigzag_wraps_as_sixteen_bits_do(old, new):
    code = zigzag(new - old)
    assert 0 <= code <= 0xFFFF
    assert (old + unzigzag(code) - new) % 0x10000 == 0


@given(st.integers(0, (1 << 32) - 1), st.integers(0, 8 * PAGE_MARK_SIZE - 1))
def test_a_mark_is_whole_or_none(sequence, bit):
    mark = bytearray(build_mark(sequence))
    assert mark_sequence(bytes(mark).ljust(PAGE_SIZE, b"\xff")) == sequence
    mark[bit // 8] ^= 1 << bit % 8
    assert mark_sequence(bytes(mark)) is None


def test_a_blank_sector_has_no_mark():
    assert mark_sequence(b"\xff" * PAGE_SIZE) is None
