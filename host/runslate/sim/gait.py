"""One stride of a shoe as kinematics: from flat in one stance to flat in the next.

World axes: x forward, y to the left, z up. The shoe's pitch angle counts toe-up, so the forward
swing has a positive pitch rate. The curves are knots with smooth lines between; their shape was
read off mean strides of open recordings (see docs/waveforms.md), their sizes follow speed, stride
time and contact time, and each curve is closed: the shoe is flat, at rest and one stride further
at the end. That is what makes gravity, speed and distance agree with each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runslate.sim.course import Contact
from runslate.sim.motion import Floats

RATE_HZ = 1000.0
G = 9.80665

# The pitch rate's zero crossing before landing and its trough at push-off both come this much
# before the contact begins and ends (hand-checked recordings: about 30 ms each).
LEAD_S = 0.030
# The shoe is flattest this far into a contact.
_FLAT = 0.42
# A shoe that only stands: its push-off takes this long.
_PUSH_S = 0.28
# What happens right after landing has its own pace, whatever the contact time.
_LANDING_S = 0.125
# Knots were read from strides at this speed.
_READ_AT_MPS = 3.8
_READ_AT_GCT_S = 0.227

# Push-off: seconds from the trough, pitch rate (of its depth), forward and upward acceleration (g).
_PUSH = np.array(
    [
        (-0.097, -0.11, 0.00, 0.09),
        (-0.076, -0.16, 0.64, 0.19),
        (-0.055, -0.36, 1.50, -0.04),
        (-0.035, -0.67, 1.30, -0.56),
        (-0.014, -0.93, 0.36, -0.13),
        (0.000, -1.00, 0.10, 1.20),
        (0.028, -0.85, 0.70, 3.48),
        (0.049, -0.57, 1.05, 2.05),
        (0.070, -0.40, 1.17, 0.22),
        (0.090, -0.48, 1.68, -0.47),
    ]
)
_PUSH_BEFORE_S = 0.097
# Swing: share of the time from trough to zero crossing; early half and late half of it.
_SWING_X = np.array(
    [
        (0.24, 2.9), (0.32, 3.7), (0.41, 4.0), (0.455, 3.7), (0.50, 1.8), (0.545, 0.9),
        (0.59, 0.95), (0.67, 0.85), (0.72, 0.65), (0.77, 0.0),
    ]
)  # fmt: skip
_BRAKE_X = np.array([(0.77, 0.0), (0.81, -0.9), (0.852, -3.3), (0.90, -6.5), (0.94, -6.7), (0.985, -6.2)])
_SWING_Z = np.array(
    [
        (0.24, -0.1), (0.32, -1.1), (0.41, -2.06), (0.455, -2.13), (0.50, -1.3), (0.54, -0.75),
        (0.59, 0.0), (0.67, 0.84), (0.76, 1.6), (0.81, 2.4), (0.852, 2.25), (0.90, 0.53),
        (0.94, -2.4), (0.985, -5.0),
    ]
)  # fmt: skip
# Pitch rate between its two zero crossings, share of the time: at 3.8 m/s and, slower to rise, when
# jogging at half of that.
_RISE = np.array(
    [
        (0.0, 0.0, 0.0), (0.10, 0.33, 0.12), (0.185, 0.57, 0.32), (0.26, 0.71, 0.51),
        (0.34, 0.82, 0.66), (0.50, 0.93, 0.86), (0.66, 1.0, 0.98), (0.73, 0.985, 0.95),
        (0.81, 0.84, 0.70), (0.89, 0.56, 0.38), (0.97, 0.17, 0.08),
    ]
)  # fmt: skip
# Landing: share of the landing time after the zero crossing, for the same three curves.
_LAND = np.array(
    [
        (0.11, -0.13, -3.5, -2.9),
        (0.27, -0.36, -2.9, -2.2),
        (0.40, -1.00, -2.4, -0.6),
        (0.60, -0.22, -1.0, 0.0),
        (0.76, -0.10, -0.3, 0.0),
    ]
)


@dataclass(frozen=True)
class Surface:
    """What the ground does to an impact: its size and the pitch of its ringing."""

    hardness: float
    ringing_hz: float


SURFACES = {
    "road": Surface(1.0, 30.0),
    "track": Surface(0.85, 27.0),
    "treadmill": Surface(0.75, 25.0),
    "trail": Surface(0.80, 24.0),
    "grass": Surface(0.60, 21.0),
}


@dataclass(frozen=True)
class Wave:
    """A stride from `start_s` to `end_s`: specific force in g and rates in deg/s on a 1-ms grid."""

    start_s: float
    end_s: float
    values: Floats  # (n, 6)

    def at(self, t_s: Floats) -> Floats:
        """Return (n, 6) values at instants inside the stride, linear between grid points."""
        position = np.clip((t_s - self.start_s) * RATE_HZ, 0.0, len(self.values) - 1.001)
        index = position.astype(np.int64)
        part = (position - index)[:, None]
        return np.asarray(self.values[index] * (1.0 - part) + self.values[index + 1] * part)


@dataclass(frozen=True)
class _Times:
    """Instants of a stride, in seconds from its start."""

    trough: float
    crossing: float  # pitch rate's zero crossing before landing
    landing: float  # initial contact
    end: float
    slowness: float  # of the push-off, relative to the strides that the knots were read from

    @property
    def swing(self) -> float:
        return self.crossing - self.trough

    def push(self, dt: float) -> float:
        """An instant of the push-off: slow for long contacts, never before the stride begins."""
        if dt > 0.0:
            return self.trough + dt * self.slowness
        return self.trough + dt * min(self.slowness, 0.9 * self.trough / _PUSH_BEFORE_S)


def flat_s(contact: Contact) -> float:
    """Return the instant at which the shoe is flat and at rest in a contact."""
    if np.isfinite(contact.ic_s):
        return contact.ic_s + _FLAT * contact.gct_s
    return contact.tc_s - _PUSH_S


def make_wave(
    push: Contact, land: Contact, surface: Surface, stray_s: tuple[float, float], rng: np.random.Generator
) -> Wave:
    """Return the movement from one contact of a foot to its next.

    Args:
        push, land: the two contacts.
        surface: the ground under the landing.
        stray_s: how far trough and zero crossing stray from their usual distance to contact's end and beginning.
        rng: makes the small differences between strides.
    """
    start, end = flat_s(push), flat_s(land)
    lead = rng.normal(LEAD_S, stray_s, 2)
    times = _Times(
        trough=push.tc_s - lead[0] - start,
        crossing=land.ic_s - lead[1] - start,
        landing=land.ic_s - start,
        end=end - start,
        slowness=float(np.sqrt(push.gct_s / _READ_AT_GCT_S)),
    )
    tau = np.arange(int(np.ceil(times.end * RATE_HZ)) + 1) / RATE_HZ
    speed = 0.5 * (push.speed_mps + land.speed_mps)
    since = push.ic_s if np.isfinite(push.ic_s) else push.tc_s - push.gct_s
    distance = speed * (land.ic_s - since)
    pace = max(speed, 0.8) / _READ_AT_MPS
    vary = 1.0 + 0.06 * rng.standard_normal(4)
    rate = _pitch_rate(tau, times, (push, land), pace * vary[0], rng)
    accel = _translation(tau, times, pace * vary[1], distance)
    peak_g = _impact_g(land, speed) * surface.hardness * np.exp(0.12 * rng.standard_normal())
    delay = 0.004 + 0.016 * min(pace, 1.2)  # of the slap: a fast foot lands further back on its heel
    accel += _impact(tau - times.landing, peak_g, delay, surface.ringing_hz, rng)
    accel += _push_noise(tau - times.push(0.04), 0.04 * peak_g, rng)
    if land.stumble:
        accel[:, 0] -= _pulse(tau - times.trough - 0.45 * times.swing, 0.012, 7.0)
    for axis, goal in enumerate((distance, 0.0, land.climb_m)):
        _close(accel[:, axis], tau, times, goal)
    roll = _roll(tau, times, vary[2])
    return Wave(start, end, _to_shoe(accel, np.radians(rate), roll))


def _impact_g(land: Contact, speed: float) -> float:
    """Size of the impact: with it |a| peaks at 6 g when jogging and at 16 g at 3.8 m/s."""
    return float(np.clip(7.2 * speed - 6.2, 2.0, 27.0)) * land.load


def _pitch_rate(
    tau: Floats,
    times: _Times,
    ends: tuple[Contact, Contact],
    pace: float,
    rng: np.random.Generator,
) -> Floats:
    """Pitch rate in deg/s; its positive lobe is sized so that the shoe ends flat again."""
    trough = 600.0 * pace**0.45
    slap = 850.0 * pace**0.9 * (1.0 if ends[1].running else 0.6)
    flat = [-0.08 * trough if c.running and np.isfinite(c.ic_s) and np.isfinite(c.tc_s) else 0.0
            for c in ends]  # fmt: skip
    fast = float(np.clip((pace - 0.5) / 0.5, 0.0, 1.0))
    rise_from = 0.26 + 0.18 * fast
    zero = times.trough + rise_from * times.swing
    knots = [(0.0, flat[0])]
    knots += [(times.push(dt), trough * r) for dt, r, _, _ in _PUSH]
    last = knots[-1][0]
    if zero - last > 0.04:
        knots += [
            (last + 0.3 * (zero - last), -0.62 * trough),
            (zero - 0.2 * (zero - last), -0.2 * trough),
        ]
    knots = [k for k in knots if k[0] < zero - 0.005]
    peak = 640.0 * pace**0.5
    knots += [(zero + s * (times.crossing - zero), peak * (fast * a + (1.0 - fast) * b)) for s, a, b in _RISE]
    knots += [(times.crossing, 0.0)]
    landing = _landing_s(times)
    knots += [(times.crossing + s * landing, slap * r) for s, r, _, _ in _LAND]
    knots += [(times.end, flat[1])]
    rate = _curve(tau, knots) + _slap_ring(tau - times.landing, slap, rng)
    positive = rate > 0.0
    excess = -rate[~positive].sum() / rate[positive].sum()
    return np.where(positive, rate * excess, rate)


def _slap_ring(since: Floats, slap: float, rng: np.random.Generator) -> Floats:
    """The foot rebounds from its slap at some 20 Hz, and the shoe rattles at twice that."""
    t = np.maximum(since - 0.026, 0.0)[:, None]
    hz = np.array([20.0, 52.0]) * np.exp(0.15 * rng.standard_normal(2))
    size = rng.normal((0.35, 0.0), (0.2, 0.45))
    rings = size * np.sin(2 * np.pi * hz * t) * np.exp(-t / np.array([0.018, 0.022]))
    return np.asarray(slap * rings.sum(axis=1))


def _landing_s(times: _Times) -> float:
    return min(_LANDING_S, times.end - times.crossing)


def _translation(tau: Floats, times: _Times, pace: float, distance: float) -> Floats:
    """Forward and upward acceleration in g without impacts; forward is sized by the distance."""
    landing = _landing_s(times)
    push = [(times.push(dt), x, z) for dt, _, x, z in _PUSH]
    land = [(times.crossing + s * landing, x, z) for s, _, x, z in _LAND]

    def at(share: float) -> float:
        return times.trough + share * times.swing

    push = [k for k in push if k[0] < at(0.22)]
    forward = [(0.0, 0.0), *((t, x) for t, x, _ in push), *((at(s), x) for s, x in _SWING_X)]
    brake = [*((at(s), x) for s, x in _BRAKE_X), *((t, x) for t, x, _ in land), (times.end, 0.0)]
    up = [(0.0, 0.0), *((t, z) for t, _, z in push), *((at(s), z) for s, z in _SWING_Z),
          *((t, z) for t, _, z in land), (times.end, 0.0)]  # fmt: skip
    accel = np.zeros((tau.size, 3))
    drive = _curve(tau, [*forward, (times.end, 0.0)])
    stop = _curve(tau, [(0.0, 0.0), *brake])
    speeds = np.array([[f.sum(), (f * (times.end - tau)).sum()] for f in (drive, stop)]) * (G / RATE_HZ)
    sizes = np.linalg.solve(speeds.T, np.array([0.0, distance]))
    accel[:, 0] = sizes[0] * drive + sizes[1] * stop
    accel[:, 2] = pace * _curve(tau, up)
    return accel


def _impact(since: Floats, peak_g: float, delay_s: float, hz_base: float, rng: np.random.Generator) -> Floats:
    """A landing's shock: the heel's touch, the sole's slap a little later, the shoe's ringing."""
    touch = np.maximum(since, 0.0)
    slap = np.maximum(since - max(0.002, rng.normal(delay_s, 0.004)), 0.0)
    hz = hz_base * np.exp(0.10 * rng.standard_normal(3))
    kick = peak_g * rng.normal((-0.30, 0.45, 1.25), (0.25, 0.25, 0.15))
    out = 0.3 * kick * _damped(touch, 1.2 * hz, 0.012)
    out += kick * _damped(slap, 0.75 * hz, 0.020)
    out += 0.35 * peak_g * _damped(slap, 2.1 * hz * rng.uniform(0.8, 1.2, 3), 0.028)
    return np.asarray(out)


def _damped(t: Floats, hz: Floats, decay_s: float) -> Floats:
    """Swings that start from zero at t = 0 and die away, one column per frequency."""
    return np.asarray(np.sin(2 * np.pi * t[:, None] * hz) * np.exp(-t / decay_s)[:, None])


def _push_noise(since: Floats, size_g: float, rng: np.random.Generator) -> Floats:
    """Rattle of the shoe while it leaves the ground: some 20 to 90 Hz over 80 ms."""
    window = np.exp(-((since / 0.035) ** 2))
    noise = rng.standard_normal((since.size, 3))
    kernel = np.hanning(11)
    for axis in range(3):
        noise[:, axis] = np.convolve(noise[:, axis], kernel / kernel.sum() * 3.0, mode="same")
    return size_g * window[:, None] * noise


def _pulse(since: Floats, width_s: float, size_g: float) -> Floats:
    return size_g * np.exp(-((since / width_s) ** 2))


def _close(accel: Floats, tau: Floats, times: _Times, goal_m: float) -> None:
    """Correct an acceleration by two broad swings so that it ends at rest and at the goal."""
    shares = (tau - times.trough) / times.swing
    bumps = [np.where(abs(shares - c) < 0.25, np.cos(2 * np.pi * (shares - c)) ** 2, 0.0)
             for c in (0.38, 0.72)]  # fmt: skip
    left = times.end - tau
    matrix = np.array([[b.sum(), (b * left).sum()] for b in bumps]).T * (G / RATE_HZ)
    missing = np.array([0.0, goal_m]) - np.array([accel.sum(), (accel * left).sum()]) * (G / RATE_HZ)
    sizes = np.linalg.solve(matrix, missing)
    accel += sizes[0] * bumps[0] + sizes[1] * bumps[1]


def _roll(tau: Floats, times: _Times, size: float) -> Floats:
    """Roll angle in rad: the foot lands on its outer edge and then settles inwards."""
    landing = _landing_s(times)
    knots = [(0.0, -3.0), (times.trough, 2.0), (times.trough + 0.3 * times.swing, 8.0),
             (times.crossing, 6.0), (times.crossing + 0.35 * landing, 5.0),
             (times.crossing + 0.8 * landing, -4.0), (times.end, -3.0)]  # fmt: skip
    return np.radians(size * _curve(tau, knots))


def _to_shoe(accel: Floats, rate: Floats, roll: Floats) -> Floats:
    """World acceleration (g) and pitch rate (rad/s) to what a sensor on the shoe feels."""
    pitch = np.cumsum(rate) / RATE_HZ
    roll_rate = np.gradient(roll) * RATE_HZ
    x, y, z = accel[:, 0], accel[:, 1], accel[:, 2] + 1.0
    forward = x * np.cos(pitch) + z * np.sin(pitch)
    upward = -x * np.sin(pitch) + z * np.cos(pitch)
    # Toe-up is a negative turn about y (to the left); then roll about the shoe's own length.
    values = (
        forward,
        y * np.cos(roll) + upward * np.sin(roll),
        -y * np.sin(roll) + upward * np.cos(roll),
        np.degrees(roll_rate),
        np.degrees(-rate * np.cos(roll)),
        np.degrees(rate * np.sin(roll)),
    )
    return np.stack(values, axis=1)


def _curve(x: Floats, knots: list[tuple[float, float]]) -> Floats:
    """Smooth line through knots that never overshoots: extrema lie on knots (Fritsch-Carlson)."""
    at, y = np.array(sorted(knots)).T
    step = np.diff(at)
    slope = np.diff(y) / step
    product = slope[:-1] * slope[1:]
    total = slope[:-1] + slope[1:]
    inner = np.where(product > 0, 2 * product / np.where(total == 0, 1.0, total), 0.0)
    tangent = np.concatenate(([0.0], inner, [0.0]))
    i = np.clip(np.searchsorted(at, x, side="right") - 1, 0, len(step) - 1)
    h = step[i]
    s = np.clip((x - at[i]) / h, 0.0, 1.0)
    return np.asarray(
        (1 + 2 * s) * (1 - s) ** 2 * y[i]
        + s * (1 - s) ** 2 * h * tangent[i]
        + s**2 * (3 - 2 * s) * y[i + 1]
        + s**2 * (s - 1) * h * tangent[i + 1]
    )
