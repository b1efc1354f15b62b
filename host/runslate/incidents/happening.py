"""From alarms to happenings: what belongs together, and what it is called. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runslate_protocol.events import FallKind, LimpLevel

from runslate.analysis.tables import Alarm

JOIN_US = {"hit": 2_000_000, "limp": 60_000_000, "fall": 5_000_000}
"""Alarms of one runner and kind that follow within this are one happening: both feet tell of a fall,
a limp is told again when it grows."""

HIT_BEFORE_FALL_US = 5_000_000
"""A hit so shortly before a fall belongs to it: a fall begins with one."""

NOT_MEDICAL = (
    "Runslate is not a medical device. This is the record of what sensors on the shoes measured; it is no "
    "diagnosis, and the absence of an entry is no clearance of health."
)


@dataclass(frozen=True)
class Happening:
    """Alarms of one runner that belong together."""

    runner: str
    kind: str
    """"hit", "limp" or "fall"."""
    alarms: tuple[Alarm, ...]

    @property
    def start_us(self) -> int:
        """When it was first told."""
        return min(alarm.t_us for alarm in self.alarms)

    @property
    def worst(self) -> Alarm:
        """The alarm of this kind that says most."""
        own = [alarm for alarm in self.alarms if alarm.kind == self.kind]
        return max(own, key=_weight)

    @property
    def keys(self) -> list[str]:
        """Names of its alarms that stay the same however often a take is collected again."""
        return [key_of(alarm) for alarm in self.alarms]


def key_of(alarm: Alarm) -> str:
    """Name an alarm: node, reel, kind and sensor tick."""
    return f"{alarm.uid}-{alarm.reel}-{alarm.kind}-{alarm.tick}"


def happenings(alarms: Sequence[Alarm]) -> list[Happening]:
    """Join alarms that belong together, in order of time."""
    found: list[Happening] = []
    for runner in dict.fromkeys(alarm.runner for alarm in alarms):
        mine = sorted((a for a in alarms if a.runner == runner), key=lambda alarm: alarm.t_us)
        falls = _joined(runner, "fall", [a for a in mine if a.kind == "fall"])
        falls = [_with_hits(fall, mine) for fall in falls]
        taken = {key for fall in falls for key in fall.keys}
        rest = [alarm for alarm in mine if key_of(alarm) not in taken]
        found += falls
        for kind in ("hit", "limp"):
            found += _joined(runner, kind, [a for a in rest if a.kind == kind])
    return sorted(found, key=lambda happening: happening.start_us)


def _joined(runner: str, kind: str, alarms: Sequence[Alarm]) -> list[Happening]:
    groups: list[list[Alarm]] = []
    for alarm in alarms:
        if groups and alarm.t_us - groups[-1][-1].t_us <= JOIN_US[kind]:
            groups[-1].append(alarm)
        else:
            groups.append([alarm])
    return [Happening(runner, kind, tuple(group)) for group in groups]


def _with_hits(fall: Happening, alarms: Sequence[Alarm]) -> Happening:
    first = min(alarm.t_us for alarm in fall.alarms)
    last = max(alarm.t_us for alarm in fall.alarms)
    hits = [a for a in alarms if a.kind == "hit" and first - HIT_BEFORE_FALL_US <= a.t_us <= last]
    return Happening(fall.runner, "fall", (*hits, *fall.alarms))


def _weight(alarm: Alarm) -> tuple[int, int]:
    numbers = alarm.numbers
    return numbers.get("level", 0) or numbers.get("kind", 0), numbers.get("peak_mg", 0)


def title(happening: Happening) -> str:
    """Name a happening in two or three words."""
    numbers = happening.worst.numbers
    if happening.kind == "hit":
        return "hit"
    if happening.kind == "limp":
        return "possible limp, marked" if numbers.get("level") == LimpLevel.RED else "possible limp"
    return "stumble" if numbers.get("kind") == FallKind.STUMBLE else "possible fall"


def measured(happening: Happening) -> str:
    """Say in one sentence what was measured."""
    alarm = happening.worst
    n = alarm.numbers
    foot = f" ({alarm.foot} foot)" if alarm.foot else ""
    if happening.kind == "hit":
        peak, usual = n.get("peak_mg", 0) / 1000, n.get("baseline_mg", 0) / 1000
        return f"Peak of {peak:.1f} g{foot}; this runner's usual peak is {usual:.1f} g."
    if happening.kind == "limp":
        return _limp_words(n, foot, alarm.source)
    quiet = n.get("quiet_ms", 0) / 1000
    return (
        f"Peak of {n.get('peak_mg', 0) / 1000:.1f} g{foot}, then {quiet:.1f} s without strides; "
        f"the shoe lay {n.get('tilt_deg', 0)} degrees from its attitude before."
    )


def _limp_words(numbers: dict[str, int], foot: str, source: str) -> str:
    if source != "tag":
        si, usual = numbers.get("si", 0), numbers.get("baseline_si", 0)
        side = "left" if si > usual else "right"
        return (
            f"The symmetry index of contact time went from {usual:+d} to {si:+d} points: the {side} foot stays longer "
            "on the ground than it did."
        )
    share, usual_share = numbers.get("contact_share", 0) / 10, numbers.get("baseline_share", 0) / 10
    return (
        f"Contact takes {share:.1f} % of a stride{foot}; over the runner's own first "
        f"{numbers.get('strides', 0)} strides it was {usual_share:.1f} %."
    )
