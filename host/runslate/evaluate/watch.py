"""Whether the injury watch warned of what happened, in time, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from runslate_protocol.events import FallKind, LimpLevel

from runslate.analysis.tables import StrideTable, stride_table
from runslate.evaluate.found import Floats, Found
from runslate.gait.symmetry import Finding, limps
from runslate.sim.course import FEET, Foot
from runslate.sim.motion import Motion

FALL_WITHIN_S = 2.0
"""A fall has to be told of this soon."""

LIMP_WITHIN_STRIDES = 20
"""A limp has to be told of this soon."""

_FALL_SINCE_S = 1.0  # an event may lay the fall's instant this much before the true one


@dataclass(frozen=True)
class Watched:
    """Alarms of one scenario.

    Attributes:
        hours: how long nothing was wrong.
        ambers, reds, falls, hits: false alarms in that time; hits are no fault, they are only counted.
        limps: how many began; `amber_after`: strides of the foot until a tag told of each, None: never.
        host_ambers, host_reds, host_after: the same of the host, which compares both feet.
        fallen: how many fell; `told_after_s`: until each was told of, None: never.
    """

    hours: float = 0.0
    ambers: int = 0
    reds: int = 0
    falls: int = 0
    hits: int = 0
    limps: int = 0
    amber_after: tuple[int | None, ...] = field(default=())
    host_ambers: int = 0
    host_reds: int = 0
    host_after: tuple[int | None, ...] = field(default=())
    fallen: int = 0
    told_after_s: tuple[float | None, ...] = field(default=())


def watched(found: Sequence[Found], motion: Motion, limp_s: float | None, fall_s: float | None) -> Watched:
    """Compare the alarms of one runner's shoes with what happened.

    Args:
        found: of each shoe.
        motion: the first shoe's.
        limp_s, fall_s: when a limp begins, when the runner falls; None: never.
    """
    wrong_s = min(t for t in (limp_s, fall_s, motion.duration_s) if t is not None)
    before = [_alarms_before(shoe, wrong_s) for shoe in found]
    wrong = {name: sum(alarms[name] for alarms in before) for name in ("ambers", "reds", "falls", "hits")}
    amber = None if limp_s is None else _strides_until(found, limp_s, motion.truth().ic_s)
    return Watched(
        hours=wrong_s / 3600.0,
        ambers=wrong["ambers"],
        reds=wrong["reds"],
        falls=wrong["falls"],
        hits=wrong["hits"],
        limps=int(limp_s is not None),
        amber_after=() if limp_s is None else (amber,),
        **_both_feet(found, wrong_s, limp_s),
        fallen=int(fall_s is not None),
        told_after_s=() if fall_s is None else (_told_after(found[0], fall_s),),
    )


def _both_feet(found: Sequence[Found], wrong_s: float, limp_s: float | None) -> dict[str, Any]:
    """What the host says of a pair of shoes, the right one first."""
    if len(found) != len(FEET):
        return {}
    tables = {foot: _table(shoe) for foot, shoe in zip(FEET, found, strict=True)}
    false = _limps(tables, wrong_s)
    after = () if limp_s is None else (_host_after(tables, limp_s, found[0].begin_s),)
    return {
        "host_ambers": sum(finding.level == "amber" for finding in false),
        "host_reds": sum(finding.level == "red" for finding in false),
        "host_after": after,
    }


def _host_after(tables: dict[Foot, StrideTable], limp_s: float, begin_s: Floats) -> int | None:
    """Strides from a limp's beginning until the host, knowing no more than had happened, told of it."""
    for count, until in enumerate(begin_s[begin_s > limp_s], 1):
        if any(finding.end_us >= limp_s * 1e6 for finding in _limps(tables, float(until))):
            return count
    return None


def _limps(tables: dict[Foot, StrideTable], until_s: float) -> list[Finding]:
    left, right = (tables[foot].where(tables[foot].end_us <= until_s * 1e6) for foot in ("left", "right"))
    return limps(left, right)


def _table(shoe: Found) -> StrideTable:
    return stride_table(
        ic_us=np.rint(shoe.begin_s * 1e6).astype(np.int64),
        duration_ms=shoe.duration_s * 1e3,
        gct_ms=shoe.gct_s * 1e3,
        running=shoe.running,
    )


def _alarms_before(shoe: Found, end_s: float) -> dict[str, int]:
    limp = shoe.limps.level[shoe.limps.told_s < end_s]
    fall = shoe.falls.level[shoe.falls.told_s < end_s]
    return {
        "ambers": int(np.sum(limp == LimpLevel.AMBER)),
        "reds": int(np.sum(limp == LimpLevel.RED)),
        "falls": int(np.sum(fall == FallKind.FALL)),
        "hits": int(np.sum(shoe.hits.told_s < end_s)),
    }


def _strides_until(found: Sequence[Found], limp_s: float, ic_s: Floats) -> int | None:
    """Strides from a limp's beginning until the first of the shoes told of it."""
    told = [float(t) for shoe in found for t in shoe.limps.told_s[shoe.limps.told_s >= limp_s]]
    return int(np.sum((ic_s >= limp_s) & (ic_s < min(told)))) if told else None


def _told_after(shoe: Found, fell_s: float) -> float | None:
    mine = (shoe.falls.level == FallKind.FALL) & (shoe.falls.at_s > fell_s - _FALL_SINCE_S)
    told = shoe.falls.told_s[mine & (shoe.falls.told_s >= fell_s)]
    return float(told.min() - fell_s) if told.size else None


def figures(watches: Sequence[Watched]) -> dict[str, Any]:
    """Return the `alarms` of a set for its JSON document."""
    told = [t for w in watches for t in w.told_after_s]
    in_time = [t for t in told if t is not None and t <= FALL_WITHIN_S]
    return {
        "healthy_hours": round(sum(w.hours for w in watches), 3),
        "false_ambers": sum(w.ambers for w in watches),
        "false_reds": sum(w.reds for w in watches),
        "host_false_ambers": sum(w.host_ambers for w in watches),
        "host_false_reds": sum(w.host_reds for w in watches),
        "false_falls": sum(w.falls for w in watches),
        "hits": sum(w.hits for w in watches),
        "limps": sum(w.limps for w in watches),
        **_told("", [n for w in watches for n in w.amber_after]),
        **_told("host_", [n for w in watches for n in w.host_after]),
        "falls": sum(w.fallen for w in watches),
        "falls_told_in_time": len(in_time),
        "fall_told_s_worst": round(max((t for t in told if t is not None), default=0.0), 2) if told else None,
    }


def _told(who: str, after: Sequence[int | None]) -> dict[str, int | None]:
    told = [n for n in after if n is not None]
    return {
        f"{who}limps_told": len(told),
        f"{who}limps_told_in_time": sum(n <= LIMP_WITHIN_STRIDES for n in told),
        f"{who}limp_strides_worst": max(told, default=None),
    }
