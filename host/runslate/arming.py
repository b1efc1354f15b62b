"""Untethered takes: nodes armed by cable, takes marked with no port, reels stopped when the nodes dock again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runslate_protocol import messages as wire
from runslate_protocol.constants import Reason, StartMode, State, name_of

from runslate import hostclock
from runslate.drain import take_pings
from runslate.errors import RunslateError
from runslate.files import write_json
from runslate.library import Library
from runslate.node import SLOW_TIMEOUT_S, Node
from runslate.rig import Rig
from runslate.rolling import cast_of, is_worn, known_lead, stop_reel, when_erased
from runslate.starts import records_for
from runslate.take import CastMember, CastNode, Take, utc_text

CLOCK_BURSTS, BURST_EVERY_S = 4, 0.5
"""Clock comparisons before the cable is pulled: all that the take's start hangs on."""

DEFAULT_PREROLL_S = 2
"""With a set time or motion: the first steps, and a laptop's clock that is a second off."""


@dataclass(frozen=True)
class Plan:
    """What begins the reels.

    `at_utc_ms`: milliseconds since 1970, 0 for now; `on_motion`: the first steps (after that time) do; `preroll_s`:
    seconds kept from before; `max_seconds`: after which reels end by themselves, 0 for never.
    """

    at_utc_ms: int = 0
    on_motion: bool = False
    preroll_s: int = 0
    max_seconds: int = 0

    @property
    def words(self) -> str:
        """When the reels begin, as the end of a sentence."""
        at = _here(self.at_utc_ms / 1000).strftime("%H:%M:%S") if self.at_utc_ms else ""
        if self.on_motion:
            return f"with the first steps after {at}" if at else "with the first steps"
        return f"at {at}" if at else "now"


@dataclass
class ArmedNode:
    """One node that was armed, and the reel that it promised."""

    uid: str
    name: str
    runner: str
    foot: str
    reel_id: int
    seconds_left: int = 0
    worn: bool = True
    """By somebody who runs; a treadmill's node is not."""


@dataclass
class Armed:
    """What is armed in a library: kept in its `armed.json` until the nodes were drained."""

    plan: Plan
    nodes: list[ArmedNode] = field(default_factory=list)

    @property
    def reels(self) -> set[tuple[str, int]]:
        """The promised reels as (node's uid, reel id)."""
        return {(node.uid, node.reel_id) for node in self.nodes}

    def cast(self) -> list[CastMember]:
        """Give the runners who wear the armed nodes."""
        return cast_of((node.runner, CastNode(node.uid, node.foot, node.reel_id)) for node in self.nodes if node.worn)


def _path(library: Library) -> Path:
    return library.path / "armed.json"


def armed_in(library: Library) -> Armed | None:
    """Read what is armed; None when nothing is."""
    path = _path(library)
    if not path.exists():
        return None
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        return Armed(Plan(**document["plan"]), [ArmedNode(**node) for node in document["nodes"]])
    except (ValueError, KeyError, TypeError) as error:
        raise RunslateError(
            f"{path} can't be read ({error}).",
            "It names the nodes that were armed by `runslate arm`.",
            "Remove it, connect the nodes and run `runslate drain`: it brings in what they have.",
        ) from error


def save(library: Library, armed: Armed) -> None:
    """Keep what is armed; with no node left the file goes."""
    if armed.nodes:
        write_json(_path(library), asdict(armed))
    else:
        _path(library).unlink(missing_ok=True)


def next_time(clock: str, now_utc_us: int) -> int:
    """Turn a time of day, `HH:MM` or `HH:MM:SS` of this computer's zone, into its next occurrence.

    Returns:
        UTC milliseconds since 1970, at most a day ahead.

    Raises:
        RunslateError: it is no time of day.
    """
    for form in ("%H:%M:%S", "%H:%M"):
        try:
            wanted = datetime.strptime(clock, form).time()
        except ValueError:
            continue
        now = _here(now_utc_us / 1e6)
        days = (now.date(), now.date() + timedelta(days=1))
        # When summer time ends an hour comes twice; `fold` names the second.
        times = (datetime.combine(day, wanted.replace(fold=fold)).astimezone() for day in days for fold in (0, 1))
        return next(round(at.timestamp() * 1000) for at in times if at > now)
    raise RunslateError(
        f"`{clock}` is no time of day.",
        "It is written HH:MM:SS, in this computer's zone.",
        "For instance --at 14:30:00.",
    )


def _here(utc_s: float) -> datetime:
    """An instant as this computer's zone tells it."""
    return datetime.fromtimestamp(utc_s, UTC).astimezone()


def arm(rig: Rig, library: Library, plan: Plan) -> Armed:
    """Arm all connected nodes, or none.

    Raises:
        RunslateError: a take rolls, a node records already, or one refused (the others are disarmed again).
    """
    rolling = library.open_take()
    if rolling is not None:
        raise RunslateError(
            f"The take {rolling.name} rolls.", "Nodes are armed between takes.", "End it with `runslate cut` first."
        )
    before = len(rig.problems)
    promised = rig.each(lambda node: _arm_node(node, plan))
    failed = [node for node in rig.nodes if node.uid not in promised]
    if failed:
        for node in rig.live:
            if node.uid in promised:
                stop_reel(node)
        reasons = " ".join(dict.fromkeys(str(error) for error in rig.problems[before:]))
        names = ", ".join(node.name for node in failed)
        raise RunslateError(
            f"Nothing was armed: {names} could not be. {reasons}",
            "All connected nodes are armed together.",
            "Disconnect a node that shall not take part, or name the others with --port.",
        )
    known = armed_in(library)
    others = [node for node in known.nodes if node.uid not in promised] if known else []
    armed = Armed(plan, others + [promised[node.uid] for node in rig.nodes])
    save(library, armed)
    _compare_clocks(rig, library, promised)
    return armed


def _arm_node(node: Node, plan: Plan) -> ArmedNode:
    if node.status().state == State.RECORDING:
        raise RunslateError(
            f"{node.name} records already.",
            "A node is armed while it rests.",
            "`runslate drain` ends its reel and brings it in.",
        )
    worn = is_worn(node)
    # A belt fills a page in seconds, and has no steps to wait for.
    its_plan = plan if worn else Plan(max_seconds=plan.max_seconds)
    reel_id = when_erased(lambda: _start(node, its_plan))
    return ArmedNode(node.uid, node.name, node.runner, node.foot, reel_id, node.status().seconds_left, worn)


def _start(node: Node, plan: Plan) -> int:
    """Send START; the id of the reel to come."""
    request = wire.Start(
        utc_ms=hostclock.utc_us() // 1000,
        max_seconds=plan.max_seconds,
        start_utc_ms=plan.at_utc_ms,
        mode=StartMode.MOTION if plan.on_motion else StartMode.TIME,
        preroll_s=plan.preroll_s,
    )
    return node.link.request(request, timeout=SLOW_TIMEOUT_S).reel_id


def _compare_clocks(rig: Rig, library: Library, promised: dict[str, ArmedNode]) -> None:
    for number in range(CLOCK_BURSTS):
        if number:
            hostclock.sleep(BURST_EVERY_S)
        for uid, samples in rig.each(take_pings).items():
            library.reel(uid, promised[uid].reel_id).add_clock(samples)


def roll_marked(library: Library, take: Take, armed: Armed) -> Take:
    """Mark the start of a take over the armed nodes' reels; no port is opened.

    Raises:
        RunslateError: nobody wears an armed node, or not the lead.
    """
    take.cast = armed.cast()
    take.lead = known_lead(take.lead, (member.runner for member in take.cast), "armed")
    take.start_us = hostclock.now_us()
    take.start_utc, take.zone = utc_text(hostclock.utc_us())
    take.host_boot = hostclock.host_boot()
    library.save_take(take)
    return take


def cut_marked(library: Library, take: Take) -> Take:
    """Mark a take's end; no port is opened, reels run on until the nodes are drained."""
    take.end_us = hostclock.now_us()
    library.save_take(take)
    return take


def dock(rig: Rig, library: Library) -> list[str]:
    """Stop what still records or waits of this library's reels, now that the nodes are connected again.

    Returns:
        sentences for people: what was stopped, and reels that never began.
    """
    armed = armed_in(library)
    promised = {node.uid: node for node in armed.nodes} if armed else {}
    ours = {reel for take in library.takes() for reel in take.reels} | (armed.reels if armed else set())
    states = rig.each(lambda node: records_for(library.path, node, ours))
    busy = {uid: state for uid, state in states.items() if state is not None}
    rig.each(lambda node: stop_reel(node) if node.uid in busy else None)
    told = [_stopped(node.name, busy[node.uid]) for node in rig.live if node.uid in busy]
    for uid, entries in rig.each(Node.reels).items():
        mine = promised.get(uid)
        if mine and mine.reel_id not in {entry.reel_id for entry in entries}:
            notes = _never_began(library, mine)
            told += notes if uid not in busy else []  # that one has just been told
    return told


def _stopped(name: str, state: int) -> str:
    if state == State.ARMED:
        return f"{name} was armed and its reel never began: it is disarmed, and recorded nothing."
    return f"{name} was {name_of(State, state)}: stopped."


def _never_began(library: Library, node: ArmedNode) -> list[str]:
    """Settle a reel that was promised and is not there, so that its takes can become final."""
    store = library.reel(node.uid, node.reel_id)
    ledger = store.ledger()
    if ledger.pages:
        return []  # drained and freed before
    ledger.closed = ledger.finished = True
    ledger.reason = Reason.STOPPED
    note = "The reel never began: the node was disarmed, or lost its power while it waited."
    ledger.notes = [note]
    store.save_ledger(ledger)
    return [f"{node.name}: {note}"]


def forget(library: Library, uids: set[str]) -> None:
    """Take drained nodes from what is armed."""
    armed = armed_in(library)
    if armed is not None:
        armed.nodes = [node for node in armed.nodes if node.uid not in uids]
        save(library, armed)
