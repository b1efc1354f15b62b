"""The parametric runner: what a tag on a shoe feels, made from a description, with exact truth."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from runslate.errors import RunslateError
from runslate.sim.course import Course, Foot, Habits, Segment, lay_course
from runslate.sim.gait import SURFACES, Wave, flat_s, make_wave
from runslate.sim.motion import Floats, Sampled, Truth

# Strides kept ready; blocks of a second need two or three.
_KEPT = 8
# A standing person sways a little.
_SWAY_DPS = 1.5
_SWAY_HZ = (0.31, 0.53, 0.83)
# A fall: the shoe tumbles onto its side within this time, with some knocks.
_FALL_S = 0.7
_FALL_DEG = 80.0
_KNOCKS = ((0.12, 9.0), (0.31, 12.0), (0.52, 6.0))


class ParametricRunner:
    """A runner made from segments.

    Args:
        segments: standing, walking and running, one after another from 0 s.
        foot: the shoe that carries the tag.
        seed: makes the small differences; two tags of one runner take the same seed.
        habits: asymmetry, fatigue, limp, stumble, fall.
        surface: a key of `runslate.sim.gait.SURFACES`.
        course: ready contacts instead of those laid from segments.

    Raises:
        RunslateError: an unknown surface, or a moving segment without cadence or speed.
    """

    def __init__(
        self,
        segments: tuple[Segment, ...] = (),
        foot: Foot = "right",
        seed: int = 0,
        habits: Habits | None = None,
        surface: str = "road",
        course: Course | None = None,
    ) -> None:
        if surface not in SURFACES:
            raise RunslateError(
                f"There is no surface called {surface}.",
                f"Known are {', '.join(SURFACES)}.",
                "Choose one of them.",
            )
        habits = habits or Habits()
        self.course = course or lay_course(segments, habits, seed)
        self.duration_s = self.course.duration_s
        self._foot: Foot = foot
        self._fall_s = habits.fall_at_s
        self._stray_s = habits.event_stray_s
        self._surface = SURFACES[surface]
        self._seed = [seed, 0xF0 + (foot == "left")]
        moves = self.course.moves[foot]
        self._pairs = [pair for move in moves for pair in pairwise(move)]
        self._starts = np.array([flat_s(push) for push, _ in self._pairs])
        self._ends = np.array([flat_s(land) for _, land in self._pairs])
        self._waves: dict[int, Wave] = {}
        self._mount = _mount(np.random.default_rng([*self._seed, 1]))

    def sample(self, t_s: Floats) -> Sampled:
        """Return specific force (n, 3) in g and angular rate (n, 3) in deg/s at ascending times."""
        values = self._standing(t_s)
        first = int(np.searchsorted(self._ends, t_s[0]))
        last = int(np.searchsorted(self._starts, t_s[-1], side="right"))
        for index in range(first, last):
            wave = self._wave(index)
            low, high = np.searchsorted(t_s, (wave.start_s, wave.end_s))
            values[low:high] = wave.at(t_s[low:high])
        if self._fall_s is not None and t_s[-1] > self._fall_s:
            _tumble(values, t_s - self._fall_s)
        return values[:, :3] @ self._mount.T, values[:, 3:] @ self._mount.T

    def truth(self) -> Truth:
        """Return exact instants of every contact of this foot."""
        return self.course.truth(self._foot)

    def _wave(self, index: int) -> Wave:
        wave = self._waves.get(index)
        if wave is None:
            push, land = self._pairs[index]
            rng = np.random.default_rng([*self._seed, 2, index])
            wave = self._waves[index] = make_wave(push, land, self._surface, self._stray_s, rng)
            self._waves.pop(index - _KEPT, None)
        return wave

    def _standing(self, t_s: Floats) -> Floats:
        values = np.zeros((t_s.size, 6))
        values[:, 2] = 1.0
        for axis, hz in enumerate(_SWAY_HZ):
            values[:, 3 + axis] = 0.3 * _SWAY_DPS * np.sin(2 * np.pi * hz * t_s + axis)
        return values


def _mount(rng: np.random.Generator) -> Floats:
    """Turn from shoe to sensor axes: the instep's slope and how the tag happens to sit on it."""
    roll, pitch, yaw = np.radians(rng.normal((0.0, -22.0, 0.0), (6.0, 5.0, 10.0)))
    about_x = np.array([[1, 0, 0], [0, np.cos(roll), np.sin(roll)], [0, -np.sin(roll), np.cos(roll)]])
    about_y = np.array([[np.cos(pitch), 0, -np.sin(pitch)], [0, 1, 0], [np.sin(pitch), 0, np.cos(pitch)]])
    about_z = np.array([[np.cos(yaw), np.sin(yaw), 0], [-np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    return np.asarray(about_x @ about_y @ about_z)


def _tumble(values: Floats, since_s: Floats) -> None:
    """Roll the shoe onto its side from `since_s` = 0 on, with knocks, and let it lie."""
    share = np.clip(since_s / _FALL_S, 0.0, 1.0)
    angle = np.radians(_FALL_DEG) * share**2 * (3 - 2 * share)
    rate = _FALL_DEG / _FALL_S * 6 * share * (1 - share)
    after = since_s > 0.0
    knocks = sum(g * np.exp(-(((since_s - at) / 0.010) ** 2)) for at, g in _KNOCKS)
    values[after, 0] = 0.4 * np.asarray(knocks)[after]
    values[after, 1] = (np.sin(angle) + 0.5 * knocks)[after]
    values[after, 2] = (np.cos(angle) + knocks)[after]
    values[after, 3] = rate[after]
    values[after, 4:] = 0.0
