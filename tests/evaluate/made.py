"""Recordings made for tests: the common form, written from the parametric runner."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
from runslate.evaluate.found import Alarms, Found
from runslate.sim.course import Segment
from runslate.sim.parametric import ParametricRunner

RATE_HZ = 200.0


def runner(seconds: float = 10.0, kind: str = "run", cadence: float = 170.0, speed: float = 3.4) -> ParametricRunner:
    segments = (Segment("stand", 2.0), Segment(kind, seconds, cadence, speed), Segment("stand", 2.0))  # type: ignore[arg-type]
    return ParametricRunner(segments, "left", seed=3)


def write(folder: Path, name: str, motion: ParametricRunner, **facts: Any) -> Path:
    """Write a recording of a shoe whose contacts are known."""
    folder.mkdir(parents=True, exist_ok=True)
    t = np.arange(0.0, motion.duration_s, 1.0 / RATE_HZ)
    accel, gyro = motion.sample(t)
    rows = np.column_stack((t, accel, gyro))
    columns = ["t_s", "ax", "ay", "az", "gx", "gy", "gz"]
    text = ",".join(columns) + "\n" + "\n".join(",".join(f"{v:.4f}" for v in row) for row in rows) + "\n"
    path = folder / f"{name}.csv.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    truth = motion.truth()
    pairs = [[a, b] for a, b in zip(truth.ic_s, truth.tc_s, strict=True) if np.isfinite(b)]
    known = {"activity": "run", "placement": "left shoe", "columns": columns, "truth": {"left_contacts_s": pairs}}
    path.with_name(f"{name}.json").write_text(json.dumps({**known, **facts}))
    return path


def found(ic_s: list[float], running: bool = True, gct_s: float = 0.25) -> Found:
    """What a detector found that saw a foot land at these instants."""
    ic = np.array(ic_s)
    none = Alarms(np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
    strides = max(ic.size - 1, 0)
    label = np.full(strides, running)
    nothing = np.zeros(0)
    return Found(ic, ic + gct_s, ic[:-1], np.diff(ic), np.full(strides, gct_s), label, none, none, none, nothing)
