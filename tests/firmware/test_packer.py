"""The packer on the VM against the host's decoder: what goes in comes out, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from firmware.vmkit import run_script
from runslate import pages as reader


def packed(tmp_path, samples, bursts=(22, 23, 1, 40), gaps=()):
    """Samples (n, 6) int16 -> table of pages as the firmware packs them."""
    file = tmp_path / "samples.bin"
    file.write_bytes(samples.astype("<i2").tobytes())
    numbers = (",".join(map(str, numbers)) for numbers in (bursts, gaps))
    result = run_script("packing.py", str(file), *numbers)
    assert result.returncode == 0, result.stderr or result.stdout
    table, rest = reader.split_pages(b"".join(map(bytes.fromhex, result.stdout.split())))
    assert rest == 0
    assert reader.good_rows(table).all()
    return table


def runner(n):
    """Something like a shoe: smooth, with impacts that jump over most of the range."""
    t = np.arange(n) / 417
    wave = np.sin(2 * np.pi * 1.4 * t[:, None] + np.arange(6)) * 6000
    impact = np.exp(-((t * 1.4) % 1) * 60)[:, None] * np.array([15000, 9000, 30000, 0, 4000, 0])
    noise = np.random.default_rng(1).normal(0, 3, (n, 6))
    return np.rint(wave + impact + noise).clip(-32768, 32767)


def extremes(n):
    """Differences of every width, up to a jump over the whole range and back."""
    rng = np.random.default_rng(2)
    return rng.choice([-32768, -32767, -1, 0, 1, 32766, 32767], (n, 6))


def widths(n):
    """Each channel's steps need another number of bits, all from 0 to 16."""
    rng = np.random.default_rng(3)
    bits = rng.integers(0, 17, (n, 6))
    steps = np.rint(rng.uniform(-1, 1, (n, 6)) * 2.0**bits / 2)
    return ((np.cumsum(steps, axis=0) + 32768) % 65536) - 32768


@pytest.mark.parametrize("make", [runner, extremes, widths, lambda n: np.zeros((n, 6))])
def test_samples_come_back_to_the_bit(tmp_path, make):
    samples = make(3000).astype(np.int16)
    found = reader.decode_samples(packed(tmp_path, samples), 6)
    assert not len(found.malformed)
    np.testing.assert_array_equal(found.values, samples)
    np.testing.assert_array_equal(found.ticks, np.arange(3000) * 96)


def test_gap_closes_the_page_and_flags_the_next(tmp_path):
    samples = runner(300).astype(np.int16)
    table = packed(tmp_path, samples, bursts=(50,), gaps=(3,))
    heads = reader.headers(table)
    found = reader.decode_samples(table, 6)
    np.testing.assert_array_equal(found.values, samples)
    jumps = np.flatnonzero(np.diff(found.ticks) != 96)
    assert jumps.tolist() == [149]
    assert np.diff(found.ticks)[149] == 11 * 96
    flagged = np.flatnonzero(heads["flags"] & reader.FLAG_LOST_BEFORE)
    assert heads["tick"][flagged].tolist() == [160 * 96]


def test_pages_are_filled(tmp_path):
    heads = reader.headers(packed(tmp_path, runner(3000).astype(np.int16)))
    # Blocks are cut to what fits: closing with whole blocks only would leave half a block, 17 bytes.
    assert heads["used"][:-1].mean() > reader.PAYLOAD_BYTES - 6
    assert heads["count"].max() <= 255


def test_incompressible_samples_cost_little_more_than_raw(tmp_path):
    rng = np.random.default_rng(4)
    samples = rng.integers(-32768, 32768, (2000, 6)).astype(np.int16)
    heads = reader.headers(packed(tmp_path, samples))
    assert heads["count"][:-1].min() >= 17
