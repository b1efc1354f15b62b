"""Alarms are right or wrong by when they were told of, not by when they say it happened."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from evaluate.made import found, runner
from runslate.evaluate.found import Alarms, Found
from runslate.evaluate.watch import Watched, figures, watched
from runslate_protocol.events import FallKind, LimpLevel

MOTION = runner(36.0)


def alarms(*rows: tuple[float, float, int]) -> Alarms:
    at, told, level = np.array(rows).T
    return Alarms(at, told, level.astype(np.int64))


def shoe(**told: Alarms) -> Found:
    return replace(found([]), **told)


def test_a_fall_counts_when_it_is_told_of_in_time() -> None:
    in_time = shoe(falls=alarms((20.1, 21.8, FallKind.FALL)))
    late = shoe(falls=alarms((20.1, 22.5, FallKind.FALL)))
    never = shoe(falls=alarms((20.1, 21.0, FallKind.STUMBLE)))
    result = figures([watched([s], MOTION, None, 20.0) for s in (in_time, late, never)])
    assert (result["falls"], result["falls_told_in_time"], result["false_falls"]) == (3, 1, 0)
    assert result["fall_told_s_worst"] == 2.5


def test_what_is_told_of_before_anything_was_wrong_is_false() -> None:
    early = shoe(
        falls=alarms((5.0, 6.0, FallKind.FALL)),
        limps=alarms((7.0, 7.0, LimpLevel.AMBER), (8.0, 8.0, LimpLevel.RED)),
        hits=alarms((3.0, 3.1, 0)),
    )
    wrong = watched([early], MOTION, None, 20.0)
    assert (wrong.falls, wrong.ambers, wrong.reds, wrong.hits) == (1, 1, 1, 1)
    assert wrong.told_after_s == (None,)
    assert wrong.hours * 3600 == 20.0


def test_a_limp_counts_by_the_strides_until_either_shoe_tells_of_it() -> None:
    strides = MOTION.truth().ic_s
    began = float(strides[10]) - 0.01
    told = float(strides[21]) + 0.1
    result = watched([shoe(), shoe(limps=alarms((told, told, LimpLevel.AMBER)))], MOTION, began, None)
    assert result.amber_after == (12,)
    assert figures([result, Watched(limps=1, amber_after=(None,))])["limps_told"] == 1


def test_the_host_tells_of_a_limp_from_both_feet_and_of_nothing_else() -> None:
    landings = [0.7 * n for n in range(120)]
    right, left = found(landings), found([t + 0.35 for t in landings])
    right.gct_s[70:] -= 0.02
    left.gct_s[70:] += 0.02
    limping = watched([right, left], MOTION, 49.0, None)
    (after,) = limping.host_after
    assert after is not None
    assert 4 <= after <= 12
    assert limping.host_ambers == limping.host_reds == 0
