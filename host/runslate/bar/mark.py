"""A mark: one result of one runner in one take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """One result: who, in which take, and when the take was."""

    discipline: str
    runner: str
    take: str
    start_utc: str
    value: float
