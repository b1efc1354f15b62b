"""The JSON document of an evaluation: figures per set, per activity, pooled and per recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runslate.evaluate import watch
from runslate.evaluate.figures import of_recordings
from runslate.evaluate.match import Tally
from runslate.evaluate.opinion import Opinion
from runslate.evaluate.result import Result

_SECOND = ("stride_f1", "running_f1", "ic_bias_ms", "ic_sd_ms", "tc_bias_ms", "tc_sd_ms", "gct_bias_ms", "gct_mae_ms",
           "stride_time_err_pct", "cadence_err_spm", "false_strides_per_min", "class_accuracy")  # fmt: skip


def document(results: Sequence[Result]) -> dict[str, Any]:
    """Return the JSON document of results: figures per set, pooled and per recording."""
    names = sorted({r.item.set for r in results})
    sets = {name: _together([r for r in results if r.item.set == name]) for name in names}
    sets["pooled"] = _together(results)
    kinds = sorted({(r.item.set, r.activity) for r in results if r.detector is not None})
    activities = {
        f"{name}: {activity}": _together([r for r in results if (r.item.set, r.activity) == (name, activity)])
        for name, activity in kinds
    }
    return {"sets": sets, "activities": activities, "recordings": [_row(r) for r in results]}


def _together(results: Sequence[Result]) -> dict[str, Any]:
    scored = [r for r in results if r.detector is not None]
    used = sorted({r.detector for r in scored if r.detector})
    return {
        "recordings": len(results),
        "scored": len(scored),
        "broken": sum(bool(r.error) for r in results),
        "detector": used[0] if len(used) == 1 else ", ".join(used) or None,
        **of_recordings([r.score for r in scored]),
        **_opinions(results),
        **_alarms(results),
    }


def _opinions(results: Sequence[Result]) -> dict[str, Any]:
    """The host's own view: only what differs from one recording to the next in it."""
    opinions = [r.opinion for r in results if r.opinion is not None]
    if not opinions:
        return {"host": None}
    second = of_recordings([o.strides for o in opinions if o.strides is not None])
    agreement = sum((o.agreement for o in opinions), Tally())
    return {
        "host": {
            **{key: second[key] for key in _SECOND},
            "agreement_f1": None if agreement.f1 is None else round(agreement.f1, 4),
            "sensors_flagged": sum(o.flagged for o in opinions),
        }
    }


def _alarms(results: Sequence[Result]) -> dict[str, Any]:
    watches = [r.watch for r in results if r.watch is not None]
    return {"alarms": watch.figures(watches) if watches else None}


def _row(result: Result) -> dict[str, Any]:
    return {
        "set": result.item.set,
        "file": result.item.file,
        "activity": result.activity,
        "detector": result.detector,
        "strides_found": result.strides_found,
        "running_found": result.running_found,
        "note": result.note,
        "error": result.error,
        **of_recordings([result.score]),
        **_opinions([result]),
        **_sensor(result),
        **_alarms([result]),
    }


def _sensor(result: Result) -> dict[str, Any]:
    """The check by gravity; null where it says nothing."""
    opinion = result.opinion or Opinion()
    return {"mean_force_g": opinion.force_g, "gyro_scale": opinion.gyro_scale}
