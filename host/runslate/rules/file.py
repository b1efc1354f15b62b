"""Reading rules from a small TOML file; see docs/rules.md."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runslate.errors import RunslateError
from runslate.rules.kinds import Alone, Apart, AtMost, DoubleOnly, Rule

FIELDS: dict[str, tuple[str, ...]] = {
    "alone": ("runner",),
    "apart": ("runner", "other"),
    "double only": ("runner", "double"),
    "at most": ("runners",),
}
"""The fields of each kind of rule. `runner` may be left out: then it is the lead."""


def read_rules(path: Path, lead: str) -> list[Rule]:
    """Read the rules of a file in its order.

    Args:
        path: a TOML file with a `[[rule]]` table per rule.
        lead: stands in where a rule names no runner.

    Raises:
        RunslateError: the file or one of its rules can't be read; names the rule and the field.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RunslateError(
            f"The rules in {path} can't be read ({error}).",
            "It is a TOML file with a [[rule]] table per rule.",
            "docs/rules.md shows one.",
        ) from error
    tables = document.get("rule")
    if set(document) != {"rule"} or not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise _wrong(path, "does not consist of [[rule]] tables")
    return [_rule(path, number, table, lead) for number, table in enumerate(tables, 1)]


def _rule(path: Path, number: int, table: dict[str, Any], lead: str) -> Rule:
    kind = table.get("kind")
    if kind not in FIELDS:
        raise _wrong(path, f"has a rule {number} of the kind {kind!r}")
    for name in sorted(set(table) - {"kind", *FIELDS[kind]}):
        raise _wrong(path, f"has a field `{name}` in rule {number}, which `{kind}` does not have")
    values = {"runner": lead, **table} if "runner" in FIELDS[kind] else table
    for name in FIELDS[kind]:
        good = _is_count(values.get(name)) if name == "runners" else _is_name(values.get(name))
        if not good:
            raise _wrong(path, f"needs a good `{name}` in rule {number} (`{kind}`)")
    return _MAKE[kind](values)


_MAKE: dict[str, Callable[[dict[str, Any]], Rule]] = {
    "alone": lambda v: Alone(v["runner"]),
    "apart": lambda v: Apart(v["runner"], v["other"]),
    "double only": lambda v: DoubleOnly(v["runner"], v["double"]),
    "at most": lambda v: AtMost(v["runners"]),
}


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _wrong(path: Path, what: str) -> RunslateError:
    kinds = ", ".join(f"`{kind}` ({', '.join(fields)})" for kind, fields in FIELDS.items())
    return RunslateError(
        f"The file {path} {what}.",
        f"Kinds of rules and their fields: {kinds}. Names are text, `runners` is a whole number from 1.",
        "Correct it; docs/rules.md shows an example of each kind.",
    )
