"""Compare the parametric runner with real recordings and write docs/waveforms.md and its picture.

    python tools/compare_waveforms.py [FOLDER OF RECORDINGS] [FOLDER FOR THE RESULT]

Both go through the same measuring: the parametric runner is sampled at the recording's own instants
and clipped to its ranges first, so that rate, polling and clipping count for both alike.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from runslate.sim.course import Segment
from runslate.sim.cutting import RATE_HZ, landmarks, shoe_axes, smooth
from runslate.sim.motion import Floats
from runslate.sim.parametric import ParametricRunner
from runslate.sim.recording import Recording, recordings_folder

_FS = int(RATE_HZ)
_GRID = np.arange(-0.35, 0.35, 1 / RATE_HZ)  # seconds around the zero crossing before landing
_CHANNELS = ("pitch rate, deg/s", "up, g", "forward, g", "|a|, g")
_BANDS = ((0.5, 5.0), (5.0, 10.0), (10.0, 20.0), (20.0, 40.0), (40.0, 90.0))
_STANDS_S = 2.0
_SPEED_KEY = "median_stride_speed_mps"
_CLOSENESS = ("correlation", "rms difference", "spread of single real strides")


@dataclass(frozen=True)
class Source:
    """One group of recordings and what the parametric runner has to be told to run like them."""

    title: str
    patterns: tuple[str, ...]
    speed_mps: float
    accel_range_g: float
    gyro_range_dps: float
    gyro_scale: float  # see the trap in the data's notes: this set's gyroscope reads low
    top_hz: float


SOURCES = (
    Source("outdoor run, 3.8 m/s", ("wmf_stryd_run/run_out.csv.gz",), 3.77, 16.0, 2000.0, 1.147, 40.0),
    Source(
        "jogs in circles, 0.7 to 2.2 m/s",
        ("pyshoe_vicon/2017-11-27-*.csv.gz",),
        1.9,
        8.0,
        550.0,
        1.0,
        90.0,
    ),
)


@dataclass(frozen=True)
class Strides:
    """Measured strides: aligned curves (strides, channels, grid), figures, and band powers."""

    curves: Floats
    figures: dict[str, Floats]
    bands: Floats  # (2, bands): pitch rate and |a|


def measure(accel: Floats, gyro: Floats) -> Strides | None:
    """Measure the running strides in samples on the grid of `RATE_HZ`; None if there are none."""
    axes = shoe_axes(accel, gyro)
    size = np.linalg.norm(accel, axis=1)
    channels = np.stack((gyro @ axes[2], accel @ axes[0], accel @ axes[1], size))
    height, crossing, trough = landmarks(smooth(channels[0]))
    stride, contact = np.diff(crossing) / _FS, (trough - crossing[:-1]) / _FS
    # The second of the two peaks belongs to the swing between crossing i and i + 1.
    good = (stride > 0.55) & (stride < 0.95) & (contact > 0.12) & (contact < 0.45) & (height[1:] > 150)
    good[:3] = good[-3:] = False  # starting and stopping
    chosen = [i for i in np.flatnonzero(good) if crossing[i] > 200 and crossing[i] + 400 < size.size]
    if len(chosen) < 5:
        return None
    curves = np.stack([_cut(channels, crossing[i]) for i in chosen])
    figures = {"stride time, ms": 1e3 * stride[chosen], "contact time, ms": 1e3 * contact[chosen]}
    figures |= _figures(curves)
    span = slice(int(crossing[chosen[0]]), int(crossing[chosen[-1] + 1]))
    return Strides(curves, figures, np.stack([_bands(channels[k, span]) for k in (0, 3)]))


def _cut(channels: Floats, at: float) -> Floats:
    x = at + _GRID * _FS
    return np.stack([np.interp(x, np.arange(channels.shape[1]), c) for c in channels])


def _figures(curves: Floats) -> dict[str, Floats]:
    """Figures of each stride from its curves around the landing."""
    before, after = _GRID < 0, (_GRID > 0.0) & (_GRID < 0.12)
    pitch, up, forward, size = (curves[:, k] for k in range(4))
    quiet = (_GRID > 0.10) & (_GRID < 0.15)
    return {
        "swing peak, deg/s": pitch[:, before].max(axis=1),
        "swing peak before crossing, ms": -1e3 * _GRID[before][pitch[:, before].argmax(axis=1)],
        "slap after landing, deg/s": pitch[:, after].min(axis=1),
        "push-off trough, deg/s": pitch[:, _GRID > 0.15].min(axis=1),
        "rate in early stance, deg/s": abs(pitch[:, quiet]).mean(axis=1),
        "braking before landing, g": forward[:, (_GRID > -0.15) & (_GRID < 0.03)].min(axis=1),
        "upward in late swing, g": up[:, before].max(axis=1),
        "peak |a|, g": size[:, after].max(axis=1),
        "peak |a| after crossing, ms": 1e3 * _GRID[after][size[:, after].argmax(axis=1)],
    }


def _bands(signal: Floats) -> Floats:
    """Root-mean-square of a signal in each band."""
    spectrum = np.abs(np.fft.rfft(signal - signal.mean())) ** 2 / signal.size**2 * 2
    hz = np.fft.rfftfreq(signal.size, 1 / RATE_HZ)
    return np.array([np.sqrt(spectrum[(hz >= a) & (hz < b)].sum()) for a, b in _BANDS])


def _pool(found: Sequence[Strides]) -> Strides:
    return Strides(
        np.concatenate([s.curves for s in found]),
        {k: np.concatenate([s.figures[k] for s in found]) for k in found[0].figures},
        np.sqrt(np.mean([s.bands**2 for s in found], axis=0)),
    )


def real_and_ours(source: Source, folder: Path) -> tuple[Strides, Strides, int]:
    """Return strides of the recordings, of the runner in their place, and the number of files."""
    real, ours = [], []
    for pattern in source.patterns:
        for number, path in enumerate(sorted(folder.glob(pattern))):
            recording = Recording(path)
            if recording.gyro_dps is None:
                continue
            accel, gyro = _on_grid(recording.t_s, recording.accel_g, recording.gyro_dps)
            found = measure(accel, gyro * source.gyro_scale)
            if found is None:
                continue
            real.append(found)
            made = measure(*_like(source, recording, found, number))
            if made is not None:
                ours.append(made)
    return _pool(real), _pool(ours), len(real)


def _like(source: Source, recording: Recording, found: Strides, seed: int) -> tuple[Floats, Floats]:
    """The parametric runner at the cadence and contact time found, seen as the recorder sees it."""
    cadence = 120e3 / float(np.median(found.figures["stride time, ms"]))
    contact = float(np.median(found.figures["contact time, ms"]))
    runs = recording.duration_s - 2 * _STANDS_S
    segments = (
        Segment("stand", _STANDS_S),
        Segment("run", runs, cadence, _speed(source, recording), gct_ms=contact),
        Segment("stand", _STANDS_S),
    )
    accel, gyro = ParametricRunner(segments, seed=seed).sample(recording.t_s)
    assert gyro is not None
    accel = np.clip(accel, -source.accel_range_g, source.accel_range_g)
    limit = source.gyro_range_dps
    return _on_grid(recording.t_s, accel, np.clip(gyro, -limit, limit))


def _speed(source: Source, recording: Recording) -> float:
    """Speed by Vicon where the recording tells it."""
    truth = recording.facts.get("truth")
    return float((truth if isinstance(truth, dict) else {}).get(_SPEED_KEY) or source.speed_mps)


def _on_grid(t_s: Floats, accel: Floats, gyro: Floats) -> tuple[Floats, Floats]:
    grid = np.arange(t_s[0], t_s[-1], 1 / RATE_HZ)
    both = np.stack([np.interp(grid, t_s, c) for c in np.hstack((accel, gyro)).T], axis=1)
    return both[:, :3], both[:, 3:]


def _closeness(real: Strides, ours: Strides) -> list[tuple[str, float, float, float]]:
    """Per channel: correlation and rms difference of the mean curves, spread of real strides."""
    rows = []
    for k, name in enumerate(_CHANNELS):
        a, b = np.median(real.curves[:, k], axis=0), np.median(ours.curves[:, k], axis=0)
        spread = float(np.sqrt(real.curves[:, k].var(axis=0).mean()))
        rows.append((name, float(np.corrcoef(a, b)[0, 1]), float(np.sqrt(((a - b) ** 2).mean())), spread))
    return rows


def report(results: list[tuple[Source, Strides, Strides, int]]) -> str:
    """Return the text of docs/waveforms.md."""
    lines = [_HEAD]
    for source, real, ours, files in results:
        counts = f"{len(real.curves)} real strides from {files} recordings, {len(ours.curves)} of ours."
        lines += ["", f"## {source.title}", "", counts, ""]
        lines += ["| figure | real: median (SD) | ours: median (SD) |", "|---|---|---|"]
        lines += [
            f"| {_cell(name)} | {_median(values)} | {_median(ours.figures[name])} |"
            for name, values in real.figures.items()
        ]
        lines += ["", f"| median curve | {' | '.join(_CLOSENESS)} |", "|---|---|---|---|"]
        lines += [f"| {_cell(n)} | {c:.3f} | {d:.2f} | {s:.2f} |" for n, c, d, s in _closeness(real, ours)]
        lines += ["", "| ours against real, dB | pitch rate | \\|a\\| |", "|---|---|---|"]
        ratio = 20 * np.log10(ours.bands / real.bands)
        lines += [
            f"| {low:g} to {high:g} Hz | {ratio[0, i]:+.1f} | {ratio[1, i]:+.1f} |"
            for i, (low, high) in enumerate(_BANDS)
            if high <= source.top_hz
        ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _median(values: Floats) -> str:
    return f"{np.median(values):.1f} ({values.std():.1f})"


_HEAD = """# How close the parametric runner is

Written by `tools/compare_waveforms.py` from open recordings (they are not part of Runslate). The
parametric runner (`host/runslate/sim/gait.py`) is told only speed, cadence and contact time; it is
sampled at the recordings' own instants and clipped to their ranges, then both are measured alike.
Zero is the pitch rate's zero crossing before landing; the shape was read off these recordings, so
this shows how well it was caught, not how it fits other runners. The outdoor run's gyroscope reads
13 % low (its gravity comes out right only so) and was scaled by 1.147.

![mean curves and spread](waveforms.png)"""


def draw(results: list[tuple[Source, Strides, Strides, int]], path: Path) -> None:
    """Draw mean curves with the spread of single strides."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, grid = plt.subplots(len(_CHANNELS), len(results), figsize=(11, 11), squeeze=False)
    for column, (source, real, ours, _) in enumerate(results):
        for row, name in enumerate(_CHANNELS):
            panel = grid[row][column]
            for strides, label, colour in (
                (real, "real", "tab:blue"),
                (ours, "ours", "tab:orange"),
            ):
                low, middle, high = np.percentile(strides.curves[:, row], (10, 50, 90), axis=0)
                panel.fill_between(1e3 * _GRID, low, high, color=colour, alpha=0.25, linewidth=0)
                panel.plot(1e3 * _GRID, middle, color=colour, label=label)
            panel.set_ylabel(name)
            panel.grid(alpha=0.3)
        grid[0][column].set_title(source.title)
        grid[-1][column].set_xlabel("ms from the zero crossing before landing")
    grid[0][0].legend(title="median, 10-90 %")
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def main() -> None:
    """Compare and write the results."""
    folder = recordings_folder(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parents[1] / "docs"
    results = [(source, *real_and_ours(source, folder)) for source in SOURCES]
    (target / "waveforms.md").write_text(report(results), encoding="utf-8")
    draw(results, target / "waveforms.png")


if __name__ == "__main__":
    main()
