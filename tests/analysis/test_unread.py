"""Movement without strides: unknown, never "did not run"."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from analysis.synthetic import US, contacts, samples, strides, three_runners
from runslate.analysis.take import analyse
from runslate.analysis.unread import unread

TAKE = (0, 40 * US)
IC_S = contacts(10, 30)


def test_running_without_any_stride_is_not_read() -> None:
    (stretch,) = unread([samples(IC_S, 40)], strides(IC_S[:0]), TAKE)
    assert abs(stretch[0] - 10 * US) <= US
    assert abs(stretch[1] - 30 * US) <= US


def test_running_with_its_strides_is_read_even_when_one_was_missed() -> None:
    assert unread([samples(IC_S, 40)], strides(np.delete(IC_S, 12)), TAKE) == []


def test_standing_walking_and_a_jump_are_no_running() -> None:
    none = strides(IC_S[:0])
    assert unread([samples(IC_S[:0], 40)], none, TAKE) == []
    assert unread([samples(contacts(5, 35, 1.1), 40, peak_g=2.5)], none, TAKE) == []
    assert unread([samples(np.array([20.0, 20.6]), 40, peak_g=15)], none, TAKE) == []


def test_the_lead_is_not_called_alone_beside_somebody_whose_strides_were_lost() -> None:
    data = three_runners()
    ives = data.strides["Ives"]
    lost = replace(data, strides={**data.strides, "Ives": ives.where(ives.ic_us < 0)})
    result = analyse(lost)
    while_ives_ran = [s for s in result.company if s.start_us < 34 * US and s.end_us > 14 * US]
    assert while_ives_ran
    assert {s.kind for s in while_ives_ran} == {"unknown"}
    assert result.unread["Ives"]
