"""Events: 16 bytes each, in frames and in pages alike."""

from __future__ import annotations

from typing import Final, NamedTuple

from .constants import Documented
from .record import U8, U16, U32, Record, wire


class EventKind(Documented):
    """What happened."""

    IC = 1, "Initial contact: the foot touched the ground."
    TC = 2, "Terminal contact: the foot left the ground."
    STRIDE = 3, "One stride, from initial contact to the next of the same foot."
    HIT = 4, "A peak far above the runner's own steps."
    LIMP = 5, "The foot's share of contact moved away from the runner's own baseline."
    FALL = 6, "A hit, then no more strides, and the foot tilted or still."
    REEL = 7, "A reel was started or closed."
    GAP = 8, "Samples were lost: the sensor's FIFO overran."
    BATTERY = 9, "Supply voltage."
    BELT = 10, "Pulses of a treadmill's belt; ticks count the board's clock from the reel's start."


class EventFlag(Documented):
    """Bits of an event's flags."""

    RUNNING = 1 << 0, "The stride belongs to running, not to walking."
    CLIPPED_ACCEL = 1 << 1, "Acceleration reached the sensor's range."
    CLIPPED_GYRO = 1 << 2, "Angular rate reached the sensor's range."
    REVISED = 1 << 3, "The label was set after the fact, when more strides were known."
    UNCERTAIN = 1 << 4, "The detector has not made up its mind."
    PROVISIONAL = 1 << 5, "Announced early: a final event of the same contact follows without this bit."


class ReelChange(Documented):
    """First parameter of a REEL event."""

    STARTED = 1, "Recording began."
    CLOSED = 2, "Recording ended; the second parameter says why."


class LimpLevel(Documented):
    """Fourth parameter of a LIMP event."""

    AMBER = 1, "Worth a look."
    RED = 2, "Worth a stop."


class FallKind(Documented):
    """Fourth parameter of a FALL event."""

    STUMBLE = 1, "Strides stopped after a hit, but the foot came back upright."
    FALL = 2, "Strides stopped after a hit, and the foot lies tilted or still."


class Parameter(NamedTuple):
    """Name and meaning of one of an event's five numbers."""

    name: str
    doc: str


PARAMETERS: Final[dict[EventKind, tuple[Parameter, ...]]] = {
    EventKind.IC: (
        Parameter("peak_mg", "Peak acceleration of the contact, mg."),
        Parameter("latency_ms", "From the contact to the event, milliseconds."),
    ),
    EventKind.TC: (Parameter("gct", "Ground contact time, ticks, at most 65535."),),
    EventKind.STRIDE: (
        Parameter("duration", "Length of the stride, ticks."),
        Parameter("gct", "Ground contact time, ticks."),
        Parameter("swing", "Time in the air, ticks."),
        Parameter("peak_mg", "Peak acceleration of the stride, mg."),
        Parameter("swing_peak", "Peak angular rate of the swing, 0.1 degrees per second."),
    ),
    EventKind.HIT: (
        Parameter("peak_mg", "Peak acceleration, mg."),
        Parameter("baseline_mg", "The runner's usual peak, mg."),
    ),
    EventKind.LIMP: (
        Parameter("contact_share", "Contact time per stride over the last running strides, 1/1000."),
        Parameter("baseline_share", "The same of the runner's own baseline, 1/1000."),
        Parameter("strides", "Strides in the baseline."),
        Parameter("level", "1 amber, 2 red."),
    ),
    EventKind.FALL: (
        Parameter("peak_mg", "Peak acceleration of the hit, mg."),
        Parameter("tilt_deg", "Angle from the foot's attitude before the hit, degrees."),
        Parameter("quiet_ms", "Time without strides since the hit, milliseconds."),
        Parameter("kind", "1 stumble, 2 fall."),
    ),
    EventKind.REEL: (
        Parameter("change", "1 started, 2 closed."),
        Parameter("reason", "Why it was closed: a Reason."),
    ),
    EventKind.GAP: (Parameter("samples", "Samples lost, at most 65535."),),
    EventKind.BATTERY: (Parameter("battery_mv", "Supply voltage, mV."),),
    EventKind.BELT: (
        Parameter("pulses_low", "Pulses since the reel's start, lower 16 bits."),
        Parameter("pulses_high", "Upper 16 bits."),
        Parameter("interval_low", "Microseconds between the last two pulses, lower 16 bits; 0 if there were none."),
        Parameter("interval_high", "Upper 16 bits."),
    ),
}
"""What p0 to p4 mean, by kind; parameters not listed are 0."""


class Event(Record):
    """Something that the node noticed, at an instant of its sensor's clock."""

    kind: int = wire(U8 * "What happened.", values=EventKind)
    flags: int = wire(U8 * "Bits that qualify it.", values=EventFlag, default=0)
    tick: int = wire(U32 * "When: sensor ticks of nominally 25 us, as in the reel's pages.")
    p0: int = wire(U16 * "First parameter, by kind.", default=0)
    p1: int = wire(U16 * "Second parameter.", default=0)
    p2: int = wire(U16 * "Third parameter.", default=0)
    p3: int = wire(U16 * "Fourth parameter.", default=0)
    p4: int = wire(U16 * "Fifth parameter.", default=0)

    def parameters(self) -> dict[str, int]:
        """The parameters by the names of this kind; empty for an unknown kind."""
        numbers = (self.p0, self.p1, self.p2, self.p3, self.p4)
        known = {int(kind): names for kind, names in PARAMETERS.items()}
        return {p.name: n for p, n in zip(known.get(self.kind, ()), numbers, strict=False)}
