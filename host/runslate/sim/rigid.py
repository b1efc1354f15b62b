"""A rigid thing that turns and is pushed: from its attitude and acceleration to what a sensor on it feels."""

from __future__ import annotations

import numpy as np

from runslate.sim.motion import Floats, Motion, Sampled, Truth

RATE_HZ = 500.0
G = 9.80665


class Rigid:
    """A movement given on an even grid of `RATE_HZ`.

    Args:
        attitude_deg: (n, 3) roll, pitch (toe-up) and yaw of the thing; x is forward, z up.
        accel_g: (n, 3) its acceleration in the world, gravity left out.
        truth: what happens in it; nothing by default.
    """

    def __init__(self, attitude_deg: Floats, accel_g: Floats, truth: Truth | None = None) -> None:
        self.duration_s = (len(attitude_deg) - 1) / RATE_HZ
        self._values = felt(attitude_deg, accel_g)
        self._truth = truth or Truth()

    def sample(self, t_s: Floats) -> Sampled:
        """Return specific force (n, 3) in g and angular rate (n, 3) in deg/s, linear between grid points."""
        position = np.clip(t_s * RATE_HZ, 0.0, len(self._values) - 1.001)
        index = position.astype(np.int64)
        part = (position - index)[:, None]
        values = self._values[index] * (1.0 - part) + self._values[index + 1] * part
        return values[:, :3], values[:, 3:]

    def truth(self) -> Truth:
        """Return what happens in it."""
        return self._truth


class Turned:
    """Another movement, with the sensor mounted another way.

    Args:
        motion: the movement.
        turn: (3, 3) rotation from its axes to the sensor's.
    """

    def __init__(self, motion: Motion, turn: Floats) -> None:
        self._motion = motion
        self._turn = turn
        self.duration_s = motion.duration_s

    def sample(self, t_s: Floats) -> Sampled:
        """Return specific force (n, 3) in g and angular rate (n, 3) in deg/s or None."""
        accel, gyro = self._motion.sample(t_s)
        return accel @ self._turn.T, None if gyro is None else gyro @ self._turn.T

    def truth(self) -> Truth:
        """Return what happens in it: the same."""
        return self._motion.truth()


def any_mounting(seed: int) -> Floats:
    """Return a random rotation (3, 3), every one as likely as any other."""
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.random(random_state=np.random.RandomState(seed)).as_matrix())


def felt(attitude_deg: Floats, accel_g: Floats) -> Floats:
    """Return (n, 6) specific force in g and angular rate in deg/s in the thing's own axes."""
    from scipy.spatial.transform import Rotation

    # Toe-up is a negative turn about y, which points to the left.
    at = Rotation.from_euler("zyx", attitude_deg[:, ::-1] * (1.0, -1.0, 1.0), degrees=True)
    force = at.inv().apply(accel_g + np.array([0.0, 0.0, 1.0]))
    step = (at[:-1].inv() * at[1:]).as_rotvec() * RATE_HZ
    rate = np.concatenate((step, step[-1:]))
    return np.hstack((force, np.degrees(rate)))


def wander(rng: np.random.Generator, n: int, hz: float, columns: int = 1) -> Floats:
    """Return smooth noise (n, columns) without what is faster than some `hz`, of standard deviation 1."""
    from scipy.ndimage import gaussian_filter1d

    sigma = RATE_HZ / (2.0 * np.pi * hz)
    noise = gaussian_filter1d(rng.standard_normal((n, columns)), sigma, axis=0, mode="wrap")
    return np.asarray(noise / noise.std(axis=0))


def phase(hz: Floats) -> Floats:
    """Return the phase in rad of an oscillation whose frequency is given at every grid point (n,)."""
    return np.asarray(2.0 * np.pi * np.cumsum(hz) / RATE_HZ)


def pushed(way_m: Floats) -> Floats:
    """Return the acceleration in g of a way (n, ...) given in m on the grid."""
    speed = np.gradient(way_m, axis=0) * RATE_HZ
    return np.asarray(np.gradient(speed, axis=0) * RATE_HZ / G)


def pulses(t_s: Floats, at_s: Floats, width_s: float, size: Floats) -> Floats:
    """Return bumps (n,) of the given sizes (k,) at instants (k,)."""
    out = np.zeros(t_s.size)
    for at, height in zip(at_s, size, strict=True):
        low, high = np.searchsorted(t_s, (at - 5 * width_s, at + 5 * width_s))
        out[low:high] += height * np.exp(-(((t_s[low:high] - at) / width_s) ** 2))
    return out
