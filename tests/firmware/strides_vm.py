"""The detector on the MicroPython VM, fed with arrays of samples."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
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


def period_ticks(rate_hz: float) -> int:
    """Return the sensor's period for a nominal rate: 6 * 2^n ticks of 25 us."""
    periods = [6 << n for n in range(8)]
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
        script = ROOT / "tests/firmware/vm/strides_on_vm.py"
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
