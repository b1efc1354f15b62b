"""The long take: forty minutes cost seconds, and no more memory for their chance levels than ten."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from analysis.pairs import free, stretch, worn
from analysis.synthetic import span
from runslate.analysis.bouts import find_bouts
from runslate.analysis.step import StepFinding, in_step

MINUTE = 60.0


def judged(minutes: float) -> tuple[StepFinding, float, float]:
    """A finding on both feet, with the seconds and the megabytes that it took beyond the tables."""
    lead, other = free(1, minutes * MINUTE), free(2, minutes * MINUTE, 0.001)
    tables = worn(lead), worn(other)
    tracemalloc.start()
    begun = time.process_time()
    finding = in_step(*tables, "Ann", stretch(lead, other))
    taken = time.process_time() - begun
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return finding, taken, peak


@pytest.mark.long
def test_forty_minutes_cost_seconds_and_no_more_memory_than_ten() -> None:
    _, _, short_mb = judged(10)
    finding, taken_s, long_mb = judged(40)
    assert finding.strides > 3000
    assert not finding.in_step
    assert taken_s < 20
    assert long_mb < 1.5 * short_mb


def test_the_longest_unbroken_run_of_forty_minutes() -> None:
    steps = free(3, 40 * MINUTE)
    gap = steps[(steps < 1000) | (steps > 1010)]
    table = worn(gap[gap < 1000])
    rest = worn(gap[gap > 1010])
    longest = max(bout.end_us - bout.start_us for part in (table, rest) for bout in find_bouts(part, span((0, 2500))))
    assert longest / 1e6 == pytest.approx(steps[-1] - 1010, abs=2)
