"""Pairing by stamping: the tag that feels the stamp gets the runner's name and foot."""

from __future__ import annotations

import time
from collections.abc import Iterable

from runslate.errors import RunslateError
from runslate.node import Node

STAMP_MG = 3000
"""A stamp peaks above 5 g at the shoe; a tag that is merely carried stays below 2 g."""

CLEARER = 2.0
"""The stamped tag must feel twice what any other feels: two feet in one room both move."""

POLL_S = 0.1


class Waiting:
    """The tags that wait for a stamp; those already paired in this run are left out."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = list(nodes)

    def take(self, node: Node) -> None:
        """Leave out a tag that has found its foot."""
        self.nodes.remove(node)

    def stamped(self) -> Node | None:
        """Look at all tags once; the one that felt a stamp since the last look, or None."""
        peaks = sorted(((node.sense().peak_mg, node) for node in self.nodes), key=lambda p: -p[0])
        if not peaks or peaks[0][0] < STAMP_MG:
            return None
        if len(peaks) > 1 and peaks[0][0] < CLEARER * peaks[1][0]:
            return None
        return peaks[0][1]


def pair_foot(waiting: Waiting, runner: str, foot: str, owner: str, seconds: float) -> Node:
    """Wait for a stamp and store runner, foot and owner on the tag that felt it.

    Args:
        waiting: the tags to choose from; the found one is taken out.
        runner: who wears it.
        foot: "left" or "right".
        owner: id of the library that may free the tag's space.
        seconds: how long to wait.

    Raises:
        RunslateError: nobody stamped.
    """
    waiting.stamped()  # forgets the peaks from before the question
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        node = waiting.stamped()
        if node is not None:
            node.set("library", owner)  # refused when another library owns the tag: then nothing of it is changed
            node.set("runner", runner)
            node.set("foot", foot)
            waiting.take(node)
            return node
        time.sleep(POLL_S)
    raise RunslateError(
        f"No tag felt a stamp within {seconds:.0f} s.",
        f"One tag must feel more than {STAMP_MG / 1000:.0f} g, the others less than half of it.",
        "Stamp the foot hard on the ground while the other foot rests; then run it again.",
    )
