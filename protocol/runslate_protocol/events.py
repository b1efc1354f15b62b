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
    LIMP = 5, "Reserved."
    FALL = 6, "Reserved."
    REEL = 7, "A reel was started or closed."
    GAP = 8, "Samples were lost: the sensor's FIFO overran."
    BATTERY = 9, "Supply voltage."


class EventFlag(Documented):
    """Bits of an event's flags."""

    RUNNING = 1 << 0, "The stride belongs to running, not to walking."
    CLIPPED_ACCEL = 1 << 1, "Acceleration reached the sensor's range."
    CLIPPED_GYRO = 1 << 2, "Angular rate reached the sensor's range."
    REVISED = 1 << 3, "The label was set after the fact, when more strides were known."
    UNCERTAIN = 1 << 4, "The detector has not made up its mind."


class ReelChange(Documented):
    """First parameter of a REEL event."""

    STARTED = 1, "Recording began."
    CLOSED = 2, "Recording ended; the second parameter says why."


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
    EventKind.LIMP: (),
    EventKind.FALL: (),
    EventKind.REEL: (
        Parameter("change", "1 started, 2 closed."),
        Parameter("reason", "Why it was closed: a Reason."),
    ),
    EventKind.GAP: (Parameter("samples", "Samples lost, at most 65535."),),
    EventKind.BATTERY: (Parameter("battery_mv", "Supply voltage, mV."),),
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
