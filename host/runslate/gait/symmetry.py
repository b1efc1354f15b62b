"""Change of a runner's symmetry: both feet against their own baseline. A change, never a diagnosis.

The symmetry index 200 (L - R) / (L + R) of ground contact (Robinson et al. 1987) is taken with its sign,
stride by stride, so that a change from one side to the other counts in full. Healthy runners differ by some
points and so do their days; what is told is only a shift from what the same runner showed before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from runslate.analysis.tables import StrideTable
from runslate.gait.integrate import F64, I64

Level = Literal["amber", "red"]

SHORT, LONG = 8, 18
"""Strides compared with the baseline: the median of the short run at once, the middle three quarters of the long one
for what lasts (their mean scatters a fifth less than a median, and one misread stride does not move it). Within the
twenty strides after which a limp should be known the long run can be as long as that."""

AMBER, RED = 12.0, 15.0
"""Points of shift of the short median."""

AMBER_LASTING = 6.4
"""Points of shift of the long mean. Contact times as a shoe reads them make single indexes scatter by 5.5 points, the
long mean by 1.4: nineteen of twenty limps of 10 points pass this within twenty strides, noise less than once in
two hours."""

OVER = 0.35
"""Of AMBER: a finding ends when both are back below."""

BASELINE_MIN, BASELINE_MAX = 24, 130
"""Strides of the baseline: nothing is said for a quarter of a minute, then the last minute and a half counts. Longer,
and what a healthy runner's symmetry drifts by would pass for a change; shorter, and the baseline itself scatters. A
limp that creeps in over many minutes is not seen."""

PAUSE_US = 5_000_000
"""Who stood or walked so long may go on on another side of the road: of the baseline only the last BASELINE_MIN strides
are kept then."""


@dataclass(frozen=True)
class Finding:
    """A stretch in which a runner's symmetry was not the runner's own."""

    start_us: int
    """The stride with which it began, as well as can be told: see `_onset`."""
    end_us: int
    """The last stride before it was over."""
    level: Level
    """The highest reached."""
    si: float
    """Symmetry index at its furthest, points; positive: the left foot stays longer on the ground."""
    baseline: float
    """The runner's own before, points."""

    @property
    def shift(self) -> float:
        """How far from the own baseline, points."""
        return abs(self.si - self.baseline)


def limps(left: StrideTable, right: StrideTable) -> list[Finding]:
    """Find changes of symmetry over a recording of both feet.

    Args:
        left: strides of the left foot, ascending.
        right: of the right foot, on the same time line.

    Returns:
        findings in order of time; none without at least 24 pairs of running strides as a baseline.
    """
    at_us, si = symmetry(left, right)
    return list(_episodes(at_us, si))


def symmetry(left: StrideTable, right: StrideTable) -> tuple[I64, F64]:
    """Pair each running stride of the left foot with the right one that begins in it.

    Returns:
        contact of the left foot, microseconds, and signed symmetry index of contact time, points, (n,) each.
    """
    left, right = (table.where(table.running & (table.gct_ms > 0)) for table in (left, right))
    following = np.searchsorted(right.ic_us, left.ic_us)
    inside = following < len(right)
    inside[inside] &= right.ic_us[following[inside]] < left.end_us[inside]
    mine, other = left.gct_ms[inside], right.gct_ms[following[inside]]
    return left.ic_us[inside], 200.0 * (mine - other) / (mine + other)


def _episodes(at_us: I64, si: F64) -> Iterator[Finding]:
    short, long = _medians(si, SHORT), _middle_means(si, LONG)
    past: deque[float] = deque(maxlen=BASELINE_MAX)
    baseline, known = 0.0, 0
    open_finding: Finding | None = None
    for i in range(si.size):
        if i and at_us[i] - at_us[i - 1] > PAUSE_US:
            while len(past) > BASELINE_MIN:
                past.popleft()
            known = len(past)
        if known >= BASELINE_MIN:
            began = int(at_us[_onset(si[: i + 1] - baseline)])
            # As long as the baseline is young its own error adds to that of the long mean.
            sure = 1.0 / float(np.sqrt(1.0 + LONG / known))
            shifts = (short[i] - baseline, long[i] - baseline)
            open_finding, ended = _judge(open_finding, began, int(at_us[i]), shifts, baseline, sure)
            if ended is not None:
                yield ended
        # What is being judged is not yet part of what it is judged by; what was found never becomes it.
        if open_finding is None and i >= LONG:
            past.append(float(si[i - LONG]))
            if len(past) > known or i % SHORT == 0:
                baseline, known = float(_middle_mean(np.array(past))), len(past)
    if open_finding is not None:
        yield open_finding


def _judge(
    finding: Finding | None, began_us: int, now_us: int, shifts: tuple[float, float], baseline: float, sure: float
) -> tuple[Finding | None, Finding | None]:
    """Open, widen or close a finding with one more stride.

    Args:
        shifts: of the short median and of the long mean from the baseline, points.
        sure: how much of them counts, since the baseline itself is not exact.

    Returns:
        what is open and what has just ended.
    """
    short, long = shifts
    level = _level(short * sure, long * sure)
    if finding is None:
        if level is None:
            return None, None
        return Finding(began_us, now_us, level, baseline + short, baseline), None
    if level is None and abs(short) < OVER * AMBER and abs(long) < OVER * AMBER:
        return None, finding
    further = baseline + short if abs(short) > finding.shift else finding.si
    higher: Level = "red" if "red" in (level, finding.level) else "amber"
    return replace(finding, end_us=now_us, si=further, level=higher), None


def _onset(shifts: F64) -> int:
    """Tell with which stride a shift began that lasts to the last one: the step that fits best, by least squares.

    The step from place k on explains (sum of the shifts from k)^2 / (their number) of the squares.
    """
    sums = np.cumsum(shifts[: -LONG - 1 : -1])
    explained = sums * sums / np.arange(1, sums.size + 1)
    return shifts.size - 1 - int(np.argmax(explained))


def _level(short: float, long: float) -> Level | None:
    if abs(short) >= RED:
        return "red"
    return "amber" if abs(short) >= AMBER or abs(long) >= AMBER_LASTING else None


def _medians(values: F64, count: int) -> F64:
    """Median of the last `count` values at each place; NaN at the first ones."""
    result = np.full(values.size, np.nan)
    if values.size >= count:
        result[count - 1 :] = np.median(sliding_window_view(values, count), axis=1)
    return result


def _middle_means(values: F64, count: int) -> F64:
    """Mean of the middle three quarters of the last `count` values at each place; NaN at the first ones."""
    result = np.full(values.size, np.nan)
    if values.size >= count:
        result[count - 1 :] = _middle_mean(sliding_window_view(values, count))
    return result


def _middle_mean(values: F64) -> F64:
    """Mean of the middle three quarters along the last axis."""
    count = values.shape[-1]
    middle = np.sort(values, axis=-1)[..., count // 8 : count - count // 8]
    return np.asarray(middle.mean(axis=-1))
