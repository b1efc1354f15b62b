"""The long take: forty minutes cost seconds and little memory, and say what they would say read at once."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from analysis.pairs import free, stretch, worn
from analysis.synthetic import span
from gait.shoes import shoe, take, told
from host.takemaker import Runner, make_take
from runslate.analysis import samples
from runslate.analysis.bouts import find_bouts
from runslate.analysis.movement import movements
from runslate.analysis.step import StepFinding, in_step
from runslate.analysis.take import analyse
from runslate.analysis.unread import unread
from runslate.library import Library

MINUTE = 60.0

MB_PER_MINUTE = 0.55
"""Of one tag at 417 Hz: 25,000 samples of 20 bytes, and its strides."""

ANALYSE = """
import resource, sys
from pathlib import Path
from runslate.analysis.take import analyse
from runslate.collect import take_tables
from runslate.library import Library
library = Library(sys.argv[1])
(take,) = library.takes()
analyse(take_tables(library, take))
# Linux counts to ru_maxrss what the parent had when it forked.
status = Path("/proc/self/status")
own = status.read_text().split("VmHWM:")[1].split()[0] if status.exists() else None
print(int(own or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024)
"""


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


def analysed_mb(folder: Path, minutes: float) -> float:
    """Most memory of a process that analyses a take of one tag."""
    seconds = minutes * MINUTE
    make_take(
        Library(folder), "L", 1, "Ann", [Runner("Ann", [(3.0, seconds - 3.0)], loud=(3.0, seconds - 3.0))], seconds
    )
    done = subprocess.run([sys.executable, "-c", ANALYSE, folder], check=True, capture_output=True, text=True)
    return float(done.stdout)


def test_a_take_three_times_as_long_needs_a_stated_little_more_memory(tmp_path: Path) -> None:
    short, long = (analysed_mb(tmp_path / str(minutes), minutes) for minutes in (10, 30))
    print(f"10 minutes of one tag {short:.0f} MB, 30 minutes {long:.0f} MB")
    assert long - short < 20 * MB_PER_MINUTE + 5
    assert long < 250


def test_a_take_read_window_by_window_says_what_it_says_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    still = shoe()
    assert still.gyro_dps is not None
    noise = np.random.default_rng(1).normal(0, 1, still.gyro_dps.shape)  # a foot at perfect rest has no stillest moment
    data = take(told(), [(0, 40_000_000)], replace(still, gyro_dps=(still.gyro_dps + noise).astype(np.float32)))
    (whole,), result = movements(data, data.strides), analyse(data)
    monkeypatch.setattr(samples, "WINDOW_US", 7_000_000)
    (pieces,), again = movements(data, data.strides), analyse(data)
    assert pieces.length_m == pytest.approx(whole.length_m, abs=1e-6, nan_ok=True)
    assert pieces.truth.rest_g == pytest.approx(whole.truth.rest_g, abs=1e-9)
    assert (pieces.opinion.tag, pieces.opinion.agreed) == (whole.opinion.tag, whole.opinion.agreed)
    assert pieces.opinion.gct_shift_ms == pytest.approx(whole.opinion.gct_shift_ms, abs=0.5)
    nothing = told().where(told().ic_us < 0)
    assert unread([shoe()], nothing, (0, 40_000_000)) == analyse(take(nothing, [])).unread["Mara"]
    assert again.intensity["Mara"].value_g == pytest.approx(result.intensity["Mara"].value_g, nan_ok=True)
