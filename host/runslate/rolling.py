"""Starting and stopping reels: what a roll and a cut ask of one node, and who is in a take's cast."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from runslate_protocol.constants import ErrorCode, Role, State

from runslate import hostclock
from runslate.errors import RunslateError
from runslate.link import RefusedError
from runslate.names import known_as
from runslate.node import Node
from runslate.starts import Starts
from runslate.take import CastMember, CastNode

PREPARE_S = 60.0
"""Longest wait for a node that erases: 300 sectors of 45 ms, and as much again."""

ASK_AGAIN_S = 0.2

T = TypeVar("T")


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
    status = node.status()
    if status.state == State.RECORDING:
        return Started(status.reel_id, 0, fresh=False)

    def start() -> Started:
        utc_ms = starts.note(node.uid) if starts else 0
        return Started(node.start(max_seconds, utc_ms).reel_id, status.events_next, fresh=True)

    return when_erased(start)


def when_erased(job: Callable[[], T]) -> T:
    """Do what a node refuses while it erases, again until it is done."""
    deadline_us = hostclock.now_us() + PREPARE_S * 1e6
    while True:
        try:
            return job()
        except RefusedError as error:
            if error.code != ErrorCode.PREPARING or hostclock.now_us() > deadline_us:
                raise
        hostclock.sleep(ASK_AGAIN_S)


def stop_reel(node: Node) -> int:
    """Stop a node's reel if one is open; returns its reason (0 when none was open)."""
    try:
        return node.stop().reason
    except RefusedError as error:
        if error.code == ErrorCode.NOT_RECORDING:
            return 0
        raise


def known_lead(lead: str, runners: Iterable[str], kind: str) -> str:
    """Give the lead as the tags spell the name: people in a hurry write `ada` for `Ada`.

    Args:
        lead: as it was asked for; "" for nobody in particular, who is the first runner.
        runners: who wears the tags.
        kind: of these tags, "connected" or "armed".

    Raises:
        RunslateError: nobody wears a tag, or not that runner.
    """
    worn = sorted(set(runners))
    if not worn:
        raise RunslateError(
            f"No {kind} node is worn by anybody.", "A take has a lead, who wears a tag.", "Connect a runner's tag."
        )
    found = known_as(lead, worn) if lead else worn[0]
    if found is not None:
        return found
    raise RunslateError(
        f"No {kind} node is worn by the lead `{lead}`.",
        f"{kind.capitalize()} runners: {', '.join(worn)}.",
        f"Name one of them with --lead; a tag that is missing has to be paired (`runslate node pair`) and {kind}.",
    )


def is_worn(node: Node) -> bool:
    """Tell a tag from a treadmill's node, which nobody wears."""
    return node.hello.role != Role.BELT


def cast_of(tags: Iterable[tuple[str, CastNode]]) -> list[CastMember]:
    """Make the cast of (runner, tag), by runner and foot."""
    members: dict[str, CastMember] = {}
    for runner, tag in sorted(tags, key=lambda each: (each[0], each[1].foot)):
        members.setdefault(runner, CastMember(runner)).nodes.append(tag)
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
