"""A foot whose way is known exactly, and what an inertial sensor on it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
GRAVITY = 9.80665
FINE = 8  # points per sample: derivatives are taken on a finer line than the samples


@dataclass(frozen=True)
class Foot:
    """Samples, and where each stride begins and ends at mid-stance."""

    t_s: Floats
    accel_g: Floats
    gyro_dps: Floats
    bounds_s: Floats


def running_foot(
    length_m: float = 2.4, stride_s: float = 0.7, strides: int = 20, climb_m: float = 0.0, rate_hz: float = 417.0
) -> Foot:
    """A foot that stands for 35 % of each stride and swings, pitching, for the rest; it rests before and after."""
    rest = 2.0
    t = np.arange(0, 2 * rest + strides * stride_s, 1 / (rate_hz * FINE))
    phase = np.clip((t - rest) / stride_s, 0, strides)
    whole = np.floor(np.minimum(phase, strides - 1e-9))
    s = np.clip((phase - whole - 0.35) / 0.65, 0, 1)
    part = s - np.sin(2 * np.pi * s) / (2 * np.pi)
    lift = np.sin(np.pi * s) ** 4
    pitch = np.radians(50) * np.sin(2 * np.pi * s) * np.sin(np.pi * s) ** 2
    position = np.stack([length_m * (whole + part), np.zeros_like(t), 0.12 * lift + climb_m * (whole + part)], axis=1)
    force = np.gradient(np.gradient(position, t, axis=0), t, axis=0) / GRAVITY + [0, 0, 1]
    cos, sin = np.cos(pitch), np.sin(pitch)
    x = cos * force[:, 0] - sin * force[:, 2]
    z = sin * force[:, 0] + cos * force[:, 2]
    turning = np.degrees(np.gradient(pitch, t))
    accel = np.stack([x, np.zeros_like(t), z], axis=1)[::FINE]
    gyro = np.stack([np.zeros_like(t), turning, np.zeros_like(t)], axis=1)[::FINE]
    middle = rest + stride_s * (np.arange(strides + 1) + 0.17)
    return Foot(t[::FINE], accel, gyro, np.stack([middle[:-1], middle[1:]], axis=1)[:-1])


def mounting(seed: int) -> Floats:
    """A random rotation of the tag on the shoe, (3, 3)."""
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return turn * np.sign(np.linalg.det(turn))
