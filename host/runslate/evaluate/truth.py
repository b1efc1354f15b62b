"""What is known to be true of a recording, whatever words its data set uses.

Instants are seconds from the recording's first sample. Two kinds of truth about strides are told apart: intervals from
one mid-stance to the next (cameras) and contacts (force plates, hand-checked events).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from runslate.evaluate.found import LONGEST_STRIDE_S, Bools, Floats
from runslate.evaluate.recordings import Labelled

_WINDOW_S = 8.0  # of a cadence window, where a data set gives centres only
_CONTACT_BW = 0.10  # of a ground reaction force, where no contacts are listed
_SPEEDS = ("treadmill_speed_mps", "speed_mps", "speed_mean_mps", "mean_speed_mps")


def _none() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True)
class Known:
    """Everything that may be known; empty arrays and None where it is not.

    Attributes:
        start_s, end_s, length_m: strides from mid-stance to mid-stance (n,); lengths may be NaN.
        ic_s, tc_s: contacts (m,), and the toe-offs that end them, NaN where unknown.
        running: per contact, whether it is a running one; empty: as the recording's activity says.
        both_feet: whether the contacts are those of both feet.
        whole: whether every contact of the recording is listed.
        cadence_spm, gct_ms, speed_mps: means over `steady_s` (start, end).
        distance_m: covered in `span_s` (start, end).
        windows: (k, 3) start, end and cadence of stretches.
        clock: true seconds per second of the recording, where its clock is known to be off.
        count: strides, counted.
    """

    start_s: Floats = field(default_factory=_none)
    end_s: Floats = field(default_factory=_none)
    length_m: Floats = field(default_factory=_none)
    ic_s: Floats = field(default_factory=_none)
    tc_s: Floats = field(default_factory=_none)
    running: Bools = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    both_feet: bool = False
    whole: bool = False
    cadence_spm: float | None = None
    gct_ms: float | None = None
    speed_mps: float | None = None
    steady_s: tuple[float, float] | None = None
    distance_m: float | None = None
    span_s: tuple[float, float] | None = None
    windows: Floats = field(default_factory=lambda: np.zeros((0, 3)))
    clock: float = 1.0
    count: int | None = None

    def paced(self, tempo: float) -> Known:
        """Return the same where everything happens so many times faster."""

        def earlier(span: tuple[float, float] | None) -> tuple[float, float] | None:
            return None if span is None else (span[0] / tempo, span[1] / tempo)

        def times(value: float | None, factor: float) -> float | None:
            return None if value is None else value * factor

        return replace(
            self,
            start_s=self.start_s / tempo,
            end_s=self.end_s / tempo,
            ic_s=self.ic_s / tempo,
            tc_s=self.tc_s / tempo,
            cadence_spm=times(self.cadence_spm, tempo),
            gct_ms=times(self.gct_ms, 1.0 / tempo),
            speed_mps=times(self.speed_mps, tempo),
            steady_s=earlier(self.steady_s),
            span_s=earlier(self.span_s),
            windows=self.windows * (1.0 / tempo, 1.0 / tempo, tempo),
        )


def known(labelled: Labelled) -> Known:
    """Return what is known of a recording."""
    truth = labelled.truth
    zero_s = labelled.table.zero_s
    start, end, length = _strides(truth)
    contacts = _contacts(labelled)
    pod = _pod(truth)
    return Known(
        start_s=start - zero_s,
        end_s=end - zero_s,
        length_m=length,
        ic_s=contacts[:, 0] - zero_s,
        tc_s=contacts[:, 1] - zero_s,
        both_feet=labelled.place != "shoe",
        whole="walk_s" in truth or "u_turn_s" in truth,
        cadence_spm=pod.get("cadence_spm", _number(truth, ("cadence_spm",))),
        gct_ms=pod.get("gct_ms"),
        speed_mps=pod.get("speed_mps", _number(truth, _SPEEDS)),
        steady_s=_shift(pod.get("steady_s"), zero_s),
        distance_m=pod.get("distance_m"),
        span_s=_shift(pod.get("span_s"), zero_s),
        windows=_windows(labelled.facts.get("derived_reference"), zero_s),
        clock=pod.get("clock", 1.0),
        count=_count(truth),
    )


def _strides(truth: dict[str, Any]) -> tuple[Floats, Floats, Floats]:
    """Return mid-stance intervals and lengths: from cameras, else between annotated instants."""
    rows = [row for key, value in truth.items() if key.startswith("strides") for row in _dicts(value)]
    rows = [row for row in rows if "t_start" in row and "t_end" in row]
    if rows:
        length = [row.get("stride_length_m", row.get("length_m", np.nan)) for row in rows]
        return _floats(r["t_start"] for r in rows), _floats(r["t_end"] for r in rows), _floats(length)
    at = np.sort(_floats(truth.get("stride_instants_annotated_s") or ()))
    joined = np.diff(at) < LONGEST_STRIDE_S
    return at[:-1][joined], at[1:][joined], np.full(int(joined.sum()), np.nan)


def _contacts(labelled: Labelled) -> Floats:
    """Return (n, 2) initial and terminal contacts, terminal ones NaN where unknown."""
    truth, side = labelled.truth, labelled.side
    for key in (f"{side}_contacts_s", "contacts_s"):
        if truth.get(key):
            return _pairs(truth[key])
    for key in (f"{side}_swing_s", "swing_s"):
        if truth.get(key):
            swings = _pairs(truth[key])
            return _close(swings[:, 1], swings[:, 0])
    for prefix in (f"{side}_", ""):
        if truth.get(f"{prefix}ic_s"):
            return _close(_floats(truth[f"{prefix}ic_s"]), _floats(truth.get(f"{prefix}tc_s") or ()))
    force = labelled.table.columns.get("fn_bw")
    return np.zeros((0, 2)) if force is None else _from_force(labelled.table.t_s + labelled.table.zero_s, force)


def _close(ic: Floats, tc: Floats) -> Floats:
    """Pair landings with the toe-off that ends each; a landing whose toe-off is unknown gets NaN."""
    ic, tc = np.sort(ic), np.sort(tc)
    following = np.append(ic[1:], np.inf)
    after = np.searchsorted(tc, ic, side="right")
    ends = np.append(tc, np.nan)[after]
    return np.stack([ic, np.where(ends < following, ends, np.nan)], axis=1)


def _from_force(t_s: Floats, force_bw: Floats) -> Floats:
    """Crossings of 0.10 body weight, interpolated."""
    over = force_bw > _CONTACT_BW
    at = np.flatnonzero(over[1:] != over[:-1])
    share = (_CONTACT_BW - force_bw[at]) / (force_bw[at + 1] - force_bw[at])
    crossing = t_s[at] + share * (t_s[at + 1] - t_s[at])
    rises = over[at + 1]
    return _close(crossing[rises], crossing[~rises])


def _pod(truth: dict[str, Any]) -> dict[str, Any]:
    """Return means and distance of a foot pod that wrote one row a second."""
    found: dict[str, Any] = {}
    for value in truth.values():
        if isinstance(value, dict) and "stance_time_ms" in value:
            found |= {"gct_ms": value["stance_time_ms"]}
            found |= {k: value[k] for k in ("cadence_spm", "speed_mps") if k in value}
    rows = [row for value in truth.values() for row in _dicts(value) if {"t_s", "distance_m"} <= set(row)]
    if rows:
        t, far = _floats(r["t_s"] for r in rows), _floats(r["distance_m"] for r in rows)
        stance = _floats(r.get("stance_time_ms") or np.nan for r in rows)
        moving = np.flatnonzero(np.diff(far) > 0.5)
        steady = np.flatnonzero(stance < 1.25 * np.nanmedian(stance))
        found["span_s"] = (t[moving[0]], t[moving[-1] + 1])
        found["distance_m"] = float(far[moving[-1] + 1] - far[moving[0]])
        found["steady_s"] = (t[steady[0]], t[steady[-1]])
    if "time_map" in truth:
        found["clock"] = _clock(str(truth["time_map"]))
    return found


def _clock(words: str) -> float:
    """Return the factor of "t_reference = a + b * t_imu" (1 if it is said otherwise)."""
    for part in words.replace("*", " ").replace("(", " ").split("+")[-1:]:
        for word in part.split():
            try:
                return float(word)
            except ValueError:
                continue
    return 1.0


def _windows(derived: object, zero_s: float) -> Floats:
    """Return stretches with a cadence that two sensors agree on: offline estimates, not truth."""
    rows = derived.get("cadence_windows") if isinstance(derived, dict) else None
    if not rows:
        return np.zeros((0, 3))
    table = _pairs(rows)
    centre = table[:, 0] - zero_s
    return np.stack([centre - _WINDOW_S / 2, centre + _WINDOW_S / 2, table[:, 1]], axis=1)


def _count(truth: dict[str, Any]) -> int | None:
    for key, value in truth.items():
        if key.startswith("strides") and isinstance(value, int):
            return value
    return None


def _number(truth: dict[str, Any], keys: Iterable[str]) -> float | None:
    for key in keys:
        value = truth.get(key)
        if isinstance(value, int | float):
            return float(value)
    return None


def _shift(span: tuple[float, float] | None, zero_s: float) -> tuple[float, float] | None:
    return None if span is None else (float(span[0] - zero_s), float(span[1] - zero_s))


def _dicts(value: object) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _floats(values: Iterable[Any]) -> Floats:
    return np.array([np.nan if v is None else float(v) for v in values], dtype=np.float64)


def _pairs(rows: Iterable[Any]) -> Floats:
    return np.array([[float(v) for v in row[:2]] for row in rows], dtype=np.float64).reshape(-1, 2)
