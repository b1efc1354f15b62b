"""How much each tuned constant of the detector matters: every one 20 % smaller and larger, on open recordings.

    python tools/sensitivity.py RECORDINGS [NAME ...]

Shown are the constants that move a figure by more than half a percent, or make somebody run who walks; with NAMEs,
those constants whatever they do.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runslate.evaluate import play
from runslate.evaluate.document import document
from runslate.evaluate.emulated.altered import EVERY_WALK, runs_and_walks
from runslate.evaluate.one import evaluate
from runslate.evaluate.recordings import Item, find, read
from runslate.evaluate.run import in_processes
from runslate.firmware import firmware_path

MODULES = ("strides", "gait", "pace", "orientation", "impact", "sense")
SHARE = 0.2
# Half a percent; contact times of the foot pod's run, whose strides are not known one by one, in percent.
MATTERS = {"stride_f1": 0.005, "running_f1": 0.005, "stride_time_err_pct": 0.5, "gct_bias_pct": 2.0}

# Not tuned: fixed point, room, the sensor.
_NOT_TUNED = re.compile(r"_?(ONE|RING|REMEMBERED|FIELD_MAX|EVENTS_MAX|.*_DELAY|CLIP)$")
_CONSTANT = re.compile(r"^(_[A-Z_]+) = const\((\d+)\)", re.MULTILINE)
_LEAST = 50  # smaller numbers are counts, places and kinds


@dataclass(frozen=True)
class Trial:
    """A constant of one module that is changed, or none, and what is played."""

    module: str
    name: str
    factor: float
    items: tuple[Item, ...]


def figures(trial: Trial) -> dict[str, Any]:
    """Return the pooled figures with the changed constant."""
    with tempfile.TemporaryDirectory() as folder:
        firmware = Path(folder, "firmware")
        shutil.copytree(firmware_path(), firmware)
        if trial.name:
            _change(firmware / "node" / f"{trial.module}.py", trial.name, trial.factor)
        play.firmware_path = lambda: firmware  # type: ignore[attr-defined]
        return document([evaluate(item) for item in trial.items])["sets"]["pooled"]  # type: ignore[no-any-return]


def _change(path: Path, name: str, factor: float) -> None:
    def scaled(found: re.Match[str]) -> str:
        return f"{name} = const({round(int(found[2]) * factor)})" if found[1] == name else found[0]

    path.write_text(_CONSTANT.sub(scaled, path.read_text(encoding="utf-8")), encoding="utf-8")


def constants() -> list[tuple[str, str]]:
    """Return module and name of everything that was tuned."""
    return [
        (module, found[1])
        for module in MODULES
        for found in _CONSTANT.finditer((firmware_path() / "node" / f"{module}.py").read_text(encoding="utf-8"))
        if int(found[2]) >= _LEAST and not _NOT_TUNED.match(found[1])
    ]


def main() -> None:
    """Print the constants that matter."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    runs, walks = runs_and_walks(find(Path(sys.argv[1])))
    turning = [run for run in runs if "gx" in read(run).table.columns]
    items = (*turning, *walks[::EVERY_WALK])
    wanted = sys.argv[2:]
    chosen = [(m, n) for m, n in constants() if not wanted or n in wanted]
    trials = [Trial("", "", 1.0, items)]
    trials += [Trial(*which, factor, items) for which in chosen for factor in (1 - SHARE, 1 + SHARE)]
    found = in_processes(figures, trials)
    usual = next(found)
    print(_line("as it is", usual))
    for trial, now in zip(trials[1:], found, strict=True):
        if wanted or _matters(usual, now):
            print(_line(f"{trial.module}.{trial.name} x {trial.factor:g}", now), flush=True)
    print(f"{len(chosen)} constants were tried.")


def _matters(usual: dict[str, Any], now: dict[str, Any]) -> bool:
    moved = any(abs(now[key] - usual[key]) > most for key, most in MATTERS.items())
    return moved or now["false_strides_per_min"] > usual["false_strides_per_min"]


def _line(title: str, now: dict[str, Any]) -> str:
    shown = (*MATTERS, "false_strides_per_min", "class_accuracy")
    return f"{title:32}" + "  ".join(f"{key} {now[key]}" for key in shown)


if __name__ == "__main__":
    main()
