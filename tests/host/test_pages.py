"""The page decoder against pages written by the book."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from runslate import pages
from runslate.reel import Reel

from host import pagemaker

EDGES = st.sampled_from([-32768, -32767, -1, 0, 1, 32767])
I16 = st.one_of(st.integers(-32768, 32767), st.integers(-40, 40), EDGES)


def runs(channels: int) -> st.SearchStrategy[list[tuple[int, ...]]]:
    """Runs of samples, calm and wild."""
    sample = st.tuples(*[I16] * channels)
    calm = st.tuples(sample, st.integers(1, 40), st.integers(-3, 3)).map(
        lambda made: [tuple((value + made[2] * i + 32768) % 65536 - 32768 for value in made[0]) for i in range(made[1])]
    )
    return st.one_of(st.lists(sample, min_size=1, max_size=14), calm)


def fitting(samples: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """As many of the samples as one page holds."""
    while len(pagemaker.pack(samples)) > 216:
        samples = samples[:-1]
    return samples


def table_of(made: list[bytes]) -> np.ndarray:
    return pages.split_pages(b"".join(made))[0]


@settings(max_examples=150)
@given(st.sampled_from([3, 6]).flatmap(lambda c: st.tuples(st.just(c), st.lists(runs(c), max_size=5))))
def test_samples_come_back_exactly(case: tuple[int, list[list[tuple[int, ...]]]]) -> None:
    channels, lists = case
    lists = [fitting(samples) for samples in lists]
    made = [
        pagemaker.page(1, n, pagemaker.pack(samples), count=len(samples), tick=n * 100_000)
        for n, samples in enumerate(lists)
    ]
    decoded = pages.decode_samples(table_of(made), channels)
    assert decoded.malformed.size == 0
    assert decoded.values.tolist() == [list(sample) for samples in lists for sample in samples]
    assert decoded.ticks.tolist() == [
        n * 100_000 + 96 * i for n, samples in enumerate(lists) for i in range(len(samples))
    ]


def test_the_largest_page_of_a_resting_sensor_decodes() -> None:
    samples = [(1, 2, 3, 4, 5, 6)] * 255
    made = [pagemaker.page(1, 0, pagemaker.pack(samples), count=255)]
    assert len(pages.decode_samples(table_of(made), 6).ticks) == 255


@given(st.integers(0, 255), st.integers(1, 255))
def test_no_damaged_page_is_ever_used(at: int, flip: int) -> None:
    good = bytearray(pagemaker.small_reel()[1])
    good[at] ^= flip
    assert not pages.page_is_good(bytes(good))
    assert not pages.good_rows(table_of([bytes(good)])).any()


def test_a_reel_without_a_page_is_read_as_one_that_holds_nothing() -> None:
    table, torn = pages.split_pages(b"")
    assert (torn, pages.good_rows(table).tolist()) == (0, [])
    reel = Reel.from_pages("aa", 1, table)
    assert (len(reel.events), reel.samples().ticks.size, reel.covered_ticks()) == (0, 0, [])


def test_a_page_whose_blocks_do_not_add_up_is_told_and_contributes_nothing() -> None:
    honest = pagemaker.page(1, 0, pagemaker.pack([(0,) * 6, (5,) * 6]), count=2)
    lying = pagemaker.page(1, 1, pagemaker.pack([(0,) * 6, (5,) * 6]) + b"\0", count=2)
    decoded = pages.decode_samples(table_of([honest, lying]), 6)
    assert decoded.malformed.tolist() == [1]
    assert decoded.page.tolist() == [0, 0]


@given(st.binary(min_size=216, max_size=216), st.integers(0, 255))
def test_garbage_with_a_valid_crc_never_breaks_the_decoder(payload: bytes, count: int) -> None:
    made = pagemaker.page(1, 0, payload, count=count)
    decoded = pages.decode_samples(table_of([made]), 6)
    assert len(decoded.ticks) in (0, count)


def test_events_keep_their_sequence_and_numbers() -> None:
    events = [pagemaker.event(3, 1000 + i, 7, 8, 9, 10, 11, flags=i) for i in range(13)]
    records, sequences = pages.decode_events(table_of([pagemaker.events_page(4, 90, events)]))
    assert sequences.tolist() == list(range(90, 103))
    assert records["tick"].tolist() == list(range(1000, 1013))
    assert records["p"][0].tolist() == [7, 8, 9, 10, 11]


def test_a_reel_states_its_facts_and_scales_its_samples() -> None:
    reel = Reel.from_pages("uid", 7, table_of(pagemaker.small_reel()))
    assert reel.start is not None
    assert (reel.start.runner, reel.start.foot, reel.start.imu) == ("mary", "left", "LSM6DSO32")
    assert reel.end is not None
    assert reel.end.samples == len(reel.samples().ticks)
    for known in (reel, Reel.from_pages("uid", 7, table_of(pagemaker.small_reel()[1:]))):  # without its start page too
        accel_g = known.accel_g(known.samples())
        assert accel_g.shape == (reel.end.samples, 3)
        assert np.allclose(np.linalg.norm(accel_g, axis=1), 1.0, atol=0.01)


def test_coverage_breaks_at_a_missing_page_and_at_lost_samples() -> None:
    made = pagemaker.small_reel(pages=6, per_page=9)
    without_third = table_of(made[:3] + made[4:])
    assert Reel.from_pages("u", 7, without_third).covered_ticks() == [
        (0, 2 * 9 * 96),
        (3 * 9 * 96, 6 * 9 * 96),
    ]
    after_overrun = pagemaker.page(1, 3, pagemaker.pack([(0,) * 6] * 9), count=9, tick=2 * 9 * 96, flags=1)
    assert len(Reel.from_pages("u", 7, table_of([*made[:3], after_overrun])).covered_ticks()) == 2


def test_the_number_of_channels_is_found_without_a_start_page() -> None:
    samples = [(i, -i, 7) for i in range(30)]
    made = pagemaker.page(1, 1, pagemaker.pack(samples), count=30)
    assert Reel.from_pages("u", 7, table_of([made])).samples().values.tolist() == [list(sample) for sample in samples]
