"""Pictures of a long take: read in minutes, and no curve leaves its frame."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from analysis.synthetic import three_runners
from runslate.analysis.intensity import IntensityCurve
from runslate.analysis.take import analyse
from runslate.report.pictures import CURVE_HEIGHT, intensity_picture
from runslate.report.svg import Canvas, clock, time_ticks


def test_forty_minutes_of_intensity_stay_in_the_picture_though_the_shoe_rested_before_and_after() -> None:
    data = three_runners()
    seconds = np.arange(2400)
    value = np.where((seconds > 3) & (seconds < 2396), 2.7, 0.0)
    value[1000] = 4.0
    curve = IntensityCurve(data.start_us + seconds * 1_000_000, value)
    data = replace(data, end_us=data.start_us + 2_400_000_000)
    picture = intensity_picture(data, replace(analyse(three_runners()), intensity={"Mara": curve}))
    (path,) = re.findall(r'class="curve[^"]*" d="([^"]*)"', picture)
    heights = [float(height) for height in re.findall(r"[ML][\d.]+ (-?[\d.]+)", path)]
    assert len(heights) == seconds.size
    assert 0 < min(heights) < max(heights) < CURVE_HEIGHT


@pytest.mark.parametrize(
    ("seconds", "last"),
    [(40.0, "40 s"), (240.0, "4:00"), (2400.1, "40:00"), (5400.0, "90:00")],
)
def test_the_time_axis_has_about_ten_round_numbers(seconds: float, last: str) -> None:
    ticks = time_ticks(seconds)
    assert 5 <= len(ticks) <= 12
    assert clock(ticks[-1]) == last
    canvas = Canvas(100.0, "a take", seconds)
    canvas.time_axis(0.0, 80.0)
    assert last in canvas.svg()
