"""A runner falls: whatever the shoe did, from one instant on it tumbles, knocks the ground and lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from runslate.sim.motion import Floats, Motion, Sampled, Truth

# Gravity is where the mean specific force of the last strides pointed.
_BEFORE_S = 3.0
_JOIN_S = 0.03
_KNOCK_S = 0.008
# A foot that lies is not quite still.
_RESTLESS_DPS = 4.0


class Fallen:
    """Another movement until a fall, then a shoe that lies.

    Args:
        motion: what is done before; it has to last until the fall.
        at_s: the instant of the fall.
        seed: makes which way the shoe turns, how far (60 to 120 degrees), how fast (0.4 to 0.9 s), and its knocks.
        lies_s: how long it lies.
    """

    def __init__(self, motion: Motion, at_s: float, seed: int, lies_s: float = 8.0) -> None:
        rng = np.random.default_rng([seed, 0xFA11])
        self._motion = motion
        self._at_s = at_s
        self.duration_s = at_s + lies_s
        before, _ = motion.sample(np.linspace(at_s - _BEFORE_S, at_s, 600))
        self._up: Floats = before.mean(axis=0) / np.linalg.norm(before.mean(axis=0))
        level = rng.standard_normal(3)
        level -= level @ self._up * self._up
        self._axis: Floats = level / np.linalg.norm(level)
        self._angle = float(np.radians(rng.uniform(60.0, 120.0)))
        self._takes_s = float(rng.uniform(0.4, 0.9))
        self._knocks_s: Floats = np.sort(rng.uniform(0.05, 1.0, 3)) * self._takes_s
        self._knocks_g: Floats = rng.uniform(5.0, 14.0, 3)[:, None] * _directions(rng, 3)

    def sample(self, t_s: Floats) -> Sampled:
        """Return specific force (n, 3) in g and angular rate (n, 3) in deg/s or None at ascending times."""
        accel, gyro = self._motion.sample(np.minimum(t_s, min(self._at_s, self._motion.duration_s)))
        since = t_s - self._at_s
        falls = since > 0.0
        share = np.clip(since[falls] / self._takes_s, 0.0, 1.0)
        force = self._leaning(self._angle * share**2 * (3.0 - 2.0 * share))
        for at, knock in zip(self._knocks_s, self._knocks_g, strict=True):
            force += knock * np.exp(-(((since[falls] - at) / _KNOCK_S) ** 2))[:, None]
        fade = np.exp(-since[falls] / _JOIN_S)[:, None]
        accel[falls] = force + fade * (accel[falls] - self._up)
        if gyro is not None:
            rate = np.degrees(self._angle) / self._takes_s * 6.0 * share * (1.0 - share)
            restless = _RESTLESS_DPS * np.sin(2.0 * np.pi * np.array([0.7, 1.1, 1.6]) * since[falls][:, None])
            gyro[falls] = rate[:, None] * self._axis + restless
        return accel, gyro

    def truth(self) -> Truth:
        """Return what happens until the fall, and the fall."""
        whole = self._motion.truth()
        before = whole.ic_s < self._at_s
        return replace(
            whole,
            ic_s=whole.ic_s[before],
            tc_s=whole.tc_s[before] if whole.tc_s.size == before.size else whole.tc_s,
            running=whole.running[before],
            bouts=tuple((start, min(end, self._at_s)) for start, end in whole.bouts if start < self._at_s),
            stumbles=(self._at_s,),
        )

    def _leaning(self, angle: Floats) -> Floats:
        """Where gravity points after turning by each angle (n,) about the fall's axis: Rodrigues' formula."""
        across = np.cross(self._axis, self._up)
        # The shoe turns one way, so gravity turns the other way in its axes.
        return np.asarray(np.cos(angle)[:, None] * self._up - np.sin(angle)[:, None] * across)


def _directions(rng: np.random.Generator, n: int) -> Floats:
    way = rng.standard_normal((n, 3))
    return np.asarray(way / np.linalg.norm(way, axis=1, keepdims=True))
