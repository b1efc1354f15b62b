"""All that a person wants to know about a connected node."""

from __future__ import annotations

from typing import Any

from runslate_protocol.constants import Capability, State, name_of

from runslate.ledger import REASONS
from runslate.node import Node


def node_info(node: Node) -> dict[str, Any]:
    """Collect identity, settings, state, room and reels of a node, JSON-ready."""
    status = node.status()
    facts = node.facts()
    capabilities = [c.name.lower() for c in Capability if node.hello.capabilities & c]
    return facts | {
        "capabilities": capabilities,
        "settings": node.settings(),
        "state": name_of(State, status.state),
        "seconds_left": status.seconds_left,
        "minutes_left": round(status.seconds_left / 60, 1),
        "pages_free": status.pages_free,
        "pages_total": status.pages_total,
        "battery_mv": status.battery_mv or None,
        "temperature_c": round(status.temperature / 256, 1),
        "recording": _recording(status.state, status.reel_id, status.pages, status.samples),
        "overruns": status.overruns,
        "fifo_max_words": status.fifo_max,
        "events_dropped": status.events_dropped,
        "heap_free": status.heap_free,
        "loop_us_max": status.loop_us_max,
        "reels": [
            {
                "reel_id": f"{entry.reel_id:08x}",
                "pages": entry.pages,
                "closed": bool(entry.closed),
                "reason": REASONS.get(entry.reason, str(entry.reason)),
                "torn": entry.torn,
            }
            for entry in node.reels()
        ],
    }


def _recording(state: int, reel_id: int, pages: int, samples: int) -> dict[str, Any] | None:
    if state != State.RECORDING:
        return None
    return {"reel_id": f"{reel_id:08x}", "pages": pages, "samples": samples}
