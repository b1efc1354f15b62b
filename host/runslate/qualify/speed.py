"""A treadmill's display as people note it: with its unit."""

from __future__ import annotations

import re

from runslate.errors import RunslateError

UNITS = {"m/s": 1.0, "km/h": 1 / 3.6, "mph": 0.44704}

_TEXT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(m/s|km/h|kmh|mph)\s*", re.IGNORECASE)


def parse_speed(words: str) -> float:
    """Return metres per second.

    Raises:
        RunslateError: no number, or no unit: 18 on a display may be km/h or mph.
    """
    found = _TEXT.fullmatch(words)
    if found is None or float(found[1].replace(",", ".")) <= 0:
        raise RunslateError(
            f"The speed `{words}` can't be read.",
            f"It is a number with its unit: {', '.join(UNITS)}.",
            'For instance --display "18.0 km/h".',
        )
    unit = found[2].lower().replace("kmh", "km/h")
    return float(found[1].replace(",", ".")) * UNITS[unit]
