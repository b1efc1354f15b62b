"""Who sets which foot down when: from a few segments to every contact of both feet.

Both the parametric runner and the warped recordings are driven by this, so their truth is alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from runslate.errors import RunslateError
from runslate.sim.motion import Truth

Kind = Literal["stand", "walk", "run"]
Foot = Literal["left", "right"]
FEET: tuple[Foot, Foot] = ("right", "left")  # the right foot takes the first step

# A step's instant strays from the beat by this (standard deviation), with memory from step to
# step: stride durations of steady runners vary by 1 to 2 %.
_STRAY_S = 0.005
_STRAY_MEMORY = 0.6
# Beside it the beat itself wanders by some 25 ms over tens of steps. Two runners with one cadence
# drift to and fro by that, unless one follows the other.
_WANDER_S = 0.005
_WANDER_MEMORY = 0.98
# Contact times of steady runners vary by this (standard deviation): 8.5 ms of 221 in a recording.
_GCT_STRAY = 0.025
# What a shoe shows of a contact's end and beginning strays by this: it keeps contact times from reading too exactly.
_EVENT_STRAY_S = 0.004
# A limp of so many points moves the spared foot's successor by this share of a step.
_LIMP_HURRY = 0.06 / 25.0
# Speed over the first steps after standing and, reversed, over the last.
_RAMP = (0.45, 0.75, 0.95)
# From the decision to move until the first foot leaves the ground.
_REACTION_S = 0.15
# The first step lasts this many usual ones: its swing starts from standing.
_FIRST_STEP = 1.3
_WALK_DUTY = 0.62


@dataclass(frozen=True)
class Segment:
    """A stretch of one gait.

    Attributes:
        kind: "stand", "walk" or "run".
        seconds: how long.
        cadence_spm: steps per minute (both feet).
        speed_mps: speed in m/s.
        gct_ms: contact time in ms; 0: from speed and cadence.
        beat: instants of another runner's steps (right, left, right ...) to keep in step with; the
            cadence is then theirs.
        climb_m: how much higher each stride ends: stairs, up or down.
        asymmetry_pct: beside the runner's own: a road's camber, a bend.
    """

    kind: Kind
    seconds: float
    cadence_spm: float = 0.0
    speed_mps: float = 0.0
    gct_ms: float = 0.0
    beat: tuple[float, ...] = ()
    climb_m: float = 0.0
    asymmetry_pct: float = 0.0


@dataclass(frozen=True)
class Habits:
    """How this runner differs from a perfectly even one.

    Attributes:
        asymmetry_pct: symmetry index of contact time, positive: longer on the left.
        fatigue: 0 (fresh) .. 1: at the end contacts are 8 % longer, steps 2 % slower, impacts
            20 % harder.
        limp_from_s: from then on the foot `limp_foot` is spared; None: never.
        limp_points: by how many points the limp moves the symmetry index of contact time.
        fall_at_s, stumble_at_s: instants; a fall ends the running.
        gct_stray: spread of contact times, as a share of them.
        event_stray_s: how far what a shoe shows strays from the contact's true end and beginning.
    """

    asymmetry_pct: float = 0.0
    fatigue: float = 0.0
    limp_from_s: float | None = None
    limp_foot: Foot = "left"
    limp_points: float = 25.0
    stumble_at_s: float | None = None
    fall_at_s: float | None = None
    gct_stray: float = _GCT_STRAY
    event_stray_s: tuple[float, float] = (_EVENT_STRAY_S, _EVENT_STRAY_S)


@dataclass(frozen=True)
class Contact:
    """One foot on the ground.

    Attributes:
        ic_s, tc_s: initial and terminal contact; -inf / inf where the foot stood before / stays.
        gct_s: contact time in s, also where the foot stays.
        speed_mps: speed of the body.
        running: running, else walking.
        load: impact relative to the runner's usual one.
        stumble: the swing before this contact hit something.
        climb_m: how much higher it is than the contact before.
    """

    ic_s: float
    tc_s: float
    gct_s: float
    speed_mps: float
    running: bool
    load: float = 1.0
    stumble: bool = False
    climb_m: float = 0.0


@dataclass(frozen=True)
class Course:
    """All contacts of both feet; one list of moves (standing to standing) per foot."""

    duration_s: float
    steps: tuple[float, ...]
    moves: dict[Foot, tuple[tuple[Contact, ...], ...]]
    stumbles: tuple[float, ...] = ()

    def truth(self, foot: Foot, note: str = "exact: the movement is made from these instants") -> Truth:
        """Return the truth for the tag on one foot."""
        contacts = [c for move in self.moves[foot] for c in move if np.isfinite(c.ic_s)]
        return Truth(
            ic_s=np.array([c.ic_s for c in contacts]),
            tc_s=np.array([c.tc_s if np.isfinite(c.tc_s) else np.nan for c in contacts]),
            running=np.array([c.running for c in contacts], dtype=np.bool_),
            bouts=_bouts(contacts),
            stumbles=self.stumbles,
            note=note,
        )


def contact_time_s(kind: Kind, speed_mps: float, cadence_spm: float) -> float:
    """Return a usual contact time.

    Running: 227 ms at 3.8 m/s (a foot pod's mean over an open recording) and 45 ms less per m/s,
    the slope of treadmill studies between 2.5 and 5 m/s; never over 45 % of a stride.
    """
    stride_s = 120.0 / cadence_spm
    if kind == "walk":
        return _WALK_DUTY * stride_s
    return float(np.clip(0.227 + 0.045 * (3.8 - speed_mps), 0.13, 0.45 * stride_s))


def lay_course(segments: tuple[Segment, ...], habits: Habits, seed: int) -> Course:
    """Return every contact of these segments, one after another from 0 s.

    Raises:
        RunslateError: a moving segment has no cadence or speed.
    """
    rng = np.random.default_rng([seed, 0xC0])
    total = sum(segment.seconds for segment in segments)
    moves: dict[Foot, list[tuple[Contact, ...]]] = {"left": [], "right": []}
    steps: list[float] = []
    start = 0.0
    group: list[tuple[float, Segment]] = []
    for segment in (*segments, Segment("stand", 0.0)):
        if segment.kind != "stand":
            _check(segment)
            group.append((start, segment))
        elif group:
            instants = _instants(group, habits, total, rng)
            steps += [t for t, _ in instants]
            for index, foot in enumerate(FEET):
                mine = list(enumerate(instants))[index::2]
                stray = 1.0 + habits.gct_stray * rng.standard_normal(len(mine))
                contacts = [
                    _contact(k, instants, foot, habits, total, float(s)) for (k, _), s in zip(mine, stray, strict=True)
                ]
                moves[foot].append(_stand_at_ends(contacts, group[0][0], instants))
            group = []
        start += segment.seconds
    stumbles = [t for t in (habits.stumble_at_s, habits.fall_at_s) if t is not None]
    return Course(total, tuple(steps), {f: tuple(m) for f, m in moves.items()}, tuple(stumbles))


def _check(segment: Segment) -> None:
    if segment.cadence_spm <= 0 or segment.speed_mps <= 0:
        raise RunslateError(
            f"A {segment.kind} segment of {segment.seconds} s has no cadence or no speed.",
            "Both must be positive for anything but standing.",
            "Give cadence_spm and speed_mps.",
        )


def _instants(
    group: list[tuple[float, Segment]], habits: Habits, total: float, rng: np.random.Generator
) -> list[tuple[float, Segment]]:
    """Instants of steps (right, left, ...) from one standing to the next, with their segment."""
    start, first = group[0]
    step = 60.0 / first.cadence_spm
    t = start + _REACTION_S + _FIRST_STEP * step
    limit = habits.fall_at_s if habits.fall_at_s is not None else np.inf
    found: list[tuple[float, Segment]] = []
    stray = wander = 0.0
    for begin, segment in group:
        end = min(begin + segment.seconds, limit)
        beat = [b for b in segment.beat if t <= b < end]
        if beat:
            # Fall in with the other's feet: an even number of steps has to lie between.
            even = len(found) % 2
            beat = beat[(segment.beat.index(beat[0]) + even) % 2 :]
        while t < end if not segment.beat else bool(beat):
            t = beat.pop(0) if beat else t
            stray = _STRAY_MEMORY * stray + rng.normal(0.0, _STRAY_S * 0.8)
            wander = 0.0 if segment.beat else _WANDER_MEMORY * wander + rng.normal(0.0, _WANDER_S)
            found.append((t + stray + wander + _uneven(t, len(found), habits, segment), segment))
            tired = 1.0 + 0.02 * habits.fatigue * t / total
            t += 60.0 / segment.cadence_spm * tired
    return found


def _uneven(t: float, index: int, habits: Habits, segment: Segment) -> float:
    """A limping runner hurries off the spared foot: its successor comes early."""
    limping = habits.limp_from_s is not None and t >= habits.limp_from_s
    if limping and FEET[index % 2] != habits.limp_foot:
        return -_LIMP_HURRY * habits.limp_points * 60.0 / segment.cadence_spm
    return 0.0


def _contact(
    index: int,
    instants: list[tuple[float, Segment]],
    foot: Foot,
    habits: Habits,
    total: float,
    stray: float,
) -> Contact:
    """The contact that one step begins."""
    t, segment = instants[index]
    ramp = min(_ramp(index), _ramp(len(instants) - 1 - index))
    gct, load = _gct_and_load(t, segment, foot, habits, total)
    gct *= stray
    return Contact(
        ic_s=t,
        tc_s=t + gct,
        gct_s=gct,
        speed_mps=ramp * segment.speed_mps,
        running=segment.kind == "run",
        load=load,
        stumble=_stumbles_before(t, habits, 120.0 / segment.cadence_spm),
        climb_m=segment.climb_m,
    )


def _stand_at_ends(contacts: list[Contact], start: float, instants: list[tuple[float, Segment]]) -> tuple[Contact, ...]:
    """Let a foot's first contact follow a standing one, and its last become standing."""
    if not contacts:
        return ()
    first, last = contacts[0], contacts[-1]
    swing = max(120.0 / instants[0][1].cadence_spm - first.gct_s, 0.25)
    leaves = max(start + 0.05, first.ic_s - swing)
    standing = Contact(-np.inf, leaves, first.gct_s, 0.0, first.running, first.load)
    stays = replace(last, tc_s=np.inf, speed_mps=0.0, load=0.6 * last.load)
    return (standing, *contacts[:-1], stays)


def _ramp(steps_from_end: int) -> float:
    return _RAMP[steps_from_end] if steps_from_end < len(_RAMP) else 1.0


def _gct_and_load(t: float, segment: Segment, foot: Foot, habits: Habits, total: float) -> tuple[float, float]:
    gct = segment.gct_ms / 1e3 or contact_time_s(segment.kind, segment.speed_mps, segment.cadence_spm)
    load = 1.0
    side = 1.0 if foot == "left" else -1.0
    gct *= 1.0 + side * (habits.asymmetry_pct + segment.asymmetry_pct) / 200.0
    gct *= 1.0 + 0.08 * habits.fatigue * t / total
    load *= 1.0 + 0.20 * habits.fatigue * t / total
    if habits.limp_from_s is not None and t >= habits.limp_from_s:
        spared = foot == habits.limp_foot
        gct *= 1.0 + (-1.0 if spared else 1.0) * habits.limp_points / 200.0
        load *= 1.0 + (-0.4 if spared else 0.1) * min(habits.limp_points / 25.0, 2.0)
    return gct, load


def _stumbles_before(t: float, habits: Habits, stride_s: float) -> bool:
    at = habits.stumble_at_s
    return at is not None and t - stride_s / 2 <= at < t + stride_s / 2


def _bouts(contacts: list[Contact]) -> tuple[tuple[float, float], ...]:
    """Unbroken stretches of running contacts, from the first IC to the end of the last contact."""
    bouts: list[tuple[float, float]] = []
    previous: Contact | None = None
    for contact in contacts:
        if contact.running:
            span = (contact.ic_s, contact.ic_s + contact.gct_s)
            joined = previous is not None and previous.running and contact.ic_s - previous.ic_s < 1.6
            bouts[-1:] = [(bouts[-1][0], span[1])] if joined else [*bouts[-1:], span]
        previous = contact
    return tuple(bouts)
