"""Pace: top and held, splits and surges; by speed where lengths are known, else named as cadence."""

from __future__ import annotations

import numpy as np
import pytest
from analysis.synthetic import US, contacts, join, span, strides, three_runners
from runslate.analysis.bouts import find_bouts
from runslate.analysis.intensity import IntensityCurve
from runslate.analysis.pace import pace, surges
from runslate.analysis.take import analyse
from runslate.report.energy import Scored, energy_canvas
from runslate.report.standalone import standalone

IC = np.concatenate([contacts(5, 25, 0.75), contacts(25.7, 45, 0.65), contacts(45.7, 65, 0.75)])


def curve(values: np.ndarray) -> IntensityCurve:
    return IntensityCurve(np.arange(values.size, dtype=np.int64) * US, values)


def test_without_lengths_the_pace_is_cadence_and_says_so() -> None:
    table = strides(IC)
    found = pace(table, find_bouts(table, span((0, 70))), curve(np.ones(70)))
    assert (found.basis, found.unit) == ("cadence", "steps/min")
    assert found.held == pytest.approx(120 / 0.65, rel=0.01)
    assert 25 <= found.held_at_us / US <= 36
    assert [round(split.pace) for split in found.splits] == [160, 185, 185, 160]


def test_with_lengths_it_is_speed_and_one_wrong_length_is_no_top() -> None:
    table = strides(IC)
    lengths = np.full(len(table), 2.6)
    lengths[3] = 8.0
    lengths[7] = np.nan
    found = pace(table, find_bouts(table, span((0, 70))), curve(np.ones(70)), lengths)
    assert found.basis == "speed"
    assert found.top == pytest.approx(2.6 / 0.65, rel=0.01)
    assert found.held == pytest.approx(2.6 / 0.65, rel=0.01)


def test_nobody_holds_ten_seconds_across_a_pause() -> None:
    table = join(strides(contacts(5, 11, 0.7)), strides(contacts(15, 21, 0.7)))
    bouts = find_bouts(table, span((0, 30)))
    assert len(bouts) == 2
    assert np.isnan(pace(table, bouts, curve(np.ones(30))).held)


def test_a_surge_is_found_where_it_is_and_a_single_second_is_none() -> None:
    values = np.ones(60)
    values[30:36] = 1.5
    values[50] = 3.0
    (found,) = surges(curve(values), span((5, 58)))
    assert (found.start_us, found.end_us, found.peak_g) == (30 * US, 35 * US, 1.5)


def test_a_sequence_of_takes_is_drawn_one_after_another() -> None:
    data = three_runners()
    result = analyse(data)
    takes = [Scored(f"S1-1-T{n}", data.start_us, 40.0, result.intensity) for n in (1, 2)]
    drawn = standalone(energy_canvas(takes))
    assert drawn.count('class="band"') == 2
    assert drawn.index("S1-1-T1, 40 s") < drawn.index("S1-1-T2, 40 s")
    assert drawn.count('class="curve c0"') == 3  # two takes and the key
    assert drawn.count(">10 s<") == 2  # each take counts from its own start
