"""Every emulated set, and which of them can be played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from runslate.errors import RunslateError
from runslate.evaluate.emulated import alarms, altered, others, runners, scenario
from runslate.evaluate.recordings import Item
from runslate.evaluate.result import Result

Play = scenario.Scenario | altered.Altered
PREFIX = scenario.PREFIX
# These take longer than everything else: only if they are named.
_HOURS = "hours"
_PERTURBED = "perturbed"


def plays(only: str, folder: Path | None, items: Sequence[Item]) -> list[Play]:
    """Return what the emulated sets play.

    Args:
        only: "emulated" for all but the longest two, or one of them, such as "emulated_falls".
        folder: open recordings to take real strides from; None: those sets are left out.
        items: the recordings in it.

    Raises:
        RunslateError: there is no such set, or it needs recordings.
    """
    sets: dict[str, Callable[[], Iterator[Play]]] = {
        "parametric": runners.parametric,
        "others": others.others,
        "limps": alarms.limps,
        "falls": alarms.falls,
        "stumbles": alarms.stumbles,
        "healthy": alarms.healthy,
        _HOURS: alarms.hours,
    }
    if folder is not None and runners.has_running(folder):
        sets["warped"] = partial(runners.warped, folder)
        sets["mountings"] = partial(altered.mountings, items)
        sets[_PERTURBED] = partial(altered.perturbed, items)
    name = only.removeprefix(PREFIX).removeprefix("_")
    if name and name not in sets:
        raise RunslateError(
            f"There is no emulated set called {only}.",
            f"There are {', '.join(f'{PREFIX}_{known}' for known in sets)}.",
            "Those of recordings (warped, mountings, perturbed) need a folder of them: name it before --set.",
        )
    chosen = [name] if name else [known for known in sets if known not in (_HOURS, _PERTURBED)]
    return [play for known in chosen for play in sets[known]()]


def run(play: Play) -> Result:
    """Play one and score it."""
    return altered.run(play) if isinstance(play, altered.Altered) else scenario.run(play)
