"""How late events are behind a slow radio, in a time that waits for its nodes: a busy computer changes no figure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from runslate_protocol.frame import Deframer
from runslate_protocol.messages import EventPush

from runslate import hostclock
from runslate.bench.links import runner
from runslate.library import Library
from runslate.node import Node
from runslate.rig import Rig
from runslate.sim.patient import PatientWall
from runslate.sim.radio import Radio
from runslate.sim.sim import Sim

BAUD = 57_600

PACE = 0.5
"""Of the computer's time: the host, for which the time does not wait, has twice as long as on set."""

SLACK_S = 0.005
"""By how much a node or the radio may be late: short beside a page's 47 ms on the air."""


class Tap:
    """Notes when the modem of a node had an event for the first time: the node has found it and told of it then."""

    def __init__(self, radio: Radio) -> None:
        self.said_us: dict[tuple[int, int], int] = {}
        """By the node's address and the event's sequence number, microseconds of the host's clock."""
        self._deframer = Deframer()
        radio.on_said = self._take

    def _take(self, data: bytes) -> None:
        for frame in self._deframer.feed(data):
            message = frame.message()
            if isinstance(message, EventPush):
                self.said_us.setdefault((frame.address, message.sequence), hostclock.now_us())


def radio(folder: Path, seconds: float = 20.0) -> dict[str, Any]:
    """Two runners behind one radio at 57,600 baud: how late events are while pages trickle in.

    Returns:
        of all events, from when the node told of each to when it was at the host: delays in milliseconds, and how many
        never came (they came with the drain); and how many pages came meanwhile.
    """
    with _behind_radio(folder, seconds) as (channel, rig, library):
        tap = Tap(channel)
        rig.start()
        take = rig.roll(library.new_take("B", "1"))
        (trickle,) = rig.trickle(take)
        hostclock.sleep(seconds)
        pages = trickle.pages
        rig.cut(take)
        began_us = hostclock.now_us()
        drained = rig.drain()
        drain_s = (hostclock.now_us() - began_us) / 1e6
        addresses = {node.uid: node.link.address for node in rig.nodes}
        came = {
            (addresses[uid], event["sequence"]): event["arrived_us"]
            for uid, reel_id in take.reels
            for event in library.reel(uid, reel_id).events()
        }
    delays = [(arrived_us - tap.said_us[event]) / 1e3 for event, arrived_us in came.items()]
    return {
        "events": len(delays),
        "events_late_for_good": len(tap.said_us.keys() - came.keys()),
        "delay_ms_p50": round(float(np.percentile(delays, 50)), 1),
        "delay_ms_p95": round(float(np.percentile(delays, 95)), 1),
        "delay_ms_max": round(max(delays), 1),
        "pages_trickled": pages,
        "collisions": channel.collisions,
        "frames": channel.frames,
        "drained_pages_per_s": round(sum(each.fetched for each in drained) / drain_s, 1),
        "whole": all(each.state == "whole" for each in drained),
    }


@contextmanager
def _behind_radio(folder: Path, seconds: float) -> Iterator[tuple[Radio, Rig, Library]]:
    specs = [runner(number, seconds, stepped=False) for number in range(2)]
    wall = PatientWall(PACE, SLACK_S)
    with hostclock.follow(wall), Sim(specs, folder / "nodes", listed=False, wall=wall) as sim:
        for address, port in enumerate(sim.ports.values(), 1):
            node = Node.open(port)
            node.set("address", str(address))
            node.close()
        library = Library(folder / "library")
        with Radio(list(sim.ports.values()), BAUD, wall=wall) as channel, Rig.find([channel.port], library) as rig:
            yield channel, rig, library
