"""A foot's way from one mid-stance to the next, integrated from its own samples.

The rotation is integrated from an arbitrary attitude at the first mid-stance. The foot's velocity is the
same at both ends (nearly none), so the mean of the rotated specific force over the stride is gravity
itself: it gives the vertical and takes away the drift in one step, and no attitude filter is needed.
The idea of integrating between instants of rest is Foxlin's (2005) and Sabatini's (2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

GRAVITY = 9.80665
"""m/s2 of one standard g."""

MAX_HOLE_S = 0.06
"""A stride with a longer hole between two samples has no length: a foot turns 30 degrees in it."""

MIN_STRIDE_S, MAX_STRIDE_S = 0.25, 2.5
"""Shorter is no stride, and over a longer one the drift wins."""

BATCH = 256
"""Strides integrated side by side: the work arrays stay some megabytes."""


@dataclass(frozen=True)
class Strides:
    """What the integration says of each of n strides; NaN where it cannot be made."""

    start_s: F64
    """Mid-stance at which a stride begins, (n,)."""
    end_s: F64
    length_m: F64
    """Horizontal way of the foot, (n,)."""
    climb_m: F64
    """Vertical way, up positive, (n,)."""
    force_g: F64
    """Size of the mean specific force in the frame of the stride's beginning: 1 g if all is well, (n,)."""


def integrate(t_s: F64, accel_g: F64, gyro_dps: F64, first: I64, last: I64) -> Strides:
    """Integrate strides between sample numbers.

    Args:
        t_s: times of the samples, ascending, seconds, (m,).
        accel_g: specific force, g, (m, 3).
        gyro_dps: angular rate, degrees per second, (m, 3).
        first: sample number of each stride's first mid-stance, (n,).
        last: sample number of its last, (n,).
    """
    result = Strides(*(np.full(first.size, np.nan) for _ in range(5)))
    if not first.size or not t_s.size:
        return result
    seconds = t_s[last] - t_s[first]
    good = (seconds >= MIN_STRIDE_S) & (seconds <= MAX_STRIDE_S) & ~_holed(t_s, first, last)
    rows = np.flatnonzero(good)
    rows = rows[np.argsort((last - first)[rows], kind="stable")]  # little padding in each batch
    for at in range(0, rows.size, BATCH):
        batch = rows[at : at + BATCH]
        _integrate_batch(t_s, accel_g, gyro_dps, first[batch], last[batch], batch, result)
    result.start_s[rows] = t_s[first[rows]]
    result.end_s[rows] = t_s[last[rows]]
    return result


def _holed(t_s: F64, first: I64, last: I64) -> NDArray[np.bool_]:
    """Tell which strides hold a hole between two samples."""
    holes = np.concatenate([[0], np.cumsum(np.diff(t_s) > MAX_HOLE_S)])
    return np.asarray(holes[last] > holes[first], dtype=np.bool_)


def _integrate_batch(
    t_s: F64, accel_g: F64, gyro_dps: F64, first: I64, last: I64, rows: NDArray[np.intp], result: Strides
) -> None:
    at = np.minimum(first[:, None] + np.arange(int((last - first).max()) + 1), last[:, None])
    step = np.diff(t_s[at], axis=1)  # 0 behind a stride's end: nothing is added there
    force = rotated(accel_g[at], np.radians(gyro_dps[at]), step)
    gravity = trapezoid(force, step)[:, -1] / step.sum(axis=1)[:, None]
    speed = trapezoid((force - gravity[:, None]) * GRAVITY, step)
    way = trapezoid(speed, step)[:, -1]
    size = np.linalg.norm(gravity, axis=1)
    climb = (way * gravity).sum(axis=1) / size
    result.force_g[rows] = size
    result.climb_m[rows] = climb
    result.length_m[rows] = np.sqrt(np.maximum((way * way).sum(axis=1) - climb**2, 0.0))


def trapezoid(values: F64, step: F64) -> F64:
    """Integrate (n, k, 3) over steps (n, k-1); returns the running integral, (n, k, 3)."""
    pieces = 0.5 * (values[:, 1:] + values[:, :-1]) * step[..., None]
    return np.concatenate([np.zeros_like(values[:, :1]), np.cumsum(pieces, axis=1)], axis=1)


def rotated(force: F64, rate: F64, step: F64) -> F64:
    """Turn specific force into the frame of each stride's first sample.

    Args:
        force: (n, k, 3), any unit.
        rate: angular rate, rad/s, (n, k, 3).
        step: seconds between samples, (n, k-1).
    """
    attitude = _running_product(_turns(0.5 * (rate[:, 1:] + rate[:, :-1]) * step[..., None]))
    return np.concatenate([force[:, :1], _turned(attitude, force[:, 1:])], axis=1)


def _turns(angle: F64) -> F64:
    """Quaternions (w, x, y, z) of rotation vectors (..., 3) in rad."""
    size = np.linalg.norm(angle, axis=-1, keepdims=True)
    half = 0.5 * np.sinc(size / (2 * np.pi))  # sin(size / 2) / size, also at 0
    return np.concatenate([np.cos(size / 2), angle * half], axis=-1)


def _running_product(turns: F64) -> F64:
    """Product of the first 1, 2, ... k quaternions, (n, k, 4), by doubling: few large steps instead of k small ones."""
    result, reach = turns, 1
    while reach < turns.shape[1]:
        result = np.concatenate([result[:, :reach], _product(result[:, :-reach], result[:, reach:])], axis=1)
        reach *= 2
    return result


def _product(p: F64, q: F64) -> F64:
    """Hamilton product of quaternions (..., 4)."""
    w, v, s, u = p[..., :1], p[..., 1:], q[..., :1], q[..., 1:]
    scalar = w * s - (v * u).sum(axis=-1, keepdims=True)
    return np.concatenate([scalar, w * u + s * v + _cross(v, u)], axis=-1)


def _turned(q: F64, vector: F64) -> F64:
    """Rotate vectors (..., 3) by unit quaternions (..., 4)."""
    w, v = q[..., :1], q[..., 1:]
    cross = 2.0 * _cross(v, vector)
    return vector + w * cross + _cross(v, cross)


def _cross(a: F64, b: F64) -> F64:
    """Cross product of (..., 3); NumPy's own takes most of the time on small arrays."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


def as_floats(values: ArrayLike) -> F64:
    """Return a float64 array."""
    return np.asarray(values, dtype=np.float64)
