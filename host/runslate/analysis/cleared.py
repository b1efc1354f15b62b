"""Who ran with the lead without a clearance. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runslate.analysis.company import Stretch
from runslate.analysis.intervals import Interval
from runslate.analysis.tables import Permit

GRANTED = "granted"
"""The only state of a permit that lets somebody run with the lead."""


@dataclass(frozen=True)
class Uncleared:
    """Somebody ran with the lead and had no clearance when the take began."""

    permit: Permit
    stretches: tuple[Interval, ...]
    """When they ran together, among the cast: a clearance is about running, not about the picture."""

    @property
    def seconds(self) -> float:
        """How long they ran together."""
        return sum(end - start for start, end in self.stretches) / 1e6


def find_uncleared(company: Sequence[Stretch], permits: Mapping[str, Permit] | None) -> list[Uncleared]:
    """Find who ran with the lead for certain and had no clearance.

    Args:
        company: the lead's company among the cast.
        permits: by runner; None: no clearances are kept for this lead, so nothing is found.
    """
    if permits is None:
        return []
    beside = dict.fromkeys(name for stretch in company for name in stretch.runners)
    found = []
    for name in beside:
        permit = permits.get(name, Permit(name, "never asked"))
        if permit.state != GRANTED:
            found.append(Uncleared(permit, tuple(s.interval for s in company if name in s.runners)))
    return found


def uncleared_sentence(lead: str, found: Uncleared, doubt_s: float | None = None) -> str:
    """Say who ran with the lead without clearance, for how long, and where the permission stood.

    Args:
        lead: whose clearance is missing.
        found: who, and when.
        doubt_s: by how many seconds that may be wrong; None: as exact as a drained take.
    """
    permit = found.permit
    why = {
        "never asked": "nobody had asked when the take began",
        "asked": "asked, not answered",
        "refused": f"refused by {permit.by}",
        "revoked": f"revoked by {permit.by}",
        "not to be trusted": "the clearance log was changed",
    }.get(permit.state, permit.state)
    length = f"{found.seconds:.1f} s" if doubt_s is None else f"{found.seconds:.0f} s (give or take {doubt_s:.0f})"
    return f"{permit.runner} ran with {lead} for {length} without clearance ({why})."
