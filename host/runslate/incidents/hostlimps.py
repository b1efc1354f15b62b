"""What the host finds by itself in the strides of both feet, as alarms beside the tags' own. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from runslate_protocol.events import LimpLevel

from runslate.analysis.tables import Alarm, StrideTable

SOURCE = "host"
LEVELS = {"amber": int(LimpLevel.AMBER), "red": int(LimpLevel.RED)}


def host_limps(strides: Mapping[str, StrideTable], start_us: int) -> list[Alarm]:
    """Find changes of symmetry of everybody who wears a tag on both feet.

    Args:
        strides: by runner.
        start_us: the take's start: an alarm of the host counts its ticks from there, in milliseconds.
    """
    from runslate.gait.symmetry import limps

    found = []
    for runner, table in strides.items():
        for finding in limps(table.where(table.foot == "left"), table.where(table.foot == "right")):
            numbers = {
                "si": round(finding.si),
                "baseline_si": round(finding.baseline),
                "level": LEVELS[finding.level],
            }
            tick = (finding.start_us - start_us) // 1000
            found.append(Alarm(runner, "", "", "", "limp", finding.start_us, tick, numbers, SOURCE))
    return found
