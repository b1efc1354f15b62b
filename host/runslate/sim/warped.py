"""Real strides cut from a recording and time-warped to a wanted cadence, contact time and speed, so that the parametric
runner is never the only waveform.

A stride pressed in time by k goes through the same angles k times faster, and what moves the shoe is k^2 times as
strong; so much again for a longer way. Gravity stays, and the sensor clips where it clips.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from runslate.errors import RunslateError
from runslate.sim.course import Contact, Course, Foot, Habits, Segment, lay_course
from runslate.sim.cutting import RATE_HZ, CutStrides, cut_strides
from runslate.sim.gait import LEAD_S, G, Wave, flat_s
from runslate.sim.motion import Floats, Sampled, Truth
from runslate.sim.recording import Recording, recordings_folder

if TYPE_CHECKING:
    from scipy.interpolate import PchipInterpolator

# Strides are stretched or pressed by this much at most: beyond it they are not real any more.
MAX_WARP = 0.25
# Where strides that did not follow each other meet, the step between them fades over this time.
_JOIN_S = 0.06
_REST_JOIN_S = 0.12
# So much of a swing, at either end, belongs to push-off and landing.
_EDGE_S = 0.04
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


def pressing(source: CutStrides, cadence_spm: float, contact_s: float | None = None) -> float:
    """Return by how much a source's strides have to be stretched or pressed: the logarithm's size, contact or swing.

    Args:
        source: the strides.
        cadence_spm: the wanted cadence.
        contact_s: the wanted contact time; None: the source's share of a stride.
    """
    wanted = 120.0 / cadence_spm
    contact = source.duty * wanted if contact_s is None else contact_s
    own = source.duty * source.stride_s
    swing = (wanted - contact) / (source.stride_s - own)
    return float(max(abs(np.log(contact / own)), abs(np.log(swing))))


def choose_source(sources: list[CutStrides], cadence_spm: float, seed: int) -> CutStrides:
    """Return one of the sources whose own cadence is near the wanted one.

    Raises:
        RunslateError: none is near enough.
    """
    warps = [pressing(source, cadence_spm) for source in sources]
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
        segments: standing and running; walking is not offered. Contact times of 0 are the source's share of a stride.
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
    if segment.kind == "stand" or segment.gct_ms:
        return segment
    return replace(segment, gct_ms=duty * 120e3 / segment.cadence_spm)


def _play(source: CutStrides, move: tuple[Contact, ...], rng: np.random.Generator) -> list[Wave]:
    """One real stride per wanted stride, in the recording's own order as long as it lasts."""
    if len(move) < 2:
        return []
    order = _order(source, len(move) - 1, rng)
    warp, flat = _warp(source, order, move)
    begins = source.flat_s[order] - warp(flat[:-1])
    waves: list[Wave] = []
    still = np.concatenate((source.rest, np.zeros(3)))
    before, fade_s = still, _REST_JOIN_S
    for k, (push, land) in enumerate(pairwise(move)):
        start, end = flat[k : k + 2]
        tau = np.minimum(np.arange(int(np.ceil((end - start) * 1000.0)) + 1) / 1000.0 + start, end)
        way = 0.5 * (push.speed_mps + land.speed_mps) * (end - start) / source.length_m
        wave = Wave(start, end, _felt(source, warp(tau) + begins[k], warp(tau, 1), warp(tau, 2), way))
        _fade_in(wave, before, fade_s)
        waves.append(wave)
        before, fade_s = wave.values[-1].copy(), _JOIN_S / float(warp(end, 1))
    _fade_out(waves[-1], still)
    return waves


def _order(source: CutStrides, count: int, rng: np.random.Generator) -> list[int]:
    """Return which strides follow each other: neighbours in the recording, then another place in it."""
    order = [int(rng.integers(len(source.flat_s)))]
    while len(order) < count:
        last = order[-1]
        order.append(last + 1 if source.joined[last] else int(rng.integers(len(source.flat_s))))
    return order


def _warp(source: CutStrides, order: list[int], move: tuple[Contact, ...]) -> tuple[PchipInterpolator, Floats]:
    """Return the smooth way from wanted instants to the source's, its strides end to end, and where it is flat.

    Trough and zero crossing fall on those of the wanted contacts. Push-off and landing are pressed as the contact that
    they belong to, evenly: else the pressing would move the trough.
    """
    from scipy.interpolate import PchipInterpolator

    rises = source.tc_s[order] - LEAD_S - source.flat_s[order]
    flies = source.ic_s[order] - source.tc_s[order]
    lands = source.next_flat_s[order] - source.ic_s[order] + LEAD_S
    trough = np.array([contact.tc_s for contact in move[:-1]]) - LEAD_S
    crossing = np.array([contact.ic_s for contact in move[1:]]) - LEAD_S
    # How much each contact is pressed: the first began long ago, the last does not end.
    first, last = flat_s(move[0]), source.duty * source.stride_s / move[-1].gct_s
    press = np.array([rises[0] / (trough[0] - first), *(lands[:-1] + rises[1:]) / (trough[1:] - crossing[:-1]), last])
    flat = np.array([first, *(crossing + lands / press[1:])])
    began = np.array([0.0, *np.cumsum(rises + flies + lands)[:-1]])
    wanted = [trough, trough + _EDGE_S / press[:-1], crossing - _EDGE_S / press[1:], crossing, flat[1:]]
    own = [rises, rises + _EDGE_S, rises + flies - _EDGE_S, rises + flies, rises + flies + lands]
    knots = np.stack(wanted, axis=1).ravel(), np.stack([began + part for part in own], axis=1).ravel()
    return PchipInterpolator(np.append(first, knots[0]), np.append(0.0, knots[1])), flat


def _felt(source: CutStrides, at_s: Floats, press: Floats, bend: Floats, way: float) -> Floats:
    """Return what a sensor feels (n, 6) on a way so many times as long.

    Args:
        source: the strides.
        at_s: instants of the source (n,) that are played one after another.
        press, bend: first and second derivative of that way through time.
        way: its length, relative to the source's.
    """
    grid = np.arange(len(source.values)) / RATE_HZ
    columns = np.hstack((source.values, source.own, source.speed)).T
    read = np.stack([np.interp(at_s, grid, column) for column in columns], axis=1)
    force, rate, own, speed = np.split(read, 4, axis=1)
    press, bend = press[:, None], bend[:, None]
    return np.hstack((force - own + way * (press**2 * own + bend * speed / G), rate * press))


def _fade_in(wave: Wave, before: Floats, fade_s: float) -> None:
    count = min(int(fade_s * 1000.0), len(wave.values))
    share = np.linspace(1.0, 0.0, count)[:, None]
    wave.values[:count] += share * (before - wave.values[0])


def _fade_out(wave: Wave, after: Floats) -> None:
    count = min(int(_REST_JOIN_S * 1000.0), len(wave.values))
    share = np.linspace(0.0, 1.0, count)[:, None]
    wave.values[-count:] = (1.0 - share) * wave.values[-count:] + share * after
