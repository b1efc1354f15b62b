"""From what was found and what is known to figures, for one recording.

Counts travel with every recording, so that figures of a set are made from sums and not from means of means.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from runslate.evaluate.found import LONGEST_STRIDE_S, Bools, Floats, Found
from runslate.evaluate.match import Tally, in_order
from runslate.evaluate.strides import joined, match_strides, running_strides
from runslate.evaluate.truth import Known

# A camera's stride counts for means if it is this near the trial's median: an instant of mid-stance that is misplaced
# spoils two strides, one too short and one too long.
_NEAR_MEDIAN = 0.25
# Contacts further from their truth than this, after the file's own bias, are other events: they count as outliers.
_OUTLIER_S = 0.1
_FEWEST_PAIRS = 3
# A stride this many usual ones long has a stop in it.
_STOP = 1.5


@dataclass(frozen=True)
class Pairs:
    """Differences found minus true of matched instants, in ms, without outliers; and how many of these there were."""

    errors_ms: Floats = field(default_factory=lambda: np.zeros(0))
    outliers: int = 0

    @property
    def bias_ms(self) -> float | None:
        """Return the mean difference."""
        return float(self.errors_ms.mean()) if self.errors_ms.size else None

    @property
    def sd_ms(self) -> float | None:
        """Return the spread within the recording."""
        return float(self.errors_ms.std(ddof=1)) if self.errors_ms.size >= _FEWEST_PAIRS else None


@dataclass(frozen=True)
class Score:
    """Figures of one recording; None and empty where there is no truth.

    Attributes:
        strides, running, contacts: tallies of strides, strides labelled running, initial contacts.
        stride_time_pct: error of the mean stride time.
        length_pct: errors of stride lengths in percent (n,).
        ic, crossing, tc: differences of instants; `crossing` is the one that begins a stride.
        gct_ms: differences of contact times in ms (n,).
        mean_gct_ms, cadence_pct, cadence_spm, distance_pct, speed_pct: errors of means.
        scaled_distance_pct: the same with the gyroscope's scale corrected, where that was asked for.
        windows_spm: absolute differences of cadence over stretches (k,).
        labelled_right: walking or running, over the recording.
        false_running: running strides where nobody runs; `still_min`: minutes of that.
        count_error: strides found minus strides counted.
    """

    strides: Tally = field(default_factory=Tally)
    running: Tally = field(default_factory=Tally)
    contacts: Tally = field(default_factory=Tally)
    stride_time_pct: float | None = None
    length_pct: Floats = field(default_factory=lambda: np.zeros(0))
    ic: Pairs = field(default_factory=Pairs)
    crossing: Pairs = field(default_factory=Pairs)
    tc: Pairs = field(default_factory=Pairs)
    gct_ms: Floats = field(default_factory=lambda: np.zeros(0))
    mean_gct_ms: float | None = None
    mean_gct_pct: float | None = None
    cadence_pct: float | None = None
    cadence_spm: float | None = None
    distance_pct: float | None = None
    speed_pct: float | None = None
    scaled_distance_pct: float | None = None
    windows_spm: Floats = field(default_factory=lambda: np.zeros(0))
    labelled_right: bool | None = None
    false_running: int = 0
    still_min: float = 0.0
    count_error: int | None = None

    def by_crossing(self) -> Score:
        """Return the same where the truth of contacts is itself a zero crossing of the pitch rate."""
        return replace(self, ic=self.crossing)

    def with_scaled(self, corrected: Score) -> Score:
        """Return the same with the distance that another score has."""
        return replace(self, scaled_distance_pct=corrected.distance_pct)


def score(found: Found, known: Known, runs: bool | None, seconds: float, length_m: Floats | None) -> Score:
    """Return the figures of one recording.

    Args:
        found: what the detector found.
        known: what is true.
        runs: whether somebody runs in it; None: not known.
        seconds: length of the recording.
        length_m: lengths of the found strides (k,), NaN where unknown; None: not measured.
    """
    labelled = found.running.mean() > 0.5 if found.running.size else False
    figures: dict[str, object] = {
        "labelled_right": None if runs is None else bool(labelled) == runs,
        "false_running": int(found.running.sum()) if runs is False else 0,
        "still_min": seconds / 60.0 if runs is False else 0.0,
    }
    lengths = np.full(found.begin_s.size, np.nan) if length_m is None else length_m
    if known.start_s.size:
        figures |= _against_strides(found, known, bool(runs), lengths)
    elif known.ic_s.size:
        figures |= _against_contacts(found, known, bool(runs))
    figures |= _means(found, known, lengths)
    if known.count is not None:
        figures["count_error"] = found.begin_s.size - known.count
    return Score(**figures)  # type: ignore[arg-type]


def _against_strides(found: Found, known: Known, runs: bool, length_m: Floats) -> dict[str, object]:
    """Strides of cameras, from mid-stance to mid-stance."""
    matched = match_strides(found, known)
    i, k = matched.i, matched.k
    figures: dict[str, object] = {"strides": matched.tally}
    true = known.end_s - known.start_s
    if runs:
        # A stride with a stop in it is no running stride, nor is it wrong to call it one.
        stop = true > _STOP * matched.usual_s
        figures["running"] = match_strides(found, known, found.running & ~matched.found_where(stop), ~stop).tally
    true = true[i]
    fair = np.abs(true / matched.usual_s - 1) < _NEAR_MEDIAN
    if fair.any():
        figures["stride_time_pct"] = float(found.duration_s[k][fair].mean() / true[fair].mean() - 1) * 100
        error = (length_m[k] / known.length_m[i] - 1)[fair] * 100
        figures["length_pct"] = error[np.isfinite(error)]
        figures |= _way(length_m[k], found.duration_s[k], known.length_m[i], true, fair)
    return figures


def _way(
    length: Floats, duration: Floats, true_length: Floats, true_duration: Floats, fair: Bools
) -> dict[str, object]:
    """Errors of distance and speed over strides whose length both know."""
    both = fair & np.isfinite(length) & np.isfinite(true_length)
    if not both.any():
        return {}
    far = float(length[both].sum() / true_length[both].sum())
    return {
        "distance_pct": (far - 1) * 100,
        "speed_pct": (far * float(true_duration[both].sum() / duration[both].sum()) - 1) * 100,
    }


def _against_contacts(found: Found, known: Known, runs: bool) -> dict[str, object]:
    """Contacts of a force plate or checked by hand."""
    matched = match_strides(found, known)
    low, high = matched.span_s
    ic = found.ic_s[(found.ic_s > low) & (found.ic_s < high)]
    i, j = in_order(known.ic_s, ic, matched.usual_s / 2)
    figures: dict[str, object] = {
        "contacts": Tally(i.size, known.ic_s.size - i.size, ic.size - i.size),
        "strides": matched.tally,
        "ic": _pairs(ic[j] - known.ic_s[i]),
    }
    running = running_strides(known) if known.running.size else np.full(matched.hit.size, runs)
    if running.any():
        figures["running"] = match_strides(found, known, found.running, running).tally
    if matched.i.size:
        true = np.diff(known.ic_s)[joined(known)][matched.i]
        figures["stride_time_pct"] = float(found.duration_s[matched.k].mean() / true.mean() - 1) * 100
    return figures | _terminal(found, known, matched.usual_s)


def _terminal(found: Found, known: Known, usual: float) -> dict[str, object]:
    """Toe-offs, the crossing that begins a stride, and contact times."""
    begins = np.flatnonzero(np.isfinite(known.tc_s))
    tc = known.tc_s[begins]
    i, j = in_order(tc, found.tc_s, usual / 2)
    figures: dict[str, object] = {"tc": _pairs(found.tc_s[j] - tc[i])}
    i, j = in_order(known.ic_s, found.begin_s, usual / 2)
    figures["crossing"] = _pairs(found.begin_s[j] - known.ic_s[i])
    error = (found.gct_s[j] - (known.tc_s - known.ic_s)[i]) * 1e3
    figures["gct_ms"] = error[np.isfinite(error)]
    return figures


def _pairs(errors_s: Floats) -> Pairs:
    if not errors_s.size:
        return Pairs()
    near = np.abs(errors_s - np.median(errors_s)) < _OUTLIER_S
    return Pairs(errors_s[near] * 1e3, int(np.sum(~near)))


def _means(found: Found, known: Known, length_m: Floats) -> dict[str, object]:
    """Figures against means over a stretch, or over stretches."""
    figures: dict[str, object] = {}
    steps = 60.0 if known.both_feet else 120.0
    low, high = known.steady_s or (-np.inf, np.inf)
    steady = (found.begin_s > low) & (found.end_s < high) & (found.duration_s < LONGEST_STRIDE_S)
    if steady.any():
        cadence = steps / float(found.duration_s[steady].mean()) / known.clock
        if known.cadence_spm is not None:
            figures["cadence_spm"] = cadence - known.cadence_spm
            figures["cadence_pct"] = (cadence / known.cadence_spm - 1) * 100
        if known.gct_ms is not None:
            gct = float(np.nanmean(found.gct_s[steady])) * known.clock * 1e3
            figures["mean_gct_ms"] = gct - known.gct_ms
            figures["mean_gct_pct"] = (gct / known.gct_ms - 1) * 100
        whole = np.isfinite(length_m) & steady
        if known.speed_mps is not None and whole.any():
            speed = float(length_m[whole].sum() / found.duration_s[whole].sum()) / known.clock
            figures["speed_pct"] = (speed / known.speed_mps - 1) * 100
    if known.distance_m is not None and known.span_s is not None and np.isfinite(length_m).any():
        inside = (found.begin_s >= known.span_s[0]) & (found.begin_s < known.span_s[1])
        lengths = np.where(np.isfinite(length_m), length_m, np.nanmedian(length_m))[inside]
        figures["distance_pct"] = (float(lengths.sum()) / known.distance_m - 1) * 100
    if len(known.windows):
        figures["windows_spm"] = _windows(found, known.windows, steps)
    return figures


def _windows(found: Found, windows: Floats, steps: float) -> Floats:
    """Absolute differences of cadence; a stretch without two strides counts as wrong by its whole cadence."""
    errors = []
    for start, end, cadence in windows:
        mine = found.duration_s[(found.begin_s >= start) & (found.end_s <= end)]
        ours = steps / float(np.median(mine)) if mine.size >= 2 else 0.0
        errors.append(abs(ours - cadence))
    return np.array(errors)
