"""A treadmill's display as people note it: with its unit."""

from __future__ import annotations

import re

from runslate.errors import RunslateError

UNITS = {"m/s": 1.0, "km/h": 1 / 3.6, "mph": 0.44704}

FASTEST_MPS = 13.0
"""Nobody runs faster (12.4 m/s is the fastest measured): 122 km/h is a slip of the finger."""

_TEXT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(m/s|km/h|kmh|mph)\s*", re.IGNORECASE)


def parse_speed(words: str) -> float:
    """Return metres per second.

    Raises:
        RunslateError: no number, faster than anybody runs, or no unit: 18 on a display may be km/h or mph.
    """
    found = _TEXT.fullmatch(words)
    unit = found[2].lower().replace("kmh", "km/h") if found else ""
    speed = float(found[1].replace(",", ".")) * UNITS[unit] if found else 0.0
    if not 0 < speed <= FASTEST_MPS:
        raise RunslateError(
            f"The speed `{words}` can't be that of a treadmill.",
            f"It is a number with its unit, {', '.join(UNITS)}, up to {FASTEST_MPS:.0f} m/s.",
            'For instance "18.0 km/h".',
        )
    return speed
