"""Starting and stopping reels: what a roll and a cut ask of one node, and who is in a take's cast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runslate_protocol.constants import ErrorCode, Role, State

from runslate import hostclock
from runslate.errors import RunslateError
from runslate.link import RefusedError
from runslate.node import Node
from runslate.starts import Starts
from runslate.take import CastMember, CastNode

PREPARE_S = 60.0
"""Longest wait for a node that erases: 300 sectors of 45 ms, and as much again."""


@dataclass(frozen=True)
class Started:
    """A reel that records: its id, its first event, and whether it was started just now."""

    reel_id: int
    first_event: int
    fresh: bool


def start_reel(node: Node, max_seconds: int, starts: Starts | None = None) -> Started:
    """Start a reel, waiting while the node erases; one that records already is joined.

    `starts`: where each START is noted before it is sent.
    """
    deadline_us = hostclock.now_us() + PREPARE_S * 1e6
    status = node.status()
    if status.state == State.RECORDING:
        return Started(status.reel_id, 0, fresh=False)
    while True:
        try:
            utc_ms = starts.note(node.uid) if starts else 0
            return Started(node.start(max_seconds, utc_ms).reel_id, status.events_next, fresh=True)
        except RefusedError as error:
            if error.code != ErrorCode.PREPARING or hostclock.now_us() > deadline_us:
                raise
        hostclock.sleep(0.2)


def stop_reel(node: Node) -> int:
    """Stop a node's reel if one is open; returns its reason (0 when none was open)."""
    try:
        return node.stop().reason
    except RefusedError as error:
        if error.code == ErrorCode.NOT_RECORDING:
            return 0
        raise


def known_lead(lead: str, nodes: Iterable[Node]) -> str:
    """Give the lead as the tags spell the name: people in a hurry write `ada` for `Ada`.

    Raises:
        RunslateError: no connected node is worn by that runner.
    """
    runners = sorted({node.runner for node in nodes if node.hello.role != Role.BELT})
    if not lead or lead in runners:
        return lead
    for runner in runners:
        if runner.casefold() == lead.casefold():
            return runner
    raise RunslateError(
        f"No connected node is worn by the lead `{lead}`.",
        f"Connected runners: {', '.join(runners)}.",
        "Name one of them with --lead, or pair a tag with `runslate node pair`.",
    )


def cast_of(nodes: Iterable[Node], reels: dict[str, int]) -> list[CastMember]:
    """Make the cast of the nodes that record, by runner; nobody wears a treadmill's node.

    Args:
        nodes: the connected ones.
        reels: reel id by uid.
    """
    members: dict[str, CastMember] = {}
    worn = [node for node in nodes if node.hello.role != Role.BELT]
    for node in sorted(worn, key=lambda each: (each.runner, each.foot)):
        member = members.setdefault(node.runner, CastMember(node.runner))
        member.nodes.append(CastNode(node.uid, node.foot, reels[node.uid]))
    return list(members.values())


def not_all_started(failed: Iterable[Node], problems: Iterable[RunslateError]) -> RunslateError:
    """Say that a take was not rolled because some nodes could not start."""
    names = ", ".join(node.known_name for node in failed)
    reasons = " ".join(str(error) for error in problems)
    return RunslateError(
        f"The take was not rolled: {names} could not start. {reasons}",
        "All connected nodes start together.",
        "Disconnect a node that shall not take part, or name the others with --port.",
    )
