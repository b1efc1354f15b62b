"""A take: an interval on the common time line, laid over the reels of its cast."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from runslate.errors import RunslateError

STATUSES = {
    "circle": "chosen to be used",
    "hold": "kept, not decided",
    "no good": "not to be used",
    "false start": "no take at all, not counted",
}
"""What a script supervisor notes of a take, and what it means; a new take is on hold."""
SHORT_STATUSES = {"ng": "no good", "fs": "false start"}
_WORD = re.compile(r"[A-Za-z0-9_]+")


@dataclass
class CastNode:
    """One worn node in a take: which board, on which foot, and its reel."""

    uid: str
    foot: str
    reel_id: int


@dataclass
class CastMember:
    """One declared runner of a take with the nodes worn."""

    runner: str
    nodes: list[CastNode] = field(default_factory=list)


@dataclass
class Take:
    """What is known of a take; times are host monotonic microseconds of `host_boot`."""

    scene: str
    setup: str
    take: int
    camera_roll: str = ""
    status: str = "hold"
    lead: str = ""
    cast: list[CastMember] = field(default_factory=list)
    start_us: int = 0
    end_us: int | None = None
    start_utc: str = ""
    zone: str = ""
    host_boot: str = ""
    time_uncertainty_us_p95: float | None = None
    provisional: bool = True
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Scene, setup and take as on the slate, for instance `S1-1-T3`."""
        return f"{self.scene}-{self.setup}-T{self.take}"

    @property
    def reels(self) -> set[tuple[str, int]]:
        """Its reels as (node's uid, reel id)."""
        return {(node.uid, node.reel_id) for member in self.cast for node in member.nodes}

    @property
    def duration_s(self) -> float | None:
        """Length in seconds, None while the take runs."""
        return None if self.end_us is None else (self.end_us - self.start_us) / 1e6

    @property
    def start_utc_us(self) -> int:
        """Microseconds since 1970 at `start_us`."""
        return round(datetime.fromisoformat(self.start_utc).timestamp() * 1e6)

    def to_json(self) -> dict[str, Any]:
        """Give the take as a JSON-ready dictionary, its name first."""
        return {"name": self.name, **asdict(self)}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Take:
        """Read a take back; keys of later versions are ignored."""
        known = {key: document[key] for key in cls.__dataclass_fields__ if key in document}
        known["cast"] = [
            CastMember(member["runner"], [CastNode(**node) for node in member["nodes"]])
            for member in known.get("cast", [])
        ]
        return cls(**known)


def check_word(kind: str, word: str) -> str:
    """Accept a scene or setup as part of a take's name and folder.

    Raises:
        RunslateError: it has other characters than letters, digits and `_`.
    """
    if not _WORD.fullmatch(word):
        raise RunslateError(
            f"The {kind} `{word}` can't be part of a take's name.",
            "Letters, digits and `_` are possible.",
            f"Name the {kind} for instance `S12` or `4A`.",
        )
    return word


def parse_status(text: str) -> str:
    """Read a take's status, written out or short, `-` and `_` for spaces.

    Raises:
        RunslateError: it is none of a script supervisor's log.
    """
    words = " ".join(re.split(r"[\s_-]+", text.strip().casefold()))
    status = SHORT_STATUSES.get(words, words)
    if status not in STATUSES:
        raise RunslateError(f"`{text}` is no status of a take.", f"It can be {', '.join(STATUSES)}.", "Choose one.")
    return status


def utc_text(utc_us: int) -> tuple[str, str]:
    """Give UTC microseconds as ISO 8601 text and this computer's zone as `+02:00`."""
    moment = datetime.fromtimestamp(utc_us / 1e6, UTC)
    zone = moment.astimezone().strftime("%z")
    return moment.isoformat(timespec="microseconds"), f"{zone[:3]}:{zone[3:5]}"
