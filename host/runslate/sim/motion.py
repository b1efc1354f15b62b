"""What an emulated shoe does: the `Motion` protocol, its truth, and standing still."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Sampled = tuple[Floats, Floats | None]

# Two contacts of one foot further apart than this are not one running stride any more.
LONGEST_RUNNING_STRIDE_S = 1.6
# How much of a motion's start or end tells where gravity points before or after it.
_REST_WINDOW_S = 2.0


def _no_floats() -> Floats:
    return np.zeros(0)


def _no_bools() -> NDArray[np.bool_]:
    return np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True)
class Truth:
    """What really happened, in seconds of the motion.

    Attributes:
        ic_s: instants of initial contact of this foot, ascending.
        tc_s: terminal contacts; `tc_s[i]` ends the contact that began at `ic_s[i]`. May be empty.
        running: per contact, whether it is a running one (else walking).
        bouts: running intervals (start, end), from the first to the last running contact.
        stumbles: instants of stumbles and falls.
        note: how exact this is.
    """

    ic_s: Floats = field(default_factory=_no_floats)
    tc_s: Floats = field(default_factory=_no_floats)
    running: NDArray[np.bool_] = field(default_factory=_no_bools)
    bouts: tuple[tuple[float, float], ...] = ()
    stumbles: tuple[float, ...] = ()
    note: str = ""

    def stride_s(self) -> Floats:
        """Return durations in seconds of the running strides (IC to IC of this foot)."""
        if self.ic_s.size < 2:
            return np.zeros(0)
        duration = np.diff(self.ic_s)
        both = self.running[:-1] & self.running[1:]
        return duration[both & (duration < LONGEST_RUNNING_STRIDE_S)]

    def strides(self) -> int:
        """Return how many running strides there are."""
        return int(self.stride_s().size)

    def gct_ms(self) -> Floats:
        """Return contact times in ms of the running contacts; empty without `tc_s`."""
        if self.tc_s.size != self.ic_s.size:
            return np.zeros(0)
        return (self.tc_s - self.ic_s)[self.running] * 1e3

    def cadence_spm(self) -> float:
        """Return the mean cadence of the running strides in steps per minute (0 if none)."""
        duration = self.stride_s()
        return float(120.0 / duration.mean()) if duration.size else 0.0

    def as_dict(self) -> dict[str, object]:
        """Return the truth as plain lists for JSON."""
        return {
            "ic_s": [round(float(t), 6) for t in self.ic_s],
            "tc_s": [round(float(t), 6) for t in self.tc_s],
            "running": [bool(r) for r in self.running],
            "bouts": [list(bout) for bout in self.bouts],
            "stumbles": list(self.stumbles),
            "strides": self.strides(),
            "note": self.note,
        }


class Motion(Protocol):
    """Acceleration and angular rate at the shoe as a function of time."""

    @property
    def duration_s(self) -> float:
        """How long it lasts; before and after it the shoe stands still."""
        ...

    def sample(self, t_s: Floats) -> Sampled:
        """Return specific force (n, 3) in g and angular rate (n, 3) in deg/s or None.

        Args:
            t_s: ascending instants (n,) within 0 .. `duration_s`.
        """
        ...

    def truth(self) -> Truth:
        """Return what really happens in it."""
        ...


class Standing:
    """Stands still, tilted as a tag on a shoe's instep is."""

    def __init__(self, duration_s: float = 60.0, tilt_deg: float = 20.0) -> None:
        self.duration_s = duration_s
        tilt = np.radians(tilt_deg)
        self._up = np.array([np.sin(tilt), 0.0, np.cos(tilt)])

    def sample(self, t_s: Floats) -> Sampled:
        """Return 1 g along the tilted vertical and no rotation."""
        return np.tile(self._up, (t_s.size, 1)), np.zeros((t_s.size, 3))

    def truth(self) -> Truth:
        """Return an empty truth: nothing happens."""
        return Truth()


class Playback:
    """A motion laid on the scene time, with standing still before and after it.

    Args:
        motion: what is played.
        zero_s: scene time at which it begins; None: not begun yet, the shoe stands.
    """

    def __init__(self, motion: Motion, zero_s: float | None) -> None:
        self.motion = motion
        self.zero_s = zero_s
        self.has_gyro = motion.sample(np.zeros(1))[1] is not None
        window = min(_REST_WINDOW_S, motion.duration_s)
        self._before = _rest(motion, 0.0, window)
        self._after = _rest(motion, motion.duration_s - window, motion.duration_s)

    @property
    def end_s(self) -> float:
        """Scene time at which the motion is over (inf if it has not begun)."""
        return np.inf if self.zero_s is None else self.zero_s + self.motion.duration_s

    def sample(self, scene_s: Floats) -> tuple[Floats, Floats]:
        """Return specific force in g and angular rate in deg/s (zeros without a gyroscope)."""
        t = scene_s - (np.inf if self.zero_s is None else self.zero_s)
        accel = np.where((t < 0.0)[:, None], self._before, self._after)
        gyro = np.zeros((t.size, 3))
        inside = (t >= 0.0) & (t <= self.motion.duration_s)
        if inside.any():
            a, w = self.motion.sample(t[inside])
            accel[inside] = a
            if w is not None:
                gyro[inside] = w
        return accel, gyro


def _rest(motion: Motion, start_s: float, end_s: float) -> Floats:
    """Return the unit vector of the mean specific force: over a while of any gait it is gravity."""
    accel, _ = motion.sample(np.linspace(start_s, end_s, 200))
    mean = accel.mean(axis=0)
    size = float(np.linalg.norm(mean))
    return mean / size if size > 0.1 else np.array([0.0, 0.0, 1.0])
