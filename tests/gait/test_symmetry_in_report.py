"""A change of symmetry in the report: said as possible, with its time in the take."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from analysis.synthetic import contacts, join, strides, three_runners
from runslate.analysis.take import analyse
from runslate.report.document import take_document
from runslate.report.page import page

IC_S = contacts(2.0, 78.0, cv=0.01, seed=5)


def limping_take():
    """The lead limps from half-way on: the left foot stays 22 % longer on the ground."""
    left, right = strides(IC_S, "left", 0.25), strides((IC_S[:-1] + IC_S[1:]) / 2, "right", 0.25)
    half = np.median(left.ic_us)
    left = replace(left, gct_ms=np.where(left.ic_us > half, 1.22, 1.0) * left.gct_ms)
    data = three_runners(end_s=80.0)
    return replace(data, strides={**data.strides, "Mara": join(left, right)}), half


def test_a_limp_stands_in_report_and_document_with_its_time() -> None:
    data, half = limping_take()
    result = analyse(data)
    (entry,) = take_document(data, result)["symmetry"]
    assert (entry["runner"], entry["level"]) == ("Mara", "red")
    assert abs(entry["start_s"] - half / 1e6) < 12
    words = page(data, result)
    assert "possible limp (red): the left foot stays longer on the ground than before" in words
    assert "no diagnosis" in words


def test_without_a_change_the_report_says_nothing_of_symmetry() -> None:
    data = three_runners()
    assert "Changed symmetry" not in page(data, analyse(data))
