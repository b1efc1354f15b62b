"""What the detector's tests share: a planar shoe with known instants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from firmware.strides_vm import Samples, quantise
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Floats = NDArray[np.float64]


@dataclass
class Shoe:
    """A shoe's signal with the instants it was made from."""

    t: Floats
    accel: Floats
    gyro: Floats
    contact: Floats
    toe_off: Floats

    def turned(self, matrix: Floats) -> Shoe:
        """The same motion felt by a tag that sits differently."""
        return Shoe(self.t, self.accel @ matrix.T, self.gyro @ matrix.T, self.contact, self.toe_off)

    def samples(self, period: int = 96) -> Samples:
        """What the sensor reads."""
        return quantise(self.t, self.accel, self.gyro, period, still_s=0.0)


def shoe(
    strides: list[tuple[float, float]],
    stand_s: float = 2.0,
    swing_dps: float = 550.0,
    rate_hz: float = 2000.0,
    noise: float = 0.0,
) -> Shoe:
    """Make a planar foot: strides are (duration, contact time) in s, from the first foot strike on.

    The pitch rate is a smooth curve through the known instants: zero and falling at contact, flat
    in stance, deepest at toe-off, highest in swing. Acceleration is gravity turned with the foot, a
    push, the braking of the late swing, and a shock at each contact.
    """
    first_swing_s = 0.4
    contact = stand_s + first_swing_s + 0.1 + np.cumsum([0.0] + [d for d, _ in strides])
    toe_off = contact[:-1] + [gct for _, gct in strides]
    toe_off = np.concatenate([[contact[0] - first_swing_s], toe_off])
    knots = [(0.0, 0.0)]
    for lift, land in zip(toe_off, contact, strict=True):
        swing = land - lift
        knots += [
            (lift - 0.14, 0.0),
            (lift, -0.7 * swing_dps),
            (lift + 0.25 * swing, 0.0),
            (lift + 0.55 * swing, swing_dps),
            (land, 0.0),
            (land + 0.020, -0.4 * swing_dps),
            (land + 0.045, 0.0),
        ]
    end = contact[-1] + 3.0
    knots += [(end, 0.0)]
    t = np.arange(0.0, end, 1.0 / rate_hz)
    rate = PchipInterpolator(*np.array(sorted(knots)).T)(t)
    # A foot returns to flat with each stance: what the curve leaves over is levelled out.
    angle = np.cumsum(rate) / rate_hz
    flat = np.interp(t, contact, np.interp(contact, t, angle))
    angle = np.radians(angle - flat)
    forward = np.zeros_like(t)
    shock = np.zeros_like(t)
    for lift, land in zip(toe_off, contact, strict=True):
        forward += 4.0 * _bump(t, lift + 0.03, 0.04) - 6.5 * _bump(t, land - 0.09, 0.035)
        shock += 8.0 * _edge(t, land)
    # World to shoe: gravity and the forward push, turned by the pitch angle (toes up).
    along = forward * np.cos(angle) + np.sin(angle)
    upright = np.cos(angle) - forward * np.sin(angle) + shock
    accel = np.stack([along, np.zeros_like(t), upright], axis=1)
    # x points forward, y left, z up: toes up, as in the swing, is negative about y.
    gyro = np.stack([0.12 * rate, -rate, -0.05 * rate], axis=1)
    if noise:
        rng = np.random.default_rng(5)
        accel += rng.normal(0, noise * 0.05, accel.shape)
        gyro += rng.normal(0, noise * 3.0, gyro.shape)
    return Shoe(t, accel, gyro, contact, toe_off)


def _bump(t: Floats, at: float, width: float) -> Floats:
    return np.exp(-(((t - at) / width) ** 2))


def _edge(t: Floats, at: float) -> Floats:
    """A shock: up within 2 ms, then dying away."""
    since = t - at
    return np.exp(-np.where(since < 0, (since / 0.001) ** 2, since / 0.012))
