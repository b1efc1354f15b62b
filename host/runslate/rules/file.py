"""Reading rules from a small TOML file; see docs/rules.md."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from runslate.errors import RunslateError
from runslate.rules.kinds import Alone, Apart, AtMost, DoubleOnly, Rule

KINDS: dict[str, type[Alone | Apart | DoubleOnly | AtMost]] = {
    "alone": Alone,
    "apart": Apart,
    "double only": DoubleOnly,
    "at most": AtMost,
}
"""Each kind of rule as files call it. Where `runner` is left out it is the lead."""


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
    if not isinstance(kind, str) or kind not in KINDS:
        raise _wrong(path, f"has a rule {number} of the kind {kind!r}")
    names = _names(kind)
    for name in sorted(set(table) - {"kind", *names}):
        raise _wrong(path, f"has a field `{name}` in rule {number}, which `{kind}` does not have")
    values = {"runner": lead, **table}
    for name in names:
        good = _is_count(values.get(name)) if name == "runners" else _is_name(values.get(name))
        if not good:
            raise _wrong(path, f"needs a good `{name}` in rule {number} (`{kind}`)")
    return KINDS[kind](**{name: values[name] for name in names})


def _names(kind: str) -> list[str]:
    return [field.name for field in fields(KINDS[kind])]


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _wrong(path: Path, what: str) -> RunslateError:
    kinds = ", ".join(f"`{kind}` ({', '.join(_names(kind))})" for kind in KINDS)
    return RunslateError(
        f"The file {path} {what}.",
        f"Kinds of rules and their fields: {kinds}. Names are text, `runners` is a whole number from 1.",
        "Correct it; docs/rules.md shows an example of each kind.",
    )
