#!/usr/bin/env python3
"""Score what the host makes of samples: stride lengths, the sensor's truth, the second opinion, the sacrum.

    python tools/score_gait.py FOLDER [--json]

FOLDER holds open recordings in the common form; without it RUNSLATE_DATA names it. Each figure is the one that
host/runslate/analysis/quantities.py and the comments of host/runslate/gait/ state. Unlike `runslate evaluate` it asks
the host's methods alone, without the emulated sensor and the tag's strides between: lengths between the cameras' own
instants, the second opinion without a gyroscope, constants left out one trial at a time.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from runslate.evaluate.recordings import Labelled, find, read
from runslate.evaluate.truth import known
from runslate.gait import length, reference, sacrum, truth

Floats = NDArray[np.float64]
LONGEST_S = 2.3


@dataclass(frozen=True)
class Shoe:
    """A recording at a foot with gyroscope: seconds, g, degrees per second."""

    labelled: Labelled
    t_s: Floats
    accel_g: Floats
    gyro_dps: Floats | None

    @property
    def bounds_s(self) -> Floats:
        """Strides of the second opinion, from contact to contact."""
        contacts, _, _ = reference.strides(self.t_s, self.accel_g, self.gyro_dps)
        bounds = np.stack([contacts[:-1], contacts[1:]], axis=1)
        return bounds[bounds[:, 1] - bounds[:, 0] < LONGEST_S]


def shoes(folder: Path, name: str) -> Iterator[Shoe]:
    """Yield the recordings of a set that were made at a foot."""
    for labelled in (read(item) for item in find(folder, name)):
        accel = labelled.table.three(("ax", "ay", "az"))
        if labelled.place == "shoe" and accel is not None:
            yield Shoe(labelled, labelled.table.t_s, accel, labelled.table.three(("gx", "gy", "gz")))


def vicon_bounds(labelled: Labelled) -> Floats:
    """Mid-stance to mid-stance as cameras saw it, seconds from the first sample, (n, 2)."""
    true = known(labelled)
    bounds = np.stack([true.start_s, true.end_s], axis=1)
    return bounds[bounds[:, 1] - bounds[:, 0] < LONGEST_S]


def length_errors(folder: Path) -> dict[str, Floats]:
    """Errors of single strides by activity and day, percent, at the same instants as the cameras."""
    errors: dict[str, list[Floats]] = {}
    for shoe in shoes(folder, "pyshoe_vicon"):
        bounds = vicon_bounds(shoe.labelled)
        position = shoe.labelled.table.three(("px", "py", "pz"))
        if shoe.gyro_dps is None or position is None or not len(bounds):
            continue
        first, last = length.mid_stances(shoe.t_s, shoe.gyro_dps, bounds)
        true = np.linalg.norm((position[last] - position[first])[:, :2], axis=1)
        ours = length.stride_lengths(shoe.t_s, shoe.accel_g, shoe.gyro_dps, bounds)
        kept = (true > 0.3) & np.isfinite(ours)
        errors.setdefault(shoe.labelled.activity, []).append(100 * (ours[kept] / true[kept] - 1))
    return {name: np.concatenate(parts) for name, parts in errors.items()}


def sensor_truths(folder: Path, name: str) -> dict[str, truth.SensorTruth]:
    """The sensor's truth of every recording of a set, by file."""
    return {
        shoe.labelled.item.file: truth.sensor_truth(shoe.t_s, shoe.accel_g, shoe.gyro_dps, shoe.bounds_s)
        for shoe in shoes(folder, name)
        if shoe.gyro_dps is not None
    }


def outdoor_speed(folder: Path) -> dict[str, float]:
    """The outdoor run's speed over its steady part against the foot pod, gyroscope corrected by gravity, percent."""
    found = {}
    for shoe in shoes(folder, "wmf_stryd_run"):
        pod = shoe.labelled.truth.get("stryd_mean_over_steady_part")
        if pod is None or shoe.gyro_dps is None:
            continue
        bounds = shoe.bounds_s
        steady = bounds[(bounds[:, 0] > 6) & (bounds[:, 1] < shoe.t_s[-1] - 5)]
        scale = truth.sensor_truth(shoe.t_s, shoe.accel_g, shoe.gyro_dps, bounds).gyro_scale
        lengths = length.stride_lengths(shoe.t_s, shoe.accel_g, shoe.gyro_dps * scale, steady)
        speed = length.distance(lengths, steady[:, 1] - steady[:, 0]).speed_mps
        found[shoe.labelled.item.file] = 100 * (speed / pod["speed_mps"] - 1)
    return found


def sacral_contacts(folder: Path) -> tuple[list[int], list[Floats]]:
    """By trial: contacts found less true ones, and errors of contact time, ms."""
    counts, errors = [], []
    for labelled in (read(item) for item in find(folder, "alcantara_grf")):
        true = np.array(labelled.truth["contacts_s"]) - labelled.table.zero_s
        ic_s, tc_s = sacrum.contacts(labelled.table.t_s, labelled.table.columns["ay"])
        apart = np.abs(true.mean(axis=1)[:, None] - ((ic_s + tc_s) / 2)[None, :])
        nearest, near = apart.argmin(axis=1), apart.min(axis=1) < 0.1
        gct = (tc_s - ic_s)[nearest[near]]
        counts.append(ic_s.size - len(true))
        errors.append(1000 * (gct - (true[:, 1] - true[:, 0])[near]))
    return counts, errors


def leaving_one_out(errors: list[Floats]) -> float:
    """Mean absolute error when each trial's constant comes from the others, ms."""
    left = []
    for i, own in enumerate(errors):
        others = np.concatenate([part for k, part in enumerate(errors) if k != i])
        left.append(np.abs(own - others.mean()))
    return float(np.concatenate(left).mean())


def opinion(folder: Path, name: str, gyro: bool = True) -> dict[str, dict[str, int]]:
    """Strides of the second opinion against the cameras' or the counted ones, by activity."""
    tallies: dict[str, dict[str, int]] = {}
    for shoe in shoes(folder, name):
        contacts, _, running = reference.strides(shoe.t_s, shoe.accel_g, shoe.gyro_dps if gyro else None)
        bounds = vicon_bounds(shoe.labelled)
        inside = [int(((contacts > a + 0.03) & (contacts <= b + 0.03)).sum()) for a, b in bounds]
        tally = tallies.setdefault(shoe.labelled.activity, dict.fromkeys(("hit", "missed", "extra", "running"), 0))
        tally["hit"] += sum(n > 0 for n in inside)
        tally["missed"] += sum(n == 0 for n in inside)
        tally["extra"] += sum(n - 1 for n in inside if n > 1)
        tally["running"] += int(running.sum())
    return tallies


def figures(folder: Path) -> dict[str, Any]:
    """All figures."""
    counts, errors = sacral_contacts(folder)
    return {
        "stride_length_err_pct": {
            name: {
                "n": e.size,
                "bias": median(e),
                "median": median(np.abs(e)),
                "p90": float(np.percentile(np.abs(e), 90)),
            }
            for name, e in length_errors(folder).items()
        },
        "sensor_truth": {
            name: {
                "flagged": sorted(file for file, found in truths.items() if found.flagged),
                "force_g": [round(found.force_g, 3) for found in truths.values()],
            }
            for name in ("pyshoe_vicon", "wmf_stryd_run", "ipol_walk")
            if (truths := sensor_truths(folder, name))
        },
        "outdoor_speed_err_pct": outdoor_speed(folder),
        "sacral": {
            "contacts_beyond_one": sum(abs(n) > 1 for n in counts),
            "gct_mae_ms_left_out": leaving_one_out(errors),
        },
        "second_opinion": {
            f"pyshoe_vicon{' without gyroscope' * (not gyro)}": opinion(folder, "pyshoe_vicon", gyro)
            for gyro in (True, False)
        },
    }


def median(values: Floats) -> float:
    """Return the median as a plain number."""
    return float(np.median(values))


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=os.environ.get("RUNSLATE_DATA"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.folder or not Path(options.folder).is_dir():
        parser.error("No folder of recordings. Name one, or set RUNSLATE_DATA to it.")
    result = figures(Path(options.folder))
    print(json.dumps(result) if options.json else json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
