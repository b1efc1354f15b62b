"""Numbers as JSON has them."""

from __future__ import annotations

import math


def number_or_null(value: float | None, digits: int) -> float | None:
    """Round a number; JSON has no NaN, so what is not known is null."""
    return round(value, digits) if value is not None and math.isfinite(value) else None


def seconds(time_us: int) -> float:
    """Turn microseconds into seconds, to the millisecond."""
    return round(time_us / 1e6, 3)
