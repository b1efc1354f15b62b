"""A profile: how fast, in what cadence and how long the lead runs, and how much that varies; kept as TOML."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runslate.errors import RunslateError
from runslate.files import write_private

LEAST_SPREAD = {"speed": 0.02, "cadence": 0.02, "duration": 0.05}
"""Share of the mean below which no spread is believed: two takes alike by chance are no standard."""

UNITS = {"speed": "m/s", "cadence": "steps per minute", "duration": "seconds without a break"}


@dataclass(frozen=True)
class Target:
    """One quantity of a profile."""

    mean: float
    spread: float
    """Standard deviation over the lead's takes, or typed in."""


@dataclass(frozen=True)
class Profile:
    """What a candidate has to run."""

    name: str
    runner: str
    speed_mps: Target | None
    cadence_spm: Target | None
    duration_s: Target | None
    takes: tuple[str, ...] = ()
    basis: str = "typed in"
    """Where the speed comes from: "stride lengths", "typed in"."""

    def targets(self) -> dict[str, Target]:
        """Return the quantities that the profile states, by name."""
        every = {"speed": self.speed_mps, "cadence": self.cadence_spm, "duration": self.duration_s}
        return {name: target for name, target in every.items() if target is not None}

    def key(self) -> dict[str, list[float]]:
        """Return the numbers alone: attempts against other numbers are attempts at something else."""
        return {name: [round(t.mean, 4), round(t.spread, 4)] for name, t in self.targets().items()}


def target(name: str, values: Sequence[float]) -> Target | None:
    """Return mean and spread of what several takes gave; None without values above 0."""
    known = [value for value in values if math.isfinite(value) and value > 0]
    if not known:
        return None
    mean = float(np.mean(known))
    spread = float(np.std(known, ddof=1)) if len(known) > 1 else 0.0
    return Target(mean, max(spread, LEAST_SPREAD[name] * mean))


def told(profile: Profile) -> list[str]:
    """Say a profile in lines: whose it is, what it was made from, and its numbers."""
    whose = f" of {profile.runner}" if profile.runner else ""
    source = f"from {', '.join(profile.takes)}" if profile.takes else "typed in"
    if profile.takes and profile.speed_mps is not None and profile.basis == "typed in":
        source += ", the speed typed in"
    numbers = [f"{name}: {aim.mean:.2f} ± {aim.spread:.2f} {UNITS[name]}" for name, aim in profile.targets().items()]
    return [f"Profile {profile.name}{whose}, {source}.", *numbers]


def write_profile(path: Path, profile: Profile) -> None:
    """Write a profile as TOML that a person can read and change."""
    lines = [
        "# What a candidate has to run. Spread: how much the lead's own takes differ.",
        f"name = {json.dumps(profile.name)}",
        f"runner = {json.dumps(profile.runner)}",
        f"takes = {json.dumps(list(profile.takes))}",
        f"basis = {json.dumps(profile.basis)}",
    ]
    for name, aim in profile.targets().items():
        lines += ["", f"[{name}]  # {UNITS[name]}", f"mean = {aim.mean:.4f}", f"spread = {aim.spread:.4f}"]
    write_private(path, ("\n".join(lines) + "\n").encode())


def read_profile(path: Path) -> Profile:
    """Read a profile.

    Raises:
        RunslateError: there is no such file, or it states no quantity, or one that is no number.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        aims = {
            name: Target(float(document[name]["mean"]), float(document[name].get("spread", 0.0)))
            for name in ("speed", "cadence", "duration")
            if name in document
        }
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unusable(path, str(error)) from error
    if not aims or not all(aim.mean > 0 and aim.spread >= 0 for aim in aims.values()):
        raise _unusable(path, "no quantity with a mean above 0 and a spread")
    return Profile(
        str(document.get("name", path.stem)),
        str(document.get("runner", "")),
        aims.get("speed"),
        aims.get("cadence"),
        aims.get("duration"),
        tuple(document.get("takes", ())),
        str(document.get("basis", "typed in")),
    )


def _unusable(path: Path, why: str) -> RunslateError:
    return RunslateError(
        f"The profile {path} can't be used ({why}).",
        "It is TOML with [speed], [cadence] or [duration], each with mean and spread.",
        "Make one with `runslate profile NAME TAKE... -o FILE.toml`.",
    )
