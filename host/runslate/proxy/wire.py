"""What a bad wire makes of bytes: a pure function of the seed, the direction and each frame's number."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields

LONGEST_HELD = 1024
"""Bytes without a delimiter that are held back; a frame is shorter, a text is passed on."""

LONGEST_RUN = 24
"""Bytes dropped, inserted or repeated in one go: less than the smallest frame, or more."""

MOST_FLIPS = 4
"""Bits turned in one frame. A CRC-32 finds any three for certain in frames of this length, more by chance."""


@dataclass(frozen=True)
class Chances:
    """How often each mishap befalls a frame, 0 to 1, and how long delays last."""

    drop: float = 0.0
    """Bytes are lost: a run of them, or the whole frame."""
    flip: float = 0.0
    """One to four bits are turned."""
    duplicate: float = 0.0
    """The frame comes twice, or a run of its bytes does."""
    insert: float = 0.0
    """Random bytes come in between."""
    cut: float = 0.0
    """The frame ends early: its rest is lost, the delimiter too, so it runs into the next one."""
    stall: float = 0.0
    """Nothing moves for a while."""
    jitter: float = 0.0
    """The frame is late by up to some milliseconds, as on a USB bus that is polled."""
    hangup: float = 0.0
    """The port vanishes and comes back under another name."""
    stall_s: float = 0.3
    jitter_s: float = 0.008


KINDS = tuple(each.name for each in fields(Chances) if not each.name.endswith("_s"))
"""All mishaps that a wire knows."""


@dataclass(frozen=True)
class Delivery:
    """Bytes that leave the wire `late_s` after the ones before; `hangup`: the port vanishes after them."""

    data: bytes
    late_s: float = 0.0
    hangup: bool = False


_FILLER = Delivery(b"\0")  # an empty frame: nodes fill their writes up with them


@dataclass
class BadWire:
    """One direction of a bad link. However the bytes are chunked, frame n meets the same fate.

    Args:
        chances: how often what happens.
        seed: with `direction` decides about every frame.
        direction: a name, such as "to host".
        counts: what was injected, by kind; shared by both directions.
    """

    chances: Chances
    seed: int
    direction: str
    counts: Counter[str] = field(default_factory=Counter)
    frames: int = 0
    _held: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> list[Delivery]:
        """Give what comes of these bytes; an unfinished frame is held back until its delimiter comes."""
        self._held += data
        *whole, rest = bytes(self._held).split(b"\0")
        self._held[:] = rest
        deliveries = [self._frame(frame + b"\0") if frame else _FILLER for frame in whole]
        if len(self._held) > LONGEST_HELD:
            deliveries += self.flush()
        return deliveries

    def flush(self) -> list[Delivery]:
        """Pass on what is held back: the sender made a pause, so it is a text and no frame."""
        held, self._held = bytes(self._held), bytearray()
        return [Delivery(held)] if held else []

    def _frame(self, frame: bytes) -> Delivery:
        self.frames += 1
        rng = random.Random(f"{self.seed}/{self.direction}/{self.frames}")
        struck = [kind for kind in KINDS if rng.random() < getattr(self.chances, kind)]
        self.counts.update(struck)
        late_s = rng.random() * self.chances.jitter_s if "jitter" in struck else 0.0
        late_s += rng.uniform(0.2, 1.0) * self.chances.stall_s if "stall" in struck else 0.0
        for kind in struck:
            change = _CHANGES.get(kind)
            frame = change(frame, rng) if change else frame
        return Delivery(frame, late_s, "hangup" in struck)


def _run(frame: bytes, rng: random.Random) -> tuple[int, int]:
    at = rng.randrange(len(frame))
    return at, min(len(frame), at + rng.randint(1, LONGEST_RUN))


def _drop(frame: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.5 or not frame:
        return b""
    start, end = _run(frame, rng)
    return frame[:start] + frame[end:]


def _flip(frame: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(frame)
    for bit in rng.sample(range(8 * len(frame)), min(8 * len(frame), rng.randint(1, MOST_FLIPS))):
        damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def _duplicate(frame: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.5 or not frame:
        return frame + frame
    start, end = _run(frame, rng)
    return frame[:end] + frame[start:]


def _insert(frame: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(frame) + 1)
    return frame[:at] + rng.randbytes(rng.randint(1, LONGEST_RUN)) + frame[at:]


def _cut(frame: bytes, rng: random.Random) -> bytes:
    return frame[: rng.randrange(len(frame))] if frame else frame


_CHANGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "drop": _drop,
    "flip": _flip,
    "duplicate": _duplicate,
    "insert": _insert,
    "cut": _cut,
}
