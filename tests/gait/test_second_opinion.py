"""The second opinion in a take: agreement, disagreement, and strides whose events are lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gait.shoes import END_US, shoe, take, told
from runslate.analysis.opinion import compare, second_opinion
from runslate.analysis.tables import Gap
from runslate.analysis.take import analyse
from runslate.analysis.untold import complete
from runslate.report.checks import check_entries, warnings
from runslate.report.page import page

STRIDES = told()
WHOLE = [(0, END_US)]


def test_both_see_the_same_strides() -> None:
    opinion = compare(STRIDES, second_opinion(shoe()))
    assert opinion.agreement >= 0.97
    assert opinion.disagreements == []
    assert abs(opinion.gct_shift_ms) < 25


def test_strides_that_the_tag_missed_or_invented_are_a_stretch_with_counts() -> None:
    contacts = second_opinion(shoe())
    missed = STRIDES.where((np.arange(len(STRIDES)) < 12) | (np.arange(len(STRIDES)) >= 20))
    (only_reference,) = compare(missed, contacts).disagreements
    assert (only_reference.only_tag, only_reference.only_reference) == (0, 8)
    assert only_reference.start_us == pytest.approx(STRIDES.ic_us[12], abs=50_000)
    silent = replace(contacts, running=contacts.running & (contacts.ic_us > STRIDES.ic_us[9] + 300_000))
    (only_tag,) = compare(STRIDES, silent).disagreements
    assert (only_tag.only_tag, only_tag.only_reference) == (10, 0)


def test_a_whole_record_is_left_as_it_is() -> None:
    data = take(STRIDES, WHOLE)
    assert complete(data) is data


def test_after_a_power_loss_the_samples_tell_the_strides_and_say_so() -> None:
    """The last events went with the power; the samples were in flash already."""
    lost_us = int(STRIDES.ic_us[30])
    kept = STRIDES.where(STRIDES.ic_us < lost_us)
    gap = Gap("Mara", "a", lost_us, END_US, 0, "the reel ended: power lost")
    data = replace(take(kept, [(0, lost_us)]), gaps=[gap])
    completed = complete(data)
    strides = completed.strides["Mara"]
    assert len(strides) == pytest.approx(len(STRIDES), abs=2)
    assert strides.reference.sum() == len(strides) - len(kept)
    assert not strides.reference[: len(kept)].any()
    assert np.median(strides.gct_ms[strides.reference]) == pytest.approx(np.median(STRIDES.gct_ms), rel=0.12)
    covered = sum(end - start for start, end in completed.coverage["Mara"])
    assert covered > 0.95 * END_US
    assert sum(g.end_us - g.start_us for g in completed.gaps) < 2_000_000
    assert any("told by the second opinion alone" in words for words in warnings(completed, analyse(completed)))


def test_movement_that_holds_no_strides_stays_unknown() -> None:
    table = shoe()
    shaken = table.t_us > 20_000_000
    beat = 3 * np.sin(2 * np.pi * 5 * table.t_us / 1e6)[:, None] * np.ones(3)
    table = replace(
        table,
        accel_g=np.where(shaken[:, None], 1 + beat, table.accel_g).astype(np.float32),
        gyro_dps=np.where(shaken[:, None], 200 * beat, table.gyro_dps).astype(np.float32),
    )
    before = STRIDES.where(STRIDES.end_us < 20_000_000)
    completed = complete(take(before, [(0, 20_000_000)], table))
    told_later = completed.strides["Mara"].ic_us[completed.strides["Mara"].reference]
    assert not (told_later > 22_000_000).any()
    assert completed.coverage["Mara"][-1][1] < 23_500_000


def test_a_tag_that_told_nothing_at_all_is_read_from_its_samples() -> None:
    nothing = STRIDES.where(STRIDES.ic_us < 0)
    completed = complete(take(nothing, WHOLE))
    assert len(completed.strides["Mara"]) == pytest.approx(len(STRIDES), abs=3)
    assert analyse(completed).verdict.answer == "alone"


def test_without_a_gyroscope_there_is_an_opinion_and_no_length() -> None:
    data = take(STRIDES, WHOLE, replace(shoe(), gyro_dps=None))
    result = analyse(data)
    assert result.moved[0].opinion.agreement > 0.9
    assert result.metrics["Mara"].values["stride_m"] is None


def test_the_report_and_its_document_hold_the_checks() -> None:
    weak = shoe()
    assert weak.gyro_dps is not None
    data = take(STRIDES, WHOLE, replace(weak, gyro_dps=weak.gyro_dps * np.float32(0.87)))
    result = analyse(data)
    (entry,) = check_entries(data, result)
    assert entry["sensor_flagged"]
    assert entry["gyro_scale"] == pytest.approx(1 / 0.87, rel=0.02)
    assert entry["agreement"] > 0.95
    assert "multiplied by 1.15" in page(data, result)


def test_length_speed_and_distance_are_those_of_the_runner() -> None:
    result = analyse(take(STRIDES, WHOLE))
    values = result.metrics["Mara"].values
    assert values["stride_m"] is not None
    assert values["speed_mps"] is not None
    assert values["distance_m"] == pytest.approx(result.moved[0].length_m.sum(), rel=0.02)
    assert values["speed_mps"] == pytest.approx(values["stride_m"] / STRIDES.duration_ms.mean() * 1000, rel=0.05)
    assert values["intensity_g"] is not None
    assert 1 < values["intensity_g"] < 5
