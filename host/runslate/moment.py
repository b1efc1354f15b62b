"""Moments as text: ISO 8601 in UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime

from runslate import hostclock
from runslate.errors import RunslateError


def utc_now() -> str:
    """Give the present moment."""
    return datetime.fromtimestamp(hostclock.utc_us() // 1_000_000, UTC).isoformat()


def instant(text: str) -> datetime:
    """Read a moment; raises ValueError when it can't be read."""
    return datetime.fromisoformat(text)


def minute(text: str) -> str:
    """Write a moment for a table: UTC, to the minute."""
    return f"{instant(text).astimezone(UTC):%Y-%m-%d %H:%M}"


def parse_moment(text: str) -> str:
    """Read a moment as people write it and give it in UTC; without an offset it is this computer's time.

    Raises:
        RunslateError: it can't be read.
    """
    try:
        return instant(text).astimezone(UTC).isoformat(timespec="seconds")
    except ValueError as error:
        raise RunslateError(
            f"`{text}` is no moment.",
            "A moment is written 2026-05-01T14:30, or with an offset, 2026-05-01T14:30+02:00.",
            "Correct it.",
        ) from error
