"""The figures of recordings, sets and everything as a JSON document shows them; null where there is no truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from runslate.evaluate.found import Floats
from runslate.evaluate.match import Tally
from runslate.evaluate.score import Pairs, Score

Figures = dict[str, Any]


def of_recordings(scores: Sequence[Score]) -> Figures:
    """Return the figures of recordings taken together: of one, of a set, of all.

    Counts and single errors are pooled; errors of means are medians over recordings, of their size. For one
    recording they keep their sign.
    """
    strides, running, contacts = (
        sum((getattr(s, name) for s in scores), Tally()) for name in ("strides", "running", "contacts")
    )
    lengths = np.abs(_joined(s.length_pct for s in scores))
    gct = _joined(s.gct_ms for s in scores)
    windows = _joined(s.windows_spm for s in scores)
    right = [s.labelled_right for s in scores if s.labelled_right is not None]
    minutes = sum(s.still_min for s in scores)
    return {
        "stride_f1": _round(strides.f1, 4),
        "stride_precision": _round(strides.precision, 4),
        "stride_recall": _round(strides.recall, 4),
        "strides_true": strides.hits + strides.misses,
        "strides_missed": strides.misses,
        "strides_extra": strides.extras,
        "running_f1": _round(running.f1, 4),
        "contact_f1": _round(contacts.f1, 4),
        "stride_count_err": _signed([s.count_error for s in scores]),
        "stride_time_err_pct": _of_means([s.stride_time_pct for s in scores]),
        "stride_length_err_pct_median": _percentile(lengths, 50),
        "stride_length_err_pct_p90": _percentile(lengths, 90),
        **_instants("ic", [s.ic for s in scores]),
        **_instants("crossing", [s.crossing for s in scores]),
        **_instants("tc", [s.tc for s in scores]),
        "gct_bias_ms": _bias(gct, [s.mean_gct_ms for s in scores]),
        "gct_bias_pct": _of_means([s.mean_gct_pct for s in scores]),
        "gct_rmse_ms": _round(float(np.sqrt(np.mean(gct**2))) if gct.size else None),
        "gct_mae_ms": _round(float(np.mean(np.abs(gct))) if gct.size else None),
        "cadence_err_pct": _of_means([s.cadence_pct for s in scores]),
        "cadence_err_spm": _percentile(windows, 50) if windows.size else _of_means([s.cadence_spm for s in scores]),
        "distance_err_pct": _of_means([s.distance_pct for s in scores]),
        "distance_err_pct_gyro_corrected": _of_means([s.scaled_distance_pct for s in scores]),
        "speed_err_pct": _of_means([s.speed_pct for s in scores]),
        "false_strides_per_min": _round(sum(s.false_running for s in scores) / minutes if minutes else None),
        "class_accuracy": _round(sum(right) / len(right) if right else None, 4),
    }


def _instants(name: str, pairs: Sequence[Pairs]) -> Figures:
    """Bias over all instants; spread within a recording: the median over recordings, and the 90th percentile."""
    errors = _joined(p.errors_ms for p in pairs)
    spreads = np.array([p.sd_ms for p in pairs if p.sd_ms is not None])
    return {
        f"{name}_bias_ms": _round(float(errors.mean()) if errors.size else None),
        f"{name}_sd_ms": _percentile(spreads, 50),
        f"{name}_sd_ms_p90": _percentile(spreads, 90),
        f"{name}_outliers": sum(p.outliers for p in pairs) if errors.size else None,
    }


def _bias(gct_ms: Floats, means_ms: Sequence[float | None]) -> float | None:
    return _round(float(gct_ms.mean())) if gct_ms.size else _of_means(means_ms)


def _of_means(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None and np.isfinite(v)]
    if len(known) == 1:
        return _round(known[0])
    return _round(float(np.median(np.abs(known)))) if known else None


def _signed(values: Sequence[int | None]) -> int | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def _percentile(values: Floats, percent: float) -> float | None:
    return _round(float(np.percentile(values, percent))) if values.size else None


def _joined(parts: Iterable[Floats]) -> Floats:
    kept = [p for p in parts if p.size]
    return np.concatenate(kept) if kept else np.zeros(0)


def _round(value: float | None, digits: int = 2) -> float | None:
    """Rounded, so that the last bit of a sum does not make two runs differ."""
    return None if value is None else round(float(value), digits)
