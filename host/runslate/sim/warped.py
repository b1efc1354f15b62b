"""Real strides cut from a recording and time-warped to a wanted cadence, so that the parametric
runner is never the only waveform."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from runslate.errors import RunslateError
from runslate.sim.course import Contact, Course, Foot, Habits, Segment, lay_course
from runslate.sim.cutting import RATE_HZ, CutStrides, cut_strides
from runslate.sim.gait import Wave, flat_s
from runslate.sim.motion import Floats, Sampled, Truth
from runslate.sim.recording import Recording, recordings_folder

# Strides are stretched or pressed by this much at most: beyond it they are not real any more.
MAX_WARP = 0.25
# Where strides that did not follow each other meet, the step between them fades over this time.
_JOIN_S = 0.06
_REST_JOIN_S = 0.12
_NOTE = "instants of the cut strides (offline landmarks), moved with the time warp"
# Running at the shoe with a gyroscope, in the folder of open recordings.
_SOURCES = ("wmf_stryd_run/run_out.csv.gz", "pyshoe_vicon/2017-11-27-*.csv.gz")


def load_sources(folder: Path | None = None) -> list[CutStrides]:
    """Return the cut strides of every running recording at a shoe in the recordings' folder.

    Raises:
        RunslateError: there is no folder or no usable recording in it.
    """
    root = recordings_folder(folder)
    found = []
    for pattern in _SOURCES:
        for path in sorted(root.glob(pattern)):
            try:
                found.append(cut_strides(Recording(path)))
            except RunslateError:
                continue  # walking and standing trials lie in the same folders
    if not found:
        raise RunslateError(
            f"No running at a shoe was found in {root}.",
            f"Expected are recordings such as {_SOURCES[0]}.",
            "Name another folder, or use the parametric waveform.",
        )
    return found


def choose_source(sources: list[CutStrides], cadence_spm: float, seed: int) -> CutStrides:
    """Return one of the sources whose own cadence is near the wanted one.

    Raises:
        RunslateError: none is near enough.
    """
    wanted = 120.0 / cadence_spm
    warps = [abs(np.log(wanted / source.stride_s)) for source in sources]
    best = min(warps)
    if best > MAX_WARP:
        raise RunslateError(
            f"No recording runs near {cadence_spm:.0f} steps per minute.",
            f"Strides are warped by {MAX_WARP:.0%} at most.",
            "Ask for another cadence, or use the parametric waveform.",
        )
    near = [s for s, warp in zip(sources, warps, strict=True) if warp <= best + 0.05]
    return near[seed % len(near)]


class WarpedRunner:
    """A runner made of real strides.

    Args:
        segments: standing and running; walking is not offered.
        source: strides of one recording.
        foot: the shoe that carries the tag.
        seed: where in the recording it begins, and the small differences in timing.

    Raises:
        RunslateError: a walking segment.
    """

    def __init__(self, segments: tuple[Segment, ...], source: CutStrides, foot: Foot = "right", seed: int = 0) -> None:
        if any(segment.kind == "walk" for segment in segments):
            raise RunslateError(
                "Warped recordings only stand and run.",
                "The open running recordings hold no walking of the same runner.",
                "Leave walking out, or use the parametric waveform.",
            )
        own = tuple(_with_contact_time(segment, source.duty) for segment in segments)
        self.course: Course = lay_course(own, Habits(), seed)
        self.duration_s = self.course.duration_s
        self._source = source
        self._foot: Foot = foot
        self._waves: list[Wave] = []
        rng = np.random.default_rng([seed, 0xC07])
        for move in self.course.moves[foot]:
            self._waves += _play(source, move, rng)

    def sample(self, t_s: Floats) -> Sampled:
        """Return specific force (n, 3) in g and angular rate (n, 3) in deg/s at ascending times."""
        values = np.zeros((t_s.size, 6))
        values[:, :3] = self._source.rest
        for wave in self._waves:
            if wave.end_s >= t_s[0] and wave.start_s <= t_s[-1]:
                low, high = np.searchsorted(t_s, (wave.start_s, wave.end_s))
                values[low:high] = wave.at(t_s[low:high])
        return values[:, :3], values[:, 3:]

    def truth(self) -> Truth:
        """Return the contacts; as exact as the landmarks of the cut strides."""
        return self.course.truth(self._foot, _NOTE)


def _with_contact_time(segment: Segment, duty: float) -> Segment:
    if segment.kind == "stand":
        return segment
    return replace(segment, gct_ms=duty * 120e3 / segment.cadence_spm)


def _play(source: CutStrides, move: tuple[Contact, ...], rng: np.random.Generator) -> list[Wave]:
    """One real stride per wanted stride, in the recording's own order as long as it lasts."""
    waves: list[Wave] = []
    index = int(rng.integers(len(source.flat_s)))
    still = np.concatenate((source.rest, np.zeros(3)))
    before, fade_s = still, _REST_JOIN_S
    for push, land in pairwise(move):
        wave = _warp(source, index, push, land)
        _fade_in(wave, before, fade_s)
        waves.append(wave)
        before, fade_s = _value(source, source.next_flat_s[index]), _JOIN_S
        follows = source.joined[index]
        index = index + 1 if follows else int(rng.integers(len(source.flat_s)))
    if waves:
        _fade_out(waves[-1], still)
    return waves


def _value(source: CutStrides, at_s: float) -> Floats:
    return np.asarray(_read(source, np.array([at_s]))[0])


def _read(source: CutStrides, at_s: Floats) -> Floats:
    grid = np.arange(len(source.values)) / RATE_HZ
    return np.stack([np.interp(at_s, grid, column) for column in source.values.T], axis=1)


def _warp(source: CutStrides, index: int, push: Contact, land: Contact) -> Wave:
    """Stretch one stride so that its landmarks fall on the wanted contacts."""
    start, end = flat_s(push), flat_s(land)
    tau = np.arange(int(np.ceil((end - start) * 1000.0)) + 1) / 1000.0 + start
    wanted = (start, push.tc_s, land.ic_s, end)
    real = (source.flat_s[index], source.tc_s[index], source.ic_s[index], source.next_flat_s[index])
    values = _read(source, np.interp(tau, wanted, real))
    # A stride pressed in time turns faster through the same angles.
    values[:, 3:] *= (real[3] - real[0]) / (end - start)
    return Wave(start, end, values)


def _fade_in(wave: Wave, before: Floats, fade_s: float) -> None:
    count = min(int(fade_s * 1000.0), len(wave.values))
    share = np.linspace(1.0, 0.0, count)[:, None]
    wave.values[:count] += share * (before - wave.values[0])


def _fade_out(wave: Wave, after: Floats) -> None:
    count = min(int(_REST_JOIN_S * 1000.0), len(wave.values))
    share = np.linspace(0.0, 1.0, count)[:, None]
    wave.values[-count:] = (1.0 - share) * wave.values[-count:] + share * after
