"""A take under pseudonyms: names, tags and the hour are replaced, what was measured stays. Pure."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from typing import Any

import numpy as np

from runslate.analysis.intervals import Interval
from runslate.analysis.tables import StrideTable, TakeData


def pseudonyms(data: TakeData) -> dict[str, str]:
    """Give everybody of a take a pseudonym in an unforeseeable order: `Runner 1` and so on."""
    people = {data.lead, *data.cast, *(name for shot in data.shots or [] for name in shot.runners)} - {""}
    shuffled = sorted(people)
    random.SystemRandom().shuffle(shuffled)
    return {name: f"Runner {number}" for number, name in enumerate(shuffled, 1)}


def pseudonymous(data: TakeData, key: dict[str, str]) -> TakeData:
    """Return the take with pseudonyms; times count from its start, and nobody's word is repeated.

    Args:
        data: the take.
        key: from names to pseudonyms (see `pseudonyms`).
    """
    tags = {uid: f"tag {number}" for number, uid in enumerate(sorted({node.uid for node in data.nodes}), 1)}
    start = data.start_us

    def span(pairs: list[Interval]) -> list[Interval]:
        return [(a - start, b - start) for a, b in pairs]

    def who(entry: Any, **more: Any) -> Any:
        return replace(entry, runner=key.get(entry.runner, ""), uid=tags.get(entry.uid, ""), **more)

    return replace(
        data,
        lead=key.get(data.lead, ""),
        cast=sorted(key[name] for name in data.cast),
        start_us=0,
        end_us=data.end_us - start,
        strides={key[name]: _strides(table, tags, start) for name, table in data.strides.items()},
        coverage={key[name]: span(pairs) for name, pairs in data.coverage.items()},
        samples={
            key[name]: [recording.moved(tags.get(recording.uid, ""), -start) for recording in recordings]
            for name, recordings in data.samples.items()
        },
        nodes=[who(node, name="", reel="", coverage=span(node.coverage)) for node in data.nodes],
        gaps=[who(gap, start_us=gap.start_us - start, end_us=gap.end_us - start) for gap in data.gaps],
        alarms=[who(alarm, reel="", t_us=alarm.t_us - start) for alarm in data.alarms],
        shots=None
        if data.shots is None
        else [
            replace(s, start_us=s.start_us - start, end_us=s.end_us - start, runners=tuple(key[n] for n in s.runners))
            for s in data.shots
        ],
        permits=None,
        start_utc="",
        zone="",
    )


def _strides(table: StrideTable, tags: dict[str, str], start: int) -> StrideTable:
    columns = {column.name: getattr(table, column.name) for column in fields(StrideTable)}
    columns["uid"] = np.array([tags.get(str(uid), "") for uid in table.uid], dtype=np.str_)
    for name in ("ic_us", "tc_us"):
        columns[name] = columns[name] - start
    known = table.ic_contact_us >= 0
    columns["ic_contact_us"] = np.where(known, table.ic_contact_us - start, table.ic_contact_us)
    return StrideTable(**columns)
