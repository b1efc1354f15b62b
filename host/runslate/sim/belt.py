"""An emulated treadmill's belt: a speed over time, and the instants at which its sensor sees a pulse."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class BeltProfile:
    """A belt whose speed goes straight from one point to the next, and stays as it is after the last.

    Attributes:
        points: scene time in seconds, speed in m/s, in the order of time; before the first the belt rests.
        pulse_um: micrometres of belt per pulse.
    """

    points: tuple[tuple[float, float], ...]
    pulse_um: int = 50_000

    def speed_m_s(self, t_s: float) -> float:
        """Return the speed at a scene time."""
        for (t0, v0), (t1, v1) in pairwise(self.points):
            if t0 <= t_s < t1:
                return v0 + (v1 - v0) * (t_s - t0) / (t1 - t0)
        return self.points[-1][1] if t_s >= self.points[-1][0] else 0.0

    def distance_m(self, t_s: float) -> float:
        """Return how far the belt has run by a scene time."""
        distance = 0.0
        for (t0, v0), (t1, v1) in pairwise(self.points):
            if t_s <= t0:
                return distance
            part = min(t_s, t1) - t0
            distance += part * (v0 + (v1 - v0) / (t1 - t0) * part / 2)
        t0, v0 = self.points[-1]
        return distance + v0 * max(0.0, t_s - t0)

    def pulses(self, t_s: float) -> int:
        """Return how many pulses there were by a scene time."""
        # A pulse that is due at this very instant has come, whatever the last bit of the distance says.
        return math.floor(self.distance_m(t_s) * 1e6 / self.pulse_um + 1e-9)

    def pulse_s(self, number: int) -> float:
        """Return the scene time of a pulse, counted from 1; infinity when the belt stops before it."""
        wanted = number * self.pulse_um * 1e-6
        done = 0.0
        for (t0, v0), (t1, v1) in pairwise(self.points):
            stretch = (v0 + v1) / 2 * (t1 - t0)
            if done + stretch >= wanted:
                return t0 + _time_for(wanted - done, v0, (v1 - v0) / (t1 - t0))
            done += stretch
        t0, v0 = self.points[-1]
        return t0 + (wanted - done) / v0 if v0 > 0 else math.inf


def _time_for(distance: float, speed: float, acceleration: float) -> float:
    """Solve distance = speed * t + acceleration * t^2 / 2 for the first t, without cancellation."""
    root = math.sqrt(max(0.0, speed * speed + 2 * acceleration * distance))
    return 2 * distance / (speed + root) if speed + root > 0 else 0.0
