#!/usr/bin/env python3
"""Score the firmware's stride detector, on MicroPython, against labelled recordings.

The recordings are those of the folder named by the argument or by RUNSLATE_DATA, in the common form
(`NAME.csv.gz` with `NAME.json`). They are resampled to the sensor's rate and rounded to its steps.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
SETS = ("wmf_stryd_run", "pyshoe_vicon", "ipol_walk")
TICK_S = 25e-6
ACCEL_G = 0.976e-3  # LSM6DSO32 at 32 g, g per LSB
GYRO_DPS = 0.070  # at 2000 deg/s
ACCEL_Q = 999  # the same in mg per LSB, Q10
GYRO_Q = 717  # and in 0.1 deg/s per LSB, Q10
IC, TC, STRIDE = 1, 2, 3
RUNNING = 1
PROVISIONAL = 32

EVENT = np.dtype([("kind", "u1"), ("flags", "u1"), ("tick", "<u4"), ("p", "<u2", (5,))])

Floats = NDArray[np.float64]
Samples = NDArray[np.int16]


@dataclass
class Recording:
    """One recording in the common form: time in s, acceleration in g, rotation in deg/s."""

    set: str
    name: str
    facts: dict[str, Any]
    t: Floats
    accel: Floats
    gyro: Floats

    @property
    def runs(self) -> bool:
        """Whether somebody runs in it."""
        return str(self.facts["activity"]).startswith(("run", "jog"))


@dataclass
class Found:
    """What the detector found, in seconds from the first sample."""

    ic: Floats
    tc: Floats
    begin: Floats
    duration: Floats
    gct: Floats
    running: NDArray[np.bool_]
    events: NDArray[np.void] = field(repr=False)

    @property
    def end(self) -> Floats:
        """The contact that closes each stride."""
        return self.begin + self.duration


def load(path: Path) -> Recording:
    """Read one recording that has a gyroscope."""
    facts = json.loads(path.with_name(path.name.replace(".csv.gz", ".json")).read_text())
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    table = table[np.argsort(table[:, 0], kind="stable")]
    at = [facts["columns"].index(name) for name in ("ax", "ay", "az", "gx", "gy", "gz")]
    values = table[:, at]
    return Recording(path.parent.name, path.name, facts, table[:, 0], values[:, :3], values[:, 3:])


def recordings(folder: Path, sets: Iterable[str] = SETS) -> Iterator[Recording]:
    """Yield every recording of a shoe in the wanted sets ("_lb" is the lower back)."""
    for name in sets:
        for path in sorted((folder / name).glob("*.csv.gz")):
            if not path.name.endswith("_lb.csv.gz"):
                yield load(path)


def period_ticks(rate_hz: float) -> int:
    """Return the sensor's period for a nominal rate: 6 * 2^n ticks of 25 us."""
    periods = [6 * 2**n for n in range(8)]
    return min(periods, key=lambda period: abs(period * TICK_S * rate_hz - 1))


def quantise(t: Floats, accel: Floats, gyro: Floats, period: int = 96, still_s: float = 2.0) -> Samples:
    """Resample to the sensor's rate and round to its steps; the foot rests at the end."""
    times = np.arange(t[0], t[-1], period * TICK_S)
    columns = [np.interp(times, t, accel[:, i]) / ACCEL_G for i in range(3)]
    columns += [np.interp(times, t, gyro[:, i]) / GYRO_DPS for i in range(3)]
    samples = np.stack(columns, axis=1)
    rest = np.repeat(samples[-1:], int(still_s / (period * TICK_S)), axis=0)
    rest[:, 3:] = 0
    samples = np.concatenate([samples, rest])
    result: Samples = np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
    return result


def detect(
    batch: Iterable[Samples],
    period: int = 96,
    burst: int = 48,
    first_tick: int = 0,
    firmware: Path = ROOT / "firmware",
) -> list[Found]:
    """Run the firmware's detector over every array of samples, in one MicroPython process."""
    with tempfile.TemporaryDirectory() as work:
        jobs = []
        for i, samples in enumerate(batch):
            source, target = Path(work, f"{i}.in"), Path(work, f"{i}.out")
            source.write_bytes(np.ascontiguousarray(samples, "<i2").tobytes())
            jobs.append(f"{source} {target} {period} {ACCEL_Q} {GYRO_Q} {burst} {first_tick}\n")
        listing = Path(work, "jobs")
        listing.write_text("".join(jobs))
        script = Path(__file__).with_name("strides_on_vm.py")
        command = [micropython(), "-X", "heapsize=384k", str(script), str(firmware), str(listing)]
        subprocess.run(command, check=True)
        return [read_events(Path(job.split()[1]).read_bytes(), first_tick) for job in jobs]


def micropython() -> str:
    """Return the MicroPython beside this Python, or the one on the path."""
    beside = Path(sys.executable).with_name("micropython")
    return str(beside) if beside.exists() else "micropython"


def read_events(data: bytes, first_tick: int = 0) -> Found:
    """Read the detector's 16-byte records; times in seconds from the first sample."""
    events = np.frombuffer(data, EVENT)
    time = (events["tick"].astype(np.int64) - first_tick) * TICK_S
    stride = events["kind"] == STRIDE
    return Found(
        ic=time[(events["kind"] == IC) & (events["flags"] & PROVISIONAL == 0)],
        tc=time[events["kind"] == TC],
        begin=time[stride],
        duration=events["p"][stride, 0] * TICK_S,
        gct=events["p"][stride, 1] * TICK_S,
        running=(events["flags"][stride] & RUNNING).astype(bool),
        events=events,
    )


@dataclass
class Tally:
    """Hits, misses and extras, to be added up."""

    hits: int = 0
    misses: int = 0
    extras: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.hits + other.hits, self.misses + other.misses, self.extras + other.extras)

    @property
    def f1(self) -> float:
        """The F1 score, 1 where there was nothing to find and nothing was found."""
        total = 2 * self.hits + self.misses + self.extras
        return 2 * self.hits / total if total else 1.0


def count_within(start: Floats, end: Floats, contacts: Floats) -> Tally:
    """Count contacts in intervals from mid-stance to mid-stance: each should hold exactly one."""
    edge_s = 0.03  # mid-stance itself is known to a few samples
    inside = [np.sum((contacts > a + edge_s) & (contacts <= b + edge_s)) for a, b in zip(start, end, strict=True)]
    found = np.array(inside, dtype=int)
    return Tally(int(np.sum(found > 0)), int(np.sum(found == 0)), int(np.sum(found[found > 0] - 1)))


def count_near(truth: Floats, found: Floats, within_s: float) -> Tally:
    """Match instants one to one, nearest first."""
    gaps = np.abs(truth[:, None] - found[None, :])
    hits = 0
    while gaps.size and gaps.min() <= within_s:
        i, j = np.unravel_index(int(np.argmin(gaps)), gaps.shape)
        gaps[i, :] = gaps[:, j] = np.inf
        hits += 1
    return Tally(hits, len(truth) - hits, len(found) - hits)


def vicon_strides(recording: Recording) -> tuple[Floats, Floats]:
    """Return mid-stance instants that begin and end the strides cameras saw."""
    strides = recording.facts["truth"].get("strides_from_vicon", [])
    start = np.array([s["t_start"] for s in strides]) - recording.t[0]
    end = np.array([s["t_end"] for s in strides]) - recording.t[0]
    return start, end


def cadence_windows(path: Path) -> list[tuple[float, float]]:
    """Return (centre in s, steps per minute) of 8-s windows in which two tags of one runner agree."""
    facts = json.loads(path.with_name(path.name.replace(".csv.gz", ".json")).read_text())
    return [(float(t), float(spm)) for t, spm in facts["derived_reference"]["cadence_windows"]]


def labelled_right(recording: Recording, found: Found) -> bool:
    """Whether most strides of a trial carry the right label."""
    return bool(found.running.size and found.running.mean() > 0.5) == recording.runs


def score(folder: Path, rate_hz: float) -> dict[str, Any]:
    """Run everything and return the figures."""
    period = period_ticks(rate_hz)
    everything = list(recordings(folder))
    results = detect([quantise(r.t, r.accel, r.gyro, period) for r in everything], period)
    pairs = list(zip(everything, results, strict=True))
    tallies: dict[str, Tally] = defaultdict(Tally)
    time_errors = []
    for recording, found in pairs:
        start, end = vicon_strides(recording)
        if start.size:
            kind = f"{recording.set} {recording.facts['activity']}"
            tallies[f"{kind}: contacts"] += count_within(start, end, found.ic)
            tallies[f"{kind}: strides"] += count_within(start, end, found.end)
            if recording.runs:
                labelled = found.end[found.running]
                tallies[f"{kind}: strides labelled running"] += count_within(start, end, labelled)
                time_errors.append(stride_time_error_pct(start, end, found))
        side = "left" if "_lf" in recording.name else "right"
        swings = recording.facts["truth"].get(f"{side}_swing_s", [])
        if swings:
            landed = np.array(swings)[:, 1] - recording.t[0]
            tallies[f"{recording.set}: contacts"] += count_near(landed, found.ic, 0.25)
    still_running = sum(int(f.running.sum()) for r, f in pairs if not r.runs)
    minutes = sum(float(r.t[-1] - r.t[0]) for r, f in pairs if not r.runs) / 60
    return {
        "f1": {k: {"f1": round(t.f1, 4), **vars(t)} for k, t in tallies.items()},
        "class_accuracy": float(np.mean([labelled_right(r, f) for r, f in pairs])),
        "false_running_strides_per_min": still_running / minutes if minutes else None,
        "jog_stride_time_err_pct_median": float(np.median(np.abs(time_errors))),
        "stryd": stryd(pairs),
    }


def stride_time_error_pct(start: Floats, end: Floats, found: Found) -> float:
    """Compare mean stride times; strides with a pause are left out of both."""
    true = end - start
    inside = (found.end > start[0]) & (found.end < end[-1] + 0.1)
    ours = found.duration[inside]
    usual = (0.4, 1.1)
    true = true[(true > usual[0]) & (true < usual[1])]
    ours = ours[(ours > usual[0]) & (ours < usual[1])]
    return float((ours.mean() / true.mean() - 1) * 100)


def stryd(pairs: list[tuple[Recording, Found]]) -> dict[str, float] | None:
    """Compare the outdoor run with the foot pod over its steady part, 6 to 44 s."""
    for recording, found in pairs:
        if recording.name == "run_out.csv.gz":
            steady = (found.begin > 6) & (found.begin < 44)
            pod = recording.facts["truth"]["stryd_mean_over_steady_part"]
            gct_ms = float(found.gct[steady].mean() * 1e3)
            return {
                "contacts": len(found.ic),
                "strides": len(found.begin),
                "running": int(found.running.sum()),
                "cadence_spm": float(120 / found.duration[steady].mean()),
                "gct_ms": gct_ms,
                "gct_bias_ms": gct_ms - pod["stance_time_ms"],
            }
    return None


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=os.environ.get("RUNSLATE_DATA"))
    parser.add_argument("--rate", type=float, default=417.0, help="sensor rate in Hz")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.folder or not Path(options.folder).is_dir():
        parser.error("No folder of recordings. Name one, or set RUNSLATE_DATA to it.")
    figures = score(Path(options.folder), options.rate)
    if options.json:
        print(json.dumps(figures))
        return 0
    for name, row in figures.pop("f1").items():
        print(f"{name:50} F1 {row['f1']:.4f}  {row['hits']} found, {row['misses']} missed,", end="")
        print(f" {row['extras']} extra")
    for name, value in figures.items():
        print(f"{name:50} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
